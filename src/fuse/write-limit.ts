/** The largest file, as writes meet it. */
import { errno } from '../core/errno.js';
import { FILE_SIZE_MAX } from '../core/limits.js';

/** What goes past the largest size is left off; EFBIG when that is all. */
export function lengthWithinLimit(offset: number, length: number): number {
  if (offset + length <= FILE_SIZE_MAX) return length;
  if (offset >= FILE_SIZE_MAX) throw errno('EFBIG');
  return FILE_SIZE_MAX - offset;
}

export function withinLimit(offset: number, bytes: Buffer): Buffer {
  const length = lengthWithinLimit(offset, bytes.length);
  return length === bytes.length ? bytes : bytes.subarray(0, length);
}
