/** Starting the writer thread of a volume, from the thread that opens it. */
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { decodeFailure, isFailure } from '../core/failure.js';
import type { ResolvedOptions } from '../core/options.js';
import type { MigrationReport } from '../schema/migrate.js';
import { WriterClient } from './client.js';
import { createDoorbell } from './doorbell.js';
import { WriterGauges } from './gauges.js';
import type { StartAnswer, StartTask } from './thread.js';

export interface StartedWriter {
  readonly client: WriterClient;
  readonly gauges: WriterGauges;
  readonly migrations: MigrationReport;
  /** Ends the thread; after the writer has closed. */
  stop(): Promise<void>;
}

const THREAD_ENTRY: string = fileURLToPath(new URL('./thread.js', import.meta.url));

/** Opens the volume for writing on a thread of its own. */
export async function startWriter(path: string, options: ResolvedOptions): Promise<StartedWriter> {
  // Exactly one thread that never idles out; not parked in Atomics.wait, because it serves ports.
  const host = new Piscina({
    filename: THREAD_ENTRY,
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    atomics: 'disabled',
  });
  const gauges = new WriterGauges();
  const { port1, port2 } = new MessageChannel();
  const doorbell = createDoorbell();
  const task: StartTask = { path, options, gauges: gauges.buffer, port: port2, doorbell };
  try {
    const answer = (await host.run(task, { transferList: [port2] })) as StartAnswer;
    if (isFailure(answer)) throw decodeFailure(answer);
    const client = new WriterClient(port1, doorbell, options, path);
    // A thread that dies of an error closes its ports too; without a listener the process would die.
    host.on('error', (error: unknown) => client.lose(error));
    return {
      client,
      gauges,
      migrations: answer.migrations,
      stop: () => host.destroy(),
    };
  } catch (error) {
    port1.close();
    await host.destroy();
    throw error;
  }
}
