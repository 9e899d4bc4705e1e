/**
 * How a callback function answers. Wrong arguments are thrown at once; what the filesystem says comes to
 * the callback, on a later tick and outside of any promise, so that a callback that throws ends in
 * `uncaughtException` as with Node.
 */
import { AbortError } from '../../core/abort.js';
import { FsError } from '../../core/errors.js';
import { validateFunction } from '../arguments/types.js';
import { type Call, localStep } from '../calls/step.js';
import type { FaceHost } from '../host.js';

export type Callback = (error: unknown, ...results: unknown[]) => void;

export function checkCallback(callback: unknown, name = 'cb'): asserts callback is Callback {
  validateFunction(callback, name);
}

/**
 * Makes a call. What the filesystem would refuse is found out while arguments are taken apart, too (a
 * name that the volume cannot hold, a closed descriptor); that becomes the answer.
 */
export function prepare<T>(make: () => Call<T>): Call<T> {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof FsError || error instanceof AbortError)) throw error;
    return localStep<T>(() => {
      throw error;
    });
  }
}

/** Makes a call and runs it; nothing stands for a result that is undefined. */
export function answer<T>({ runner }: FaceHost, callback: Callback, make: () => Call<T>): void {
  const call = prepare(make);
  runner
    .run(() => call)
    .then(
      (result) => {
        if (result === undefined) process.nextTick(callback, null);
        else process.nextTick(callback, null, result);
      },
      (error: unknown) => process.nextTick(callback, error),
    );
}

/** The same with a result made of what the call gave. */
export function answerWith<T>(
  { runner }: FaceHost,
  callback: Callback,
  make: () => Call<T>,
  convert: (result: T) => unknown,
): void {
  const call = prepare(make);
  runner
    .run(() => call)
    .then(
      (result) => process.nextTick(callback, null, convert(result)),
      (error: unknown) => process.nextTick(callback, error),
    );
}

/** For reading and writing: a count of bytes and the caller's buffer, which come with an error, too. */
export function answerCount(
  { runner }: FaceHost,
  callback: Callback,
  make: () => Call<number>,
  buffer: unknown,
): void {
  const call = prepare(make);
  runner
    .run(() => call)
    .then(
      (count) => process.nextTick(callback, null, count, buffer),
      (error: unknown) => process.nextTick(callback, error, 0, buffer),
    );
}
