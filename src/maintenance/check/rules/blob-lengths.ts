/** I17: a blob holds at most one chunk. What is behind it could never be read. */
import type { BlobId } from '../../../core/ino.js';
import type { Check } from '../finding.js';
import { WITH_CHUNK } from '../sql.js';

// `length` of a blob comes from the header of its row: the bytes are not read.
const SQL = `
  ${WITH_CHUNK}
  SELECT b.id, length(b.data), r.ino
  FROM v CROSS JOIN blob AS b LEFT JOIN check_ref AS r ON r.blob = b.id
  WHERE b.id > ? AND b.id <= ? AND length(b.data) > v.chunk
  LIMIT ?`;

export const blobLengths: Check = {
  invariants: ['I17'],
  needsChunkSize: true,
  *find(context) {
    context.scratch.need('references');
    const { chunkSizeBytes } = context;
    const parameters = [chunkSizeBytes];
    const query = { range: 'blob', what: 'lengths of blobs', sql: SQL, parameters } as const;
    yield* context.scan<[number, number, number | null]>(query, ([blob, length, ino]) => ({
      invariant: 'I17',
      ino,
      detail: `blob ${blob} has ${length} bytes, a chunk at most ${chunkSizeBytes}`,
      repair: (fixer) => fixer.cutBlob(blob as BlobId, chunkSizeBytes),
    }));
  },
};
