/** Buffers, lists of buffers, and the part of a buffer a call works on. */

import { validateInt32 } from './integers.js';
import { invalidArgType, outOfRange } from './node-error.js';

export function validateBuffer(value: unknown, name = 'buffer'): asserts value is ArrayBufferView {
  if (!ArrayBuffer.isView(value)) {
    throw invalidArgType(name, ['Buffer', 'TypedArray', 'DataView'], value);
  }
}

/** The list of `readv` and `writev`. */
export function validateBufferArray(
  value: unknown,
  name = 'buffers',
): asserts value is readonly ArrayBufferView[] {
  if (Array.isArray(value) && value.every((item) => ArrayBuffer.isView(item))) return;
  throw invalidArgType(name, 'ArrayBufferView[]', value);
}

/** For data that was already found not to be a view. */
export function validateStringAfterView(value: unknown, name: string): asserts value is string {
  if (typeof value === 'string') return;
  throw invalidArgType(name, ['string', 'Buffer', 'TypedArray', 'DataView'], value);
}

/** A view of the same bytes, whatever kind of view they come in. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return view instanceof Uint8Array
    ? view
    : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** All in bytes. */
export function validateOffsetLengthRead(
  offset: number,
  length: number,
  bufferLength: number,
): void {
  if (offset < 0) throw outOfRange('offset', '>= 0', offset);
  if (length < 0) throw outOfRange('length', '>= 0', length);
  if (offset + length > bufferLength) {
    throw outOfRange('length', `<= ${bufferLength - offset}`, length);
  }
}

/** All in bytes. */
export function validateOffsetLengthWrite(
  offset: number,
  length: number,
  bufferLength: number,
): void {
  if (offset > bufferLength) throw outOfRange('offset', `<= ${bufferLength}`, offset);
  if (length > bufferLength - offset) {
    throw outOfRange('length', `<= ${bufferLength - offset}`, length);
  }
  if (length < 0) throw outOfRange('length', '>= 0', length);
  validateInt32(length, 'length', 0);
}
