/**
 * I13: only regular files have content. I14: chunks belong to an inode that exists.
 *
 * Bytes in the wrong place are moved to a file of their own in the lost and found.
 */
import type { BlobId } from '../../../core/ino.js';
import { S_IFLNK } from '../../../core/mode.js';
import type { CheckContext } from '../context.js';
import type { Check, Finding } from '../finding.js';
import type { Fixer } from '../fixer.js';
import { isRegular, KNOWN_TYPES, typeOf } from '../sql.js';

const HAS_ROWS = 'EXISTS (SELECT 1 FROM chunk AS c WHERE c.ino = i.ino)';

// An unknown type is rule I6. The size of a symbolic link is rule I23.
const MISPLACED = `
  SELECT i.ino, i.mode FROM inode AS i
  WHERE i.ino > ? AND i.ino <= ? AND NOT ${isRegular('i')} AND ${typeOf('i')} IN ${KNOWN_TYPES}
    AND (i.chunks <> 0 OR i.head IS NOT NULL OR i.inline IS NOT NULL OR i.inline_crc32c IS NOT NULL
      OR (i.size <> 0 AND ${typeOf('i')} <> ${S_IFLNK}) OR ${HAS_ROWS})
  LIMIT ?`;
const CONTENT = `
  SELECT i.head, i.inline_crc32c, i.inline, (SELECT count(*) FROM chunk AS c WHERE c.ino = i.ino),
         ${typeOf('i')} = ${S_IFLNK}
  FROM inode AS i WHERE i.ino = ?`;
const CLEAR = `
  UPDATE inode SET chunks = 0, head = NULL, inline = NULL, inline_crc32c = NULL,
                   version = max(version, 0) + 1
  WHERE ino = ?`;
const OWNERLESS = `
  SELECT c.ino, count(*) FROM chunk AS c
  WHERE c.ino > ? AND c.ino <= ? AND NOT EXISTS (SELECT 1 FROM inode AS i WHERE i.ino = c.ino)
  GROUP BY c.ino LIMIT ?`;

type Content = [
  head: BlobId | null,
  crc: number | null,
  inline: Buffer | null,
  rows: number,
  isLink: number,
];

function moveContentOut(fixer: Fixer, ino: number): void {
  const row = fixer.get<Content>(CONTENT, ino);
  if (row === undefined) return;
  const [head, inlineCrc32c, inline, rows, isLink] = row;
  if (inline !== null && inline.length > 0) {
    fixer.salvage({ chunks: 0, head: null, inlineCrc32c, inline });
  }
  if (head !== null || rows > 0) {
    const chunks = rows + (head === null ? 0 : 1);
    fixer.salvage({ chunks, head, inlineCrc32c: null, inline: null, chunksOf: ino });
  }
  fixer.run(CLEAR, ino);
  if (isLink === 0) fixer.setSize(ino, 0);
}

function* findMisplaced(context: CheckContext): Generator<Finding> {
  const query = { range: 'inode', what: 'owners of content', sql: MISPLACED } as const;
  yield* context.scan<[number, number]>(query, ([ino, mode]) => ({
    invariant: 'I13',
    ino,
    detail: `it has content or a size, and its mode is 0o${mode.toString(8)}`,
    repair: (fixer) => moveContentOut(fixer, ino),
  }));
}

function* findOwnerless(context: CheckContext): Generator<Finding> {
  const query = { range: 'inode', what: 'owners of chunks', sql: OWNERLESS } as const;
  yield* context.scan<[number, number]>(query, ([ino, chunks]) => ({
    invariant: 'I14',
    ino,
    path: null,
    detail: `${chunks} chunks belong to inode ${ino}, which does not exist`,
    repair: (fixer) =>
      fixer.salvage({ chunks, head: null, inlineCrc32c: null, inline: null, chunksOf: ino }),
  }));
}

export const contentOwners: Check = {
  invariants: ['I13', 'I14'],
  needsChunkSize: true,
  *find(context) {
    yield* findMisplaced(context);
    yield* findOwnerless(context);
  },
};
