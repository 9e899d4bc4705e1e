/**
 * Entry of the process that copies, verifies and prepares files beside a volume: one order at a time from
 * its parent, whose end is its own.
 *
 * What an order needs is loaded with it, so that the first, the copy, begins at once.
 *
 * A process of its own for three reasons: it may open a live database file (`copy-image.ts`); it works at
 * a lower priority, so that readers and writers of the volume keep the processor; and it can be ended at
 * any instant, whatever it does.
 */
import { setPriority } from 'node:os';
import { encodeFailure, type Failure } from '../../core/failure.js';
import type { CheckReport } from '../check/run.js';
import type { PrepareJob, PrepareResult } from '../restore/prepare-restored.js';
import { copyImage, type ImageJob, type ImageResult } from './copy-image.js';

export interface VerifyJob {
  readonly path: string;
  readonly depth: 'quick' | 'full' | 'content';
  readonly problemsMax: number;
}

export interface Orders {
  readonly copy: { readonly job: ImageJob; readonly result: ImageResult };
  /** Waits until the disk has what was copied. */
  readonly store: { readonly job: null; readonly result: null };
  readonly verify: { readonly job: VerifyJob; readonly result: CheckReport };
  /** SHA-256 of a file, which may be open in the parent. */
  readonly hash: { readonly job: string; readonly result: string };
  readonly prepare: { readonly job: PrepareJob; readonly result: PrepareResult };
}

export type OrderKind = keyof Orders;

export interface Order<K extends OrderKind = OrderKind> {
  readonly kind: K;
  readonly job: Orders[K]['job'];
}

/** Parts of the order that are done. */
export interface Report {
  readonly done: number;
  readonly total: number;
}

export type Message =
  | { readonly report: Report }
  | { readonly answer: unknown }
  | { readonly failed: Failure };

// Enough that a saturated volume keeps most of the processor, little enough that the view ends soon.
const NICENESS = 5;
const REPORT_EVERY_MS = 50;
const CACHE_BYTES = 16 * 1024 * 1024;
const BUSY_TIMEOUT_MS = 5000;

let reportedMs = 0;
let copied: { readonly path: string; readonly stored: Promise<void> } | undefined;

function report(done: number, total: number): void {
  const nowMs = performance.now();
  if (done < total && nowMs - reportedMs < REPORT_EVERY_MS) return;
  reportedMs = nowMs;
  send({ report: { done, total } });
}

function send(message: Message): void {
  process.send?.(message);
}

async function verify({ path, depth, problemsMax }: VerifyJob): Promise<CheckReport> {
  const { checkFile } = await import('../check/thread.js');
  const input = {
    path,
    cacheBytes: CACHE_BYTES,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
    content: depth === 'content',
    isQuick: depth === 'quick',
    problemsMax,
    phase: 'check' as const,
    isUnknownFile: true,
  };
  const control = {
    report: (progress: unknown) => {
      const { done, total } = progress as Report;
      report(done, total);
    },
    throwIfCancelled: () => undefined,
  };
  return checkFile(input, control);
}

async function work(order: Order): Promise<unknown> {
  switch (order.kind) {
    case 'copy': {
      const job = order.job as ImageJob;
      const { stored: storing, ...result } = await copyImage(job, (pagesDone) =>
        report(pagesDone, job.pages),
      );
      copied = { path: job.target, stored: storing };
      return result;
    }
    case 'store':
      await copied?.stored;
      return null;
    case 'verify':
      return await verify(order.job as VerifyJob);
    case 'hash':
      return (await import('../placement/manifest.js')).hashFile(order.job as string);
    case 'prepare':
      return (await import('../restore/prepare-restored.js')).prepareRestored(
        order.job as PrepareJob,
      );
  }
}

/** Which file an order is about. */
function fileOf({ kind, job }: Order): string {
  if (kind === 'copy') return (job as ImageJob).target;
  if (kind === 'store') return copied?.path ?? '';
  return kind === 'hash' ? (job as string) : (job as VerifyJob).path;
}

/** What the system says becomes an error about the file that was to be made. */
async function encode(error: unknown, order: Order): Promise<Failure> {
  const { targetFailed } = await import('../placement/target.js');
  const path = fileOf(order);
  return encodeFailure(targetFailed(error, path));
}

process.on('message', async (order: Order) => {
  reportedMs = 0;
  try {
    send({ answer: await work(order) });
  } catch (error) {
    send({ failed: await encode(error, order) });
  }
});
// The parent is gone: nobody will give the file its name.
process.on('disconnect', () => process.exit());

try {
  setPriority(NICENESS);
} catch {
  // Where the system refuses, it goes on like any other.
}
