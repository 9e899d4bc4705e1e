/** I16: no chunk is at or past the size of its file, and no stored byte is. */
import type { BlobId } from '../../../core/ino.js';
import type { CheckContext } from '../context.js';
import type { Check, Finding } from '../finding.js';
import type { Fixer } from '../fixer.js';
import { isCutOff, isRegular, WITH_CHUNK } from '../sql.js';

const FILES = `i.ino > ? AND i.ino <= ? AND ${isRegular('i')} AND NOT ${isCutOff('i')}`;

const CHUNKS_PAST = `
  ${WITH_CHUNK}
  SELECT i.ino, i.size, count(*), min(c.idx)
  FROM v CROSS JOIN inode AS i CROSS JOIN chunk AS c ON c.ino = i.ino
  WHERE ${FILES} AND c.idx >= (i.size + v.chunk - 1) / v.chunk
  GROUP BY i.ino LIMIT ?`;
const HEAD_PAST = `
  SELECT i.ino, i.size, 0, i.head, length(b.data)
  FROM inode AS i CROSS JOIN blob AS b ON b.id = i.head
  WHERE ${FILES} AND length(b.data) > i.size LIMIT ?`;
// Only the last chunk can reach past the size without lying past it.
const TAIL_PAST = `
  ${WITH_CHUNK}
  SELECT i.ino, i.size, c.idx, c.blob, length(b.data)
  FROM v CROSS JOIN inode AS i
    CROSS JOIN chunk AS c ON c.ino = i.ino AND c.idx = (i.size - 1) / v.chunk
    CROSS JOIN blob AS b ON b.id = c.blob
  WHERE ${FILES} AND i.size > v.chunk AND length(b.data) > i.size - c.idx * v.chunk LIMIT ?`;
const SET_CHUNKS = `
  UPDATE inode SET version = max(version, 0) + 1,
    chunks = (head IS NOT NULL) + (SELECT count(*) FROM chunk AS c WHERE c.ino = inode.ino)
  WHERE ino = ?`;
const DROP_HEAD = 'UPDATE inode SET head = NULL WHERE ino = ?';

type PastRow = [ino: number, size: number, count: number, first: number];
type BytesRow = [ino: number, size: number, idx: number, blob: number, length: number];

function* findChunks(context: CheckContext): Generator<Finding> {
  const parameters = [context.chunkSizeBytes];
  const query = { range: 'inode', what: 'chunks', sql: CHUNKS_PAST, parameters } as const;
  yield* context.scan<PastRow>(query, ([ino, size, count, first]) => ({
    invariant: 'I16',
    ino,
    detail: `its size is ${size}, and ${count} chunks from chunk ${first} on lie past it`,
    repair: (fixer) => {
      fixer.dropChunks(ino, first);
      fixer.run(SET_CHUNKS, ino);
    },
  }));
}

function cut(fixer: Fixer, chunkSizeBytes: number, [ino, size, idx, blob]: BytesRow): boolean {
  const length = size - idx * chunkSizeBytes;
  if (length > 0) return fixer.cutChunk(ino, idx, blob as BlobId, length);
  fixer.run(DROP_HEAD, ino);
  fixer.blobs.release(blob as BlobId);
  fixer.run(SET_CHUNKS, ino);
  return true;
}

function* findBytes(context: CheckContext): Generator<Finding> {
  const { chunkSizeBytes } = context;
  const toFinding = (row: BytesRow): Finding => {
    const [ino, size, idx, , length] = row;
    const end = idx * chunkSizeBytes + length;
    return {
      invariant: 'I16',
      ino,
      detail: `its size is ${size}, and bytes are stored up to ${end}`,
      repair: (fixer) => cut(fixer, chunkSizeBytes, row),
    };
  };
  const head = { range: 'inode', what: 'first chunks', sql: HEAD_PAST } as const;
  yield* context.scan<BytesRow>(head, toFinding);
  const parameters = [chunkSizeBytes];
  const tail = { range: 'inode', what: 'last chunks', sql: TAIL_PAST, parameters } as const;
  yield* context.scan<BytesRow>(tail, toFinding);
}

export const sizes: Check = {
  invariants: ['I16'],
  needsChunkSize: true,
  *find(context) {
    yield* findChunks(context);
    yield* findBytes(context);
  },
};
