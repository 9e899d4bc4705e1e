/**
 * CRC-32C, the checksum of content (RFC 3720, appendix B.4), as the format stores it: a signed integer, which
 * takes fewer bytes in a record of SQLite than an unsigned one.
 */
import { createRequire } from 'node:module';
import { crc32cByTables } from './tables.js';

type Crc32c = (data: Uint8Array) => number;

let implementation: Crc32c | undefined;

/** Loaded when it is first needed: many threads never do. */
function load(): Crc32c {
  try {
    const native = createRequire(import.meta.url)('@node-rs/crc32') as { crc32c: Crc32c };
    return (data) => native.crc32c(data) | 0;
  } catch {
    // Optional: there is no binary of it for every system, and the sums are the same.
    return crc32cByTables;
  }
}

/** Of all bytes; NaN, which equals no checksum, for what a damaged row has in their place. */
export function crc32c(data: unknown): number {
  if (!(data instanceof Uint8Array)) return Number.NaN;
  implementation ??= load();
  return implementation(data);
}
