/** SHA-256 of a file. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

export interface HashedBytes {
  /** In hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

const PIECE_BYTES = 1024 * 1024;

/**
 * Hashes a file that no connection of this process has open (for those `hash-elsewhere.ts`), giving others
 * a turn. `onBytes` gets each piece, valid during the call.
 */
export async function hashFile(
  path: string,
  onBytes: (bytes: Uint8Array) => void = () => undefined,
): Promise<HashedBytes> {
  const fd = openSync(path, 'r');
  try {
    const hash = createHash('sha256');
    const memory = Buffer.alloc(PIECE_BYTES);
    const total = fstatSync(fd).size;
    let bytes = 0;
    for (;;) {
      const read = readSync(fd, memory, 0, PIECE_BYTES, bytes);
      if (read === 0) break;
      const piece = memory.subarray(0, read);
      hash.update(piece);
      onBytes(piece);
      bytes += read;
      if (bytes < total) await setImmediate();
    }
    return { sha256: hash.digest('hex'), bytes };
  } finally {
    closeSync(fd);
  }
}
