/**
 * Entry of the process that serves one mount for a program. It has the volume open by itself: two
 * processes on one volume is what every reader and writer of it is made for.
 *
 *   starting ──▶ mounted ──the mount ends──▶ the volume is closed ──▶ exit
 *                   │ the program has gone, or says so ──▶ the mount is taken away ──▶ as above
 *
 * A process of its own for three reasons: the program may use its mount, synchronously too; its event
 * loop answers nobody; and the descriptor of /dev/fuse, which the programs that mount for ordinary users
 * and libfuse hand over without close-on-exec, is not inherited by what the program starts. (Who inherits
 * it keeps a dead mount alive, and hangs in it for good.)
 */
import { stat } from 'node:fs/promises';
import { encodeFailure } from '../../core/failure.js';
import { mountFailed } from '../kernel/mount-errors.js';
import type { FromServer, MountOrder, ToServer } from './protocol.js';
import type { Server, StartServer, Warn } from './server.js';

/** How often the program is told what was counted, in milliseconds. */
const COUNTS_EVERY_MS = 200;
/** For closing the volume once the mount is gone, in milliseconds. */
const LAST_WAIT_MS = 10_000;
/** Signals that a terminal or a service manager sends to all processes of a program: it decides. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

let server: Server | undefined;
let isOrphan = false;

function tell(message: FromServer): void {
  if (process.connected) process.send?.(message);
}

/** Resolves when it was sent. */
function tellLast(message: FromServer): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, () => resolve());
    else resolve();
  });
}

/** Loaded when it is needed: each has packages that may be missing. */
async function load(transport: MountOrder['transport']): Promise<StartServer> {
  if (transport === 'kernel') return (await import('../kernel/helper-server.js')).startHelperServer;
  return (await import('../native/native-server.js')).startNativeServer;
}

const warn: Warn = (error, what, repeated) => {
  const more = repeated > 0 ? ` (${repeated} more since the last warning)` : '';
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  tell({ kind: 'warning', message: `${what}${more}: ${message}`, detail: stack ?? message });
};

/** Takes the mount away; what hangs after that is ended. */
function endMount(): void {
  const last = (): void => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_WAIT_MS).unref();
  };
  void server?.end().then(last, last);
}

function startCounting(serving: Server): NodeJS.Timeout {
  let told = -1;
  return setInterval(() => {
    const { counts } = serving;
    if (counts.requests === told) return;
    told = counts.requests;
    tell({ kind: 'counts', counts });
  }, COUNTS_EVERY_MS);
}

async function begin(order: MountOrder): Promise<Server> {
  const start = await load(order.transport);
  const serving = await start(order, warn);
  try {
    // The first request waits until the kernel and we have agreed on a version.
    await stat(order.dir);
    return serving;
  } catch (error) {
    await serving.end();
    await serving.close();
    throw mountFailed(
      order.dir,
      'the mount does not answer',
      'Linux 5.4 or later is needed.',
      error,
    );
  }
}

async function serve(order: MountOrder): Promise<void> {
  const serving = await begin(order);
  server = serving;
  if (isOrphan) endMount();
  const counting = startCounting(serving);
  tell({ kind: 'mounted', threads: serving.threads });
  try {
    await serving.ended;
    clearInterval(counting);
    await tellLast({ kind: 'counts', counts: serving.counts });
  } finally {
    await serving.close();
  }
}

async function run(order: MountOrder): Promise<void> {
  try {
    await serve(order);
    process.exit(0);
  } catch (error) {
    await tellLast({ kind: 'failed', failure: encodeFailure(error) });
    process.exit(1);
  }
}

process.on('message', (message: ToServer) => {
  if (message.kind === 'mount') void run(message.order);
  else if (message.kind === 'look') server?.look();
  else endMount();
});

// The program is gone: nobody would ever take the mount away.
process.on('disconnect', () => {
  isOrphan = true;
  endMount();
});

for (const signal of SIGNALS) process.on(signal, () => undefined);
