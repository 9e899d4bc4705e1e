/** Whether bytes of content are those that were written. */
import { crc32 } from 'node:zlib';
import { crc32c } from '../../core/crc32c/crc32c.js';

/**
 * The checksum of a row is CRC-32C since schema 4, and was CRC-32 before. Which one it is the file cannot be
 * asked, because its header may be damaged; either is right by chance once in 2^32.
 */
export function isProven(data: Uint8Array, checksum: number | null): boolean {
  return crc32c(data) === checksum || (crc32(data) | 0) === checksum;
}
