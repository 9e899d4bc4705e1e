/** AbortSignal arguments and the error a call ends with when its signal fires. */
import { invalidArgType } from './node-error.js';

export class AbortError extends Error {
  readonly code = 'ABORT_ERR';

  /** `reason` becomes the cause. */
  constructor(reason?: unknown) {
    super('The operation was aborted', { cause: reason });
    // Own and enumerable, as on Node's; the header of the stack is composed from it.
    this.name = 'AbortError';
  }
}

/** Accepts `undefined` and anything with an `aborted` property, as Node does. */
export function validateAbortSignal(
  signal: unknown,
  name: string,
): asserts signal is AbortSignal | undefined {
  if (signal === undefined) return;
  if (typeof signal === 'object' && signal !== null && 'aborted' in signal) return;
  throw invalidArgType(name, 'AbortSignal', signal);
}

/** Throws the AbortError of a signal that has already fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError(signal.reason);
}
