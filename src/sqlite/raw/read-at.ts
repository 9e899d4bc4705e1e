/** Reading bytes of a file that may be shorter than it should be. */
import { readSync } from 'node:fs';

/** `length` bytes from `position`; undefined where the file ends before, or the disk cannot read them. */
export function readAt(fd: number, position: number, length: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafeSlow(length);
  let done = 0;
  while (done < length) {
    let read: number;
    try {
      read = readSync(fd, bytes, done, length - done, position + done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EIO') return undefined;
      throw error;
    }
    if (read === 0) return undefined;
    done += read;
  }
  return bytes;
}
