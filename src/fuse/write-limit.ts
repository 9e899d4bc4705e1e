/** The largest file, as writes meet it. */
import { errno } from '../core/errno.js';
import { FILE_SIZE_MAX } from '../core/limits.js';

/** What goes past the largest size is left off; EFBIG when that is all. */
export function withinLimit(offset: number, bytes: Buffer): Buffer {
  if (offset + bytes.length <= FILE_SIZE_MAX) return bytes;
  if (offset >= FILE_SIZE_MAX) throw errno('EFBIG');
  return bytes.subarray(0, FILE_SIZE_MAX - offset);
}
