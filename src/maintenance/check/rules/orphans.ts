/**
 * I9: the inodes without a name that are no loss: each has a row in `orphan` and nlink 0, and nothing
 * else has. A repair never makes an orphan, because the reaper would delete it.
 */
import { type Ino, ROOT_INO } from '../../../core/ino.js';
import type { CheckContext } from '../context.js';
import type { Check, Finding } from '../finding.js';

const ROWS = `
  SELECT o.ino, i.ino IS NULL, l.names, i.nlink
  FROM orphan AS o LEFT JOIN inode AS i ON i.ino = o.ino LEFT JOIN check_link AS l ON l.ino = o.ino
  WHERE o.ino > ? AND o.ino <= ?
    AND (i.ino IS NULL OR l.ino IS NOT NULL OR i.nlink <> 0 OR i.ino = ${ROOT_INO})
  LIMIT ?`;
const UNLISTED = `
  SELECT i.ino FROM inode AS i
  WHERE i.ino > ? AND i.ino <= ? AND i.nlink = 0 AND i.ino <> ${ROOT_INO}
    AND NOT EXISTS (SELECT 1 FROM check_link AS l WHERE l.ino = i.ino)
    AND NOT EXISTS (SELECT 1 FROM orphan AS o WHERE o.ino = i.ino)
  LIMIT ?`;

type Row = [ino: number, noInode: number, names: number | null, nlink: number];

function toFinding([ino, noInode, names, nlink]: Row): Finding {
  let detail = `the orphan has nlink ${nlink}`;
  if (noInode === 1) detail = `inode ${ino} is listed as an orphan and does not exist`;
  else if (ino === ROOT_INO) detail = 'the root is listed as an orphan';
  else if (names !== null) detail = `it is listed as an orphan and has ${names} names`;
  return {
    invariant: 'I9',
    ino,
    detail,
    // One that has no name after this is given one by rule I10.
    repair: (fixer) => fixer.ctx.store.orphans.delete(ino as Ino),
  };
}

export const orphans: Check = {
  invariants: ['I9'],
  *find(context: CheckContext) {
    context.scratch.need('links');
    yield* context.scan<Row>({ range: 'inode', what: 'orphans', sql: ROWS }, toFinding);
    const query = { range: 'inode', what: 'inodes without links', sql: UNLISTED } as const;
    yield* context.scan<[number]>(query, ([ino]) => ({
      invariant: 'I9',
      ino,
      detail: 'it has no name and nlink 0, and is not listed as an orphan',
      repair: (fixer) => fixer.lostAndFound.name(ino as Ino),
    }));
  },
};
