/**
 * I22: content has the checksum it was written with. Reads every byte, so only with `content`.
 *
 * Blobs come in batches of bounded size. When a batch cannot be read, its blobs are read one by one, so
 * that a damaged page names the one file it belongs to.
 */

import { crc32c } from '../../../core/crc32c/crc32c.js';
import type { SqlValue } from '../../../sqlite/connection.js';
import { type CheckContext, ROWS_MAX } from '../context.js';
import { damageFinding, isDamage } from '../damage.js';
import type { Check, Finding } from '../finding.js';

const BLOBS = 'SELECT id, crc32c, data FROM blob WHERE id > ? AND id <= ? ORDER BY id LIMIT ?';
const BLOB_IDS = 'SELECT id FROM blob WHERE id > ? AND id <= ? ORDER BY id LIMIT ?';
const BLOB = 'SELECT id, crc32c, data FROM blob WHERE id = ?';
const INLINE = `
  SELECT ino, inline_crc32c, inline FROM inode
  WHERE ino > ? AND ino <= ? AND inline IS NOT NULL AND inline_crc32c IS NOT NULL
  ORDER BY ino LIMIT ?`;
const OWNER = 'SELECT ino, refs FROM check_ref WHERE blob = ?';

const BATCH_BYTES = 4 * 1024 * 1024;

type Row = [id: number, sum: number, data: Buffer];

/** The file that a blob belongs to; of a shared one any. */
function ownerOf(context: CheckContext, blob: number): { ino: number | null; more: string } {
  try {
    context.scratch.need('references');
  } catch (error) {
    if (isDamage(error)) return { ino: null, more: '' };
    throw error;
  }
  const [ino, refs] = context.row<[number, number]>(OWNER, blob) ?? [null, 1];
  return { ino, more: refs > 1 ? `, referenced ${refs} times` : '' };
}

function wrongBlob(context: CheckContext, [id, sum, data]: Row): Finding | undefined {
  if (crc32c(data) === sum) return undefined;
  const { ino, more } = ownerOf(context, id);
  const detail = `content is damaged: blob ${id} of ${data.length} bytes has a wrong checksum${more}`;
  return { invariant: 'I22', ino, detail };
}

function* oneByOne(context: CheckContext, ids: readonly number[]): Generator<Finding> {
  for (const id of ids) {
    context.pause(0);
    try {
      const row = context.row<Row>(BLOB, id);
      const finding = row === undefined ? undefined : wrongBlob(context, row);
      if (finding !== undefined) yield finding;
    } catch (error) {
      if (!isDamage(error)) throw error;
      const { path: _none, ...damage } = damageFinding(error, `content is damaged: blob ${id}`);
      yield { ...damage, ino: ownerOf(context, id).ino };
    }
  }
}

/** One batch; answers the last id it looked at, undefined at the end of the slice. */
function* batch(
  context: CheckContext,
  [from, to]: readonly [SqlValue, SqlValue],
): Generator<Finding, number | undefined> {
  const limit = Math.max(1, Math.floor(BATCH_BYTES / context.chunkSizeBytes));
  let rows: Row[];
  try {
    rows = context.rows<Row>(BLOBS, from, to, limit);
  } catch (error) {
    if (!isDamage(error)) throw error;
    const ids = context.rows<[number]>(BLOB_IDS, from, to, limit).map(([id]) => id);
    yield* oneByOne(context, ids);
    return ids.at(-1);
  }
  for (const row of rows) {
    const finding = wrongBlob(context, row);
    if (finding !== undefined) yield finding;
  }
  return rows.at(-1)?.[0];
}

function* findInBlobs(context: CheckContext): Generator<Finding> {
  const slices = context.slices('blob');
  for (const [index, [from, to]] of slices.entries()) {
    try {
      let last: number | undefined;
      do {
        context.pause(index / slices.length);
        context.renewView();
        last = yield* batch(context, [last ?? from, to]);
      } while (last !== undefined);
    } catch (error) {
      if (!isDamage(error)) throw error;
      yield damageFinding(error, 'blobs');
    }
  }
}

function* findInline(context: CheckContext): Generator<Finding> {
  for (const [from, to] of context.slices('inode')) {
    try {
      let last: SqlValue = from;
      for (;;) {
        context.pause(1);
        const rows: Row[] = context.rows<Row>(INLINE, last, to, ROWS_MAX);
        for (const [ino, sum, data] of rows) {
          if (crc32c(data) === sum) continue;
          const detail = `content is damaged: ${data.length} inline bytes have a wrong checksum`;
          yield { invariant: 'I22', ino, detail };
        }
        if (rows.length < ROWS_MAX) break;
        last = rows.at(-1)?.[0] ?? to;
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      yield damageFinding(error, 'inline content');
    }
  }
}

export const checksums: Check = {
  invariants: ['I22'],
  needsChunkSize: true,
  *find(context) {
    yield* findInBlobs(context);
    yield* findInline(context);
  },
};
