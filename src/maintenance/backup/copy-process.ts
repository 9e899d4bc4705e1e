/**
 * Entry of the process that copies, verifies and prepares files beside a volume: one order at a time from
 * its parent, whose end is its own.
 *
 * A process of its own for three reasons: it may open a live database file (`copy-image.ts`); it works at
 * a lower priority, so that readers and writers of the volume keep the processor; and it can be ended at
 * any instant, whatever it does.
 */
import { setPriority } from 'node:os';
import { VolumeError } from '../../core/errors.js';
import { encodeFailure, type Failure } from '../../core/failure.js';
import type { CheckReport } from '../check/run.js';
import { checkFile } from '../check/thread.js';
import { hashFile } from '../placement/manifest.js';
import { targetFailed } from '../placement/target.js';
import {
  type PrepareJob,
  type PrepareResult,
  prepareRestored,
} from '../restore/prepare-restored.js';
import { copyImage, type ImageJob, type ImageResult } from './copy-image.js';

export interface VerifyJob {
  readonly path: string;
  readonly depth: 'quick' | 'full' | 'content';
  readonly problemsMax: number;
}

export interface Orders {
  readonly copy: { readonly job: ImageJob; readonly result: ImageResult };
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

function report(done: number, total: number): void {
  const nowMs = performance.now();
  if (done < total && nowMs - reportedMs < REPORT_EVERY_MS) return;
  reportedMs = nowMs;
  send({ report: { done, total } });
}

function send(message: Message): void {
  process.send?.(message);
}

function verify({ path, depth, problemsMax }: VerifyJob): CheckReport {
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
      return await copyImage(job, (pagesDone) => report(pagesDone, job.pages)).catch(
        (error: unknown) => {
          throw targetFailed(error, job.target);
        },
      );
    }
    case 'verify':
      return verify(order.job as VerifyJob);
    case 'hash':
      return hashFile(order.job as string);
    case 'prepare':
      return prepareRestored(order.job as PrepareJob);
  }
}

/** What is no error of ours keeps its text. */
function encode(error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  const isOfSystem = !(error instanceof VolumeError) && code !== undefined;
  return encodeFailure(isOfSystem ? new VolumeError('ERR_IO', message, { cause: error }) : error);
}

process.on('message', async (order: Order) => {
  reportedMs = 0;
  try {
    send({ answer: await work(order) });
  } catch (error) {
    send({ failed: encode(error) });
  }
});
// The parent is gone: nobody will give the file its name.
process.on('disconnect', () => process.exit());

try {
  setPriority(NICENESS);
} catch {
  // Where the system refuses, it goes on like any other.
}
