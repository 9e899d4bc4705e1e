/** I15: `chunks` counts what is stored: the head and the rows of `chunk`. */
import type { Check } from '../finding.js';
import { isRegular } from '../sql.js';

const COUNTED = '(i.head IS NOT NULL) + (SELECT count(*) FROM chunk AS c WHERE c.ino = i.ino)';
const SQL = `
  SELECT ino, chunks, counted FROM (
    SELECT i.ino AS ino, i.chunks AS chunks, ${COUNTED} AS counted
    FROM inode AS i WHERE i.ino > ? AND i.ino <= ? AND ${isRegular('i')})
  WHERE chunks <> counted LIMIT ?`;
const SET = 'UPDATE inode SET chunks = ?, version = max(version, 0) + 1 WHERE ino = ?';

export const chunkCounts: Check = {
  invariants: ['I15'],
  find: (context) =>
    context.scan<[number, number, number]>(
      { range: 'inode', what: 'chunks', sql: SQL },
      ([ino, chunks, counted]) => ({
        invariant: 'I15',
        ino,
        detail: `chunks is ${chunks}, and ${counted} are stored`,
        repair: (fixer) => fixer.run(SET, counted, ino),
      }),
    ),
};
