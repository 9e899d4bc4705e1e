/** Sums that SQL has no function for: migrations, checks and queries compute them of many rows at once. */
import { crc32 } from 'node:zlib';
import type Database from 'better-sqlite3';
import { crc32c } from '../core/crc32c/crc32c.js';
import { VolumeError } from '../core/errors.js';
import { attributeSum, entrySum, linkSum } from '../core/row-sums.js';

// Only our own statements and the views of a query may call them, no schema.
const OPTIONS = { deterministic: true, directOnly: true } as const;

function damaged(what: unknown): never {
  throw new VolumeError('ERR_VOLUME_CORRUPT', `The row of ${String(what)} has a wrong sum.`, {
    hint: 'A check says what is damaged.',
  });
}

/** What the sum of a row of `dentry`, `symlink` or `xattr` is to be, of its own columns. */
export const ENTRY_SUM = 'cabinet_entry_sum(parent, CAST(name AS BLOB), ino)';
export const LINK_SUM = 'cabinet_link_sum(ino, CAST(target AS BLOB))';
export const ATTRIBUTE_SUM = 'cabinet_attribute_sum(ino, CAST(name AS BLOB), value)';

/** The CRC-32C of bytes whose CRC-32 is right; a wrong one of those whose CRC-32 is wrong: they are damaged still. */
function crc32cFor(data: Uint8Array, crc32OfData: unknown): number {
  const isRight = (crc32(data) | 0) === crc32OfData;
  return isRight ? crc32c(data) : ~crc32c(data);
}

/** Text is given as a BLOB: what is no UTF-8 would come as something else. */
export function provideSums(database: Database.Database): void {
  database.function('cabinet_entry_sum', OPTIONS, entrySum as never);
  database.function('cabinet_link_sum', OPTIONS, linkSum as never);
  database.function('cabinet_attribute_sum', OPTIONS, attributeSum as never);
  database.function('cabinet_crc32c_for', OPTIONS, crc32cFor as never);
  database.function('cabinet_damaged', { directOnly: true }, damaged);
}
