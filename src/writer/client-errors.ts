/** What a client of the writer tells its callers when a write was not applied, or may not have been. */
import { VolumeError } from '../core/errors.js';
import { decodeFailure, type Failure } from '../core/failure.js';
import type { ResolvedOptions } from '../core/options.js';

type Bounds = Pick<ResolvedOptions, 'queueCommandsMax' | 'queueBytesMax'>;

export function queueFull(
  path: string,
  state: { readonly commands: number; readonly bytes: number },
  { queueCommandsMax, queueBytesMax }: Bounds,
): VolumeError {
  return new VolumeError(
    'ERR_QUEUE_FULL',
    `The write queue of '${path}' is full (${state.commands} of ${queueCommandsMax} commands, ${state.bytes} of ${queueBytesMax} bytes).`,
    {
      path,
      hint: 'Write more slowly, or raise `queueCommandsMax` and `queueBytesMax`; of writes that wait: `queueWaitersMax` and `queueWaitersBytesMax`.',
    },
  );
}

export function queueTimeout(path: string, deadlineMs: number): VolumeError {
  return new VolumeError(
    'ERR_QUEUE_TIMEOUT',
    `A write to '${path}' waited ${deadlineMs} ms in the queue and was not applied.`,
    { path, hint: 'The writer is saturated or blocked; see `volume.stats()`.' },
  );
}

export function writerLost(path: string, cause: unknown): VolumeError {
  return new VolumeError(
    'ERR_WRITER_FAILED',
    `The writer thread of '${path}' ended unexpectedly.`,
    {
      cause,
      path,
      hint: 'Close the volume and open it again: what was acknowledged is there.',
    },
  );
}

export function volumeClosed(path: string): VolumeError {
  return new VolumeError('ERR_VOLUME_CLOSED', `The volume '${path}' is closed.`, {
    path,
    hint: 'Open it again with `openVolume`.',
  });
}

/** A transaction failed at `step`; `reason` is why. Turned into the caller's error by the face. */
export class StepError extends Error {
  readonly step: number;
  readonly reason: unknown;

  constructor(step: number, reason: unknown) {
    super('a step of the transaction failed', { cause: reason });
    this.step = step;
    this.reason = reason;
  }
}

/** The error of a failed job; of a transaction it carries the index of the failing step. */
export function errorOf(failure: Failure): unknown {
  const error = decodeFailure(failure);
  return failure.step === undefined ? error : new StepError(failure.step, error);
}
