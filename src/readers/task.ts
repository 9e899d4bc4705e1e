/**
 * The worker's side of a long read: what a task is given on a reader thread, and how it answers.
 *
 * A task opens its own read-only connection and closes it before it answers, so that a thread that
 * idles holds nothing and may end at any time.
 */
import type { MessagePort } from 'node:worker_threads';
import { encodeFailure, type Failure } from '../core/failure.js';

/** Shared cell: not 0 when the task is to stop. */
export const CANCEL_CELL = 0;

/** What reaches the worker: `input` is the task's own. */
export interface TaskRequest<Input> {
  readonly input: Input;
  readonly port: MessagePort;
  readonly cancel: Int32Array;
}

/** What a task is told and tells while it works. */
export interface TaskControl {
  /** Sends progress to the caller, at most every `REPORT_EVERY_MS`; `always` sends it at once. */
  report(progress: unknown, always?: boolean): void;
  /** To be called between statements: throws when the caller has gone. */
  throwIfCancelled(): void;
}

/** Thrown inside a task when its caller gave up; the caller has been answered already. */
export class TaskCancelled extends Error {}

export type TaskAnswer<Output> =
  | { readonly output: Output }
  | { readonly cancelled: true }
  | Failure;

const REPORT_EVERY_MS = 50;

export function createTaskControl(port: MessagePort, cancel: Int32Array): TaskControl {
  let reportedMs = 0;
  return {
    report: (progress, always = false) => {
      const nowMs = performance.now();
      if (!always && nowMs - reportedMs < REPORT_EVERY_MS) return;
      reportedMs = nowMs;
      port.postMessage(progress);
    },
    throwIfCancelled: () => {
      if (Atomics.load(cancel, CANCEL_CELL) !== 0) throw new TaskCancelled();
    },
  };
}

/** Runs the body of a task; errors are answered encoded, because a clone would lose their codes. */
export function answerTask<Input, Output>(
  { input, port, cancel }: TaskRequest<Input>,
  work: (input: Input, control: TaskControl) => Output,
): TaskAnswer<Output> {
  const control = createTaskControl(port, cancel);
  try {
    control.throwIfCancelled();
    return { output: work(input, control) };
  } catch (error) {
    return error instanceof TaskCancelled ? { cancelled: true } : encodeFailure(error);
  } finally {
    port.close();
  }
}
