/**
 * A process of the soak: its main thread and more threads work on one volume, shift after shift; one of
 * its workers may use a mount. Answers what it holds, and checks the volume, while they work.
 */

import * as disk from 'node:fs';
import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { openVolume } from '#src/index.js';
import { answerParent } from '../support/child.js';
import { assertVolumeSound, type NodeFs, type Volume } from '../support/subject.js';
import { until } from '../support/until.js';
import { NO_TALLY, prepareShared, type SharedTally, verifyShared } from './shared-tree.js';
import { type Shift, type ShiftReport, workShift } from './worker.js';

export interface ProcessOrders {
  readonly file: string;
  /** Of this process, its main thread included. */
  readonly threads: number;
  readonly name: string;
  readonly seed: number;
  readonly shiftMs: number;
  /** Where to mount the volume for one more worker; undefined: no mount. */
  readonly mountAt: string | undefined;
}

/** What a process holds at a moment. */
export interface Holdings {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly descriptors: number;
  readonly openFiles: number;
  readonly walBytes: number;
  readonly orphans: number;
}

export interface ProcessReport {
  readonly steps: number;
  readonly shifts: number;
  readonly tally: SharedTally;
}

const MEMORY_BUDGET_BYTES = 16 * 1024 * 1024;
const THREAD = new URL('./thread.js', import.meta.url);
const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
let volume: Volume | undefined;
let working: Promise<ProcessReport> | undefined;
let failure: unknown;

function opened(): Volume {
  if (volume === undefined) throw new Error('no volume is open');
  return volume;
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

function threadShift(shift: Shift): Promise<ShiftReport> {
  const handle = opened().connect();
  return new Promise((resolve, reject) => {
    let report: ShiftReport | undefined;
    const workerData = { handle, shift };
    const thread = new Worker(THREAD, { workerData, transferList: handle.transferList });
    thread.on('message', (message: ShiftReport) => {
      report = message;
    });
    thread.on('error', reject);
    thread.on('exit', (code) => {
      if (report === undefined) reject(new Error(`a thread ended with ${code} and no report`));
      else resolve(report);
    });
  });
}

/** Shift after shift; each begins with an empty directory and a new way to the volume. */
async function keepWorking(
  { name, seed, shiftMs }: ProcessOrders,
  runShift: (shift: Shift) => Promise<ShiftReport>,
): Promise<ProcessReport> {
  const tally: SharedTally = { ...NO_TALLY };
  let [steps, shifts] = [0, 0];
  while (Atomics.load(stop, 0) === 0) {
    const report = await runShift({ name, seed: seed + shifts, ms: shiftMs, stop });
    shifts += 1;
    steps += report.steps;
    add(tally, report.tally);
  }
  return { steps, shifts, tally };
}

function add(sum: SharedTally, more: SharedTally): void {
  for (const key of Object.keys(sum) as (keyof SharedTally)[]) sum[key] += more[key];
}

async function work(orders: ProcessOrders): Promise<ProcessReport> {
  const { threads, name, seed, mountAt } = orders;
  const face = opened().fs as unknown as NodeFs;
  const ordersOf = (worker: number): ProcessOrders => ({
    ...orders,
    name: `${name}w${worker}`,
    seed: seed + worker * 100_000,
  });
  const workers = [keepWorking(ordersOf(0), (shift) => workShift(shift, face, '', opened()))];
  for (let index = 1; index < threads; index += 1) {
    workers.push(keepWorking(ordersOf(index), threadShift));
  }
  if (mountAt !== undefined) {
    workers.push(keepWorking(ordersOf(threads), (shift) => workShift(shift, disk, mountAt)));
  }
  const reports = await Promise.all(workers);
  const total = { steps: 0, shifts: 0, tally: { ...NO_TALLY } };
  for (const report of reports) {
    total.steps += report.steps;
    total.shifts += report.shifts;
    add(total.tally, report.tally);
  }
  return total;
}

let unmount: () => Promise<void> = async () => undefined;
let before = 0;

answerParent({
  open: async ({ file, mountAt }: ProcessOrders) => {
    before = descriptors();
    // Caches that are full early, so that what grows afterwards is something else.
    volume = await openVolume(file, { memoryBudgetBytes: MEMORY_BUDGET_BYTES });
    if (mountAt === undefined) return;
    mkdirSync(mountAt);
    const mount = await volume.mount(mountAt, { threads: 2 });
    unmount = async () => {
      await mount.unmount();
      rmdirSync(mountAt);
      if (mount.errors > 0) throw new Error(`${mount.errors} requests of the mount failed`);
    };
  },
  prepare: () => prepareShared(opened()),
  start: (orders: ProcessOrders) => {
    working = work(orders);
    working.catch((error: unknown) => {
      failure = error;
      Atomics.store(stop, 0, 1);
    });
  },
  holdings: (): Holdings => {
    if (failure !== undefined) throw failure;
    (globalThis as { gc?: () => void }).gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    const { walBytes, writer } = opened().counters();
    return {
      rssBytes: rss,
      heapBytes: heapUsed,
      descriptors: descriptors(),
      openFiles: writer?.openFiles ?? 0,
      orphans: writer?.orphans ?? 0,
      walBytes,
    };
  },
  check: () => assertVolumeSound(opened()),
  stop: async (): Promise<ProcessReport | undefined> => {
    Atomics.store(stop, 0, 1);
    const report = await working;
    await unmount();
    return report;
  },
  /** What all did together; nothing is held any more. */
  verify: async (tally: SharedTally) => {
    await verifyShared(opened(), tally);
    await until('orphans are gone', () => opened().counters().writer?.orphans === 0);
    const { queue, readers, writer } = opened().counters();
    const left = {
      queue: (queue?.commands ?? 0) + (queue?.waiters ?? 0),
      leased: readers.leased + readers.waiting,
      openFiles: writer?.openFiles,
      clients: writer?.clients,
    };
    if (JSON.stringify(left) === '{"queue":0,"leased":0,"openFiles":0,"clients":1}') return;
    throw new Error(`left behind: ${JSON.stringify(left)}`);
  },
  /** Closes the volume; answers how many descriptors stay behind. */
  close: async (): Promise<number> => {
    await opened().close();
    volume = undefined;
    return descriptors() - before;
  },
  end: () => undefined,
});
