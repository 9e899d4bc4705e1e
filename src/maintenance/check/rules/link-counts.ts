/** I8: `nlink` of a file is the number of its names; of a directory, 2 and its child directories. */
import { ROOT_INO } from '../../../core/ino.js';
import type { Check } from '../finding.js';
import { childDirectories, isDir } from '../sql.js';

// What has no name is a matter of I9 and I10; a root without links of I5.
const SQL = `
  SELECT ino, nlink, expected FROM (
    SELECT i.ino AS ino, i.nlink AS nlink,
           CASE WHEN ${isDir('i')} THEN 2 + ${childDirectories('i.ino')} ELSE l.names END AS expected
    FROM inode AS i LEFT JOIN check_link AS l ON l.ino = i.ino
    WHERE i.ino > ? AND i.ino <= ? AND NOT EXISTS (SELECT 1 FROM orphan AS o WHERE o.ino = i.ino)
      AND CASE i.ino WHEN ${ROOT_INO} THEN i.nlink <> 0 ELSE l.ino IS NOT NULL END)
  WHERE nlink <> expected LIMIT ?`;
const SET = 'UPDATE inode SET nlink = ?, version = max(version, 0) + 1 WHERE ino = ?';

export const linkCounts: Check = {
  invariants: ['I8'],
  *find(context) {
    context.scratch.need('links');
    const query = { range: 'inode', what: 'link counts', sql: SQL } as const;
    yield* context.scan<[number, number, number]>(query, ([ino, nlink, expected]) => ({
      invariant: 'I8',
      ino,
      detail: `nlink is ${nlink}, its names make ${expected}`,
      repair: (fixer) => fixer.run(SET, expected, ino),
    }));
  },
};
