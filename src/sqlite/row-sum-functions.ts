/** The sums of rows with text, for SQL: migrations, checks and queries compute them of many rows at once. */
import type Database from 'better-sqlite3';
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

/** Text is given as a BLOB: what is no UTF-8 would come as something else. */
export function provideRowSums(database: Database.Database): void {
  database.function('cabinet_entry_sum', OPTIONS, entrySum as never);
  database.function('cabinet_link_sum', OPTIONS, linkSum as never);
  database.function('cabinet_attribute_sum', OPTIONS, attributeSum as never);
  database.function('cabinet_damaged', { directOnly: true }, damaged);
}
