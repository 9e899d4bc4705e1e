/**
 * The piscina pool that hosts the writer thread: exactly one thread that never idles out and is not
 * parked in `Atomics.wait`, because it serves ports.
 *
 * A thread takes as long to load its modules as the program that starts it. A program that knows from
 * its first line that it will write calls `prepareWriterThread`, so that both load at the same time.
 */
import { Piscina } from 'piscina';
import { programPath } from '../core/programs.js';

interface Prepared {
  readonly host: Piscina;
  /** Settles when the thread has loaded its modules. */
  readonly loaded: Promise<unknown>;
}

let prepared: Prepared | undefined;

function createHost(): Piscina {
  return new Piscina({
    filename: programPath('writer/thread'),
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    atomics: 'disabled',
  });
}

/** Starts the thread for the volume that will be opened next. */
export function prepareWriterThread(): void {
  if (prepared !== undefined) return;
  const host = createHost();
  const loaded = host.run(undefined, { name: 'load' });
  // A thread that cannot load fails again, and is reported, when it is to start.
  loaded.catch(() => undefined);
  prepared = { host, loaded };
}

/** The thread that was prepared, or a new one. */
export function takeHost(): Piscina {
  const host = prepared?.host ?? createHost();
  prepared = undefined;
  return host;
}

/** Ends a prepared thread that nobody took. */
export async function discardWriterThread(): Promise<void> {
  const unused = prepared;
  prepared = undefined;
  await unused?.loaded.catch(() => undefined);
  await unused?.host.destroy();
}
