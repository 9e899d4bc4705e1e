/** AbortSignal arguments and the error a call ends with when its signal fires. */
import { AbortError } from '../../core/abort.js';
import { invalidArgType } from './node-error.js';

export { AbortError } from '../../core/abort.js';

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
