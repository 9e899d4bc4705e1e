/** I24: extended attributes belong to inodes that exist; names and values are within their limits. */
import { XATTR_NAME_BYTES_MAX, XATTR_VALUE_BYTES_MAX } from '../../../core/limits.js';
import type { CheckContext } from '../context.js';
import type { Check, Finding } from '../finding.js';

const OWNERLESS = `
  SELECT x.ino, count(*) FROM xattr AS x
  WHERE x.ino > ? AND x.ino <= ? AND NOT EXISTS (SELECT 1 FROM inode AS i WHERE i.ino = x.ino)
  GROUP BY x.ino LIMIT ?`;
// The name as bytes: a text that is no UTF-8 must be found again by the repair.
const BAD_NAME = `
  SELECT x.ino, CAST(x.name AS BLOB) FROM xattr AS x
  WHERE x.ino > ? AND x.ino <= ? AND EXISTS (SELECT 1 FROM inode AS i WHERE i.ino = x.ino)
    AND (octet_length(x.name) NOT BETWEEN 1 AND ${XATTR_NAME_BYTES_MAX}
      OR instr(CAST(x.name AS BLOB), x'00') > 0)
  LIMIT ?`;
const BAD_VALUE = `
  SELECT x.ino, x.name, length(x.value) FROM xattr AS x
  WHERE x.ino > ? AND x.ino <= ? AND EXISTS (SELECT 1 FROM inode AS i WHERE i.ino = x.ino)
    AND length(x.value) > ${XATTR_VALUE_BYTES_MAX}
  LIMIT ?`;
const DELETE_ALL = 'DELETE FROM xattr WHERE ino = ?';
const DELETE_ONE = 'DELETE FROM xattr WHERE ino = ? AND name = CAST(? AS TEXT)';

function* findNames(context: CheckContext): Generator<Finding> {
  const query = { range: 'inode', what: 'extended attributes', sql: BAD_NAME } as const;
  yield* context.scan<[number, Buffer]>(query, ([ino, name]) => ({
    invariant: 'I24',
    ino,
    detail: `the name of an attribute has ${name.length} bytes${name.includes(0) ? ' and a NUL' : ''}`,
    // No call can read it or take it away.
    repair: (fixer) => fixer.run(DELETE_ONE, ino, name),
  }));
}

export const xattrs: Check = {
  invariants: ['I24'],
  *find(context) {
    const what = 'extended attributes';
    yield* context.scan<[number, number]>(
      { range: 'inode', what, sql: OWNERLESS },
      ([ino, count]) => ({
        invariant: 'I24',
        ino,
        detail: `${count} attributes belong to inode ${ino}, which does not exist`,
        repair: (fixer) => fixer.run(DELETE_ALL, ino),
      }),
    );
    yield* findNames(context);
    yield* context.scan<[number, string, number]>(
      { range: 'inode', what, sql: BAD_VALUE },
      // It can be read and removed: whether it is wanted only its owner knows.
      ([ino, name, length]) => ({
        invariant: 'I24',
        ino,
        detail: `the attribute '${name}' has ${length} bytes`,
      }),
    );
  },
};
