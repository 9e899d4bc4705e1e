/** Puts a volume into the states that health tells of. */
import { MessageChannel } from 'node:worker_threads';
import type { MaintenanceEntry, MaintenanceKind } from '#src/store/maintenance-table.js';
import type { Volume } from '../support/subject.js';
import { until } from '../support/until.js';
import type { Trouble } from './writer-trouble.js';

const ENTRY = new URL('./writer-trouble.js', import.meta.url);

/** Asks the writer thread for trouble; settles with how that ended. */
function ask(volume: Volume, trouble: Trouble): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  port1.unref();
  const cancel = new Int32Array(new SharedArrayBuffer(4));
  const request = { input: trouble, port: port2, cancel };
  const writer = volume.runner.writer();
  return writer
    .control({ type: 'repair', module: ENTRY.href, request }, [port2])
    .finally(() => port1.close());
}

/** Blocks the writer thread while `work` runs: it answers nothing and gives no sign of life. */
export async function whileBlocked<T>(volume: Volume, work: () => Promise<T> | T): Promise<T> {
  const cells = new Int32Array(new SharedArrayBuffer(8));
  const blocked = ask(volume, { kind: 'block', cells });
  await until('the writer is blocked', () => Atomics.load(cells, 1) === 1);
  try {
    return await work();
  } finally {
    Atomics.store(cells, 0, 1);
    Atomics.notify(cells, 0);
    await blocked;
  }
}

/** Ends the writer thread without a word. */
export async function endWriter(volume: Volume): Promise<void> {
  await ask(volume, { kind: 'exit' }).catch(() => undefined);
}

/** Has the writer stop because it does not know whether a commit was done. */
export async function failWriter(volume: Volume): Promise<void> {
  await ask(volume, { kind: 'fail' }).catch(() => undefined);
}

/** Notes work of upkeep that ended `agoMs` ago. */
export async function record(
  volume: Volume,
  kind: MaintenanceKind,
  ok: boolean,
  agoMs = 0,
): Promise<void> {
  const endedMs = Date.now() - agoMs;
  const entry: MaintenanceEntry = { kind, startedMs: endedMs - 5, endedMs, ok, detail: {} };
  await volume.runner.writer().control({ type: 'record', entry });
}
