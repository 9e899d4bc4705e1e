/** I18: inline content is 1 to 512 bytes, not past the size, with a checksum, and never beside chunks. */
import { crc32c } from '../../../core/crc32c/crc32c.js';
import type { BlobId } from '../../../core/ino.js';
import { INLINE_BYTES_MAX } from '../../../core/limits.js';
import type { Check, Finding, Repair } from '../finding.js';
import type { Fixer } from '../fixer.js';
import { isRegular } from '../sql.js';

const BESIDE = `(i.inline IS NOT NULL AND (i.chunks <> 0 OR i.head IS NOT NULL
                  OR EXISTS (SELECT 1 FROM chunk AS c WHERE c.ino = i.ino)))`;
const FAULT = `
  CASE WHEN (i.inline IS NULL OR length(i.inline) = 0) AND i.inline_crc32c IS NOT NULL THEN 'idle'
       WHEN length(i.inline) = 0 THEN 'idle'
       WHEN i.inline IS NOT NULL AND i.inline_crc32c IS NULL THEN 'unchecked'
       WHEN ${BESIDE} THEN 'beside'
       WHEN length(i.inline) > i.size THEN 'past'
       WHEN length(i.inline) > ${INLINE_BYTES_MAX} THEN 'long' END`;
const SQL = `
  SELECT ino, fault, length, size FROM (
    SELECT i.ino AS ino, ${FAULT} AS fault, length(i.inline) AS length, i.size AS size
    FROM inode AS i WHERE i.ino > ? AND i.ino <= ? AND ${isRegular('i')})
  WHERE fault IS NOT NULL LIMIT ?`;
const GET = 'SELECT inline_crc32c, inline FROM inode WHERE ino = ?';
const SET = `
  UPDATE inode SET inline_crc32c = ?, inline = ?, version = max(version, 0) + 1 WHERE ino = ?`;
const TO_BLOB = `
  INSERT INTO blob (crc32c, data) SELECT inline_crc32c, inline FROM inode WHERE ino = ? RETURNING id`;
const SET_HEAD = `
  UPDATE inode SET inline_crc32c = NULL, inline = NULL, head = ?, chunks = 1,
                   version = max(version, 0) + 1
  WHERE ino = ?`;

type Fault = 'idle' | 'unchecked' | 'beside' | 'past' | 'long';
type Row = [ino: number, fault: Fault, length: number | null, size: number];

/** The chunks are what reads see; the inline bytes get a file of their own. */
function moveOut(fixer: Fixer, ino: number): void {
  const row = fixer.get<[number | null, Buffer]>(GET, ino);
  if (row === undefined) return;
  const [inlineCrc32c, inline] = row;
  fixer.salvage({ chunks: 0, head: null, inlineCrc32c, inline });
  fixer.run(SET, null, null, ino);
}

function cut(fixer: Fixer, ino: number, size: number): boolean {
  const row = fixer.get<[number | null, Buffer]>(GET, ino);
  // A new checksum over damaged bytes would hide the damage.
  if (row === undefined || crc32c(row[1]) !== row[0]) return false;
  const data = row[1].subarray(0, size);
  if (size > 0) fixer.run(SET, crc32c(data), data, ino);
  else fixer.run(SET, null, null, ino);
  return true;
}

function toChunk(fixer: Fixer, ino: number): boolean {
  const { length } = fixer.get<[number | null, Buffer]>(GET, ino)?.[1] ?? Buffer.alloc(0);
  if (length > fixer.chunkSizeBytes) return false;
  const blob = fixer.get<[BlobId]>(TO_BLOB, ino)?.[0];
  if (blob === undefined) return false;
  fixer.run(SET_HEAD, blob, ino);
  return true;
}

function describe([, fault, length, size]: Row): { detail: string } {
  switch (fault) {
    case 'idle':
      return { detail: 'it has the remains of inline content without bytes' };
    case 'unchecked':
      return { detail: `its ${length} inline bytes have no checksum` };
    case 'beside':
      return { detail: `it has ${length} inline bytes beside chunks` };
    case 'past':
      return { detail: `it has ${length} inline bytes and size ${size}` };
    case 'long':
      return { detail: `it has ${length} inline bytes, at most ${INLINE_BYTES_MAX} are allowed` };
  }
}

function repairOf([ino, fault, , size]: Row): Repair | undefined {
  switch (fault) {
    case 'idle':
      return (fixer) => fixer.run(SET, null, null, ino);
    case 'unchecked':
      return undefined;
    case 'beside':
      return (fixer) => moveOut(fixer, ino);
    case 'past':
      return (fixer) => cut(fixer, ino, size);
    case 'long':
      return (fixer) => toChunk(fixer, ino);
  }
}

function toFinding(row: Row): Finding {
  return { invariant: 'I18', ino: row[0], ...describe(row), repair: repairOf(row) };
}

export const inlineContent: Check = {
  invariants: ['I18'],
  needsChunkSize: true,
  find: (context) =>
    context.scan<Row>({ range: 'inode', what: 'inline content', sql: SQL }, toFinding),
};
