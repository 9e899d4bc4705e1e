/** Several changes as one job for the writer, and the error of the one that failed. */
import { Errno } from '../core/errno.js';
import { FsError } from '../core/errors.js';
import { StepError } from '../writer/client-errors.js';
import type { JobInput } from '../writer/outbox.js';
import { stepError, type WriteStep } from './calls/step.js';

/** The job that applies `steps` as one. */
export function jobOf(steps: readonly WriteStep<unknown>[]): JobInput {
  return { commands: steps, isTransaction: true, wantsResult: false };
}

/** The error for the caller, and the index of the step that it comes from. */
export function failureOf(
  steps: readonly WriteStep<unknown>[],
  error: unknown,
  syscall: string,
): { readonly reason: unknown; readonly step?: number } {
  if (error instanceof StepError) {
    const step = steps[error.step];
    const reason = step === undefined ? error.reason : stepError(step, error.reason);
    return { reason, step: error.step };
  }
  // A full disk, for example: it concerns the change as a whole.
  if (error instanceof Errno) return { reason: new FsError(error.code, { syscall }) };
  return { reason: error };
}
