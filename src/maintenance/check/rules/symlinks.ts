/** I23: symbolic links, and nothing else, have a target; the size is its length in bytes. */
import { isUtf8 } from 'node:buffer';
import { PATH_BYTES_MAX } from '../../../core/limits.js';
import { S_IFLNK } from '../../../core/mode.js';
import { type CheckContext, ROWS_MAX } from '../context.js';
import { damageFinding, isDamage } from '../damage.js';
import type { Check, Finding } from '../finding.js';
import { typeOf } from '../sql.js';

const WITHOUT_TARGET = `
  SELECT i.ino FROM inode AS i
  WHERE i.ino > ? AND i.ino <= ? AND ${typeOf('i')} = ${S_IFLNK}
    AND NOT EXISTS (SELECT 1 FROM symlink AS s WHERE s.ino = i.ino)
  LIMIT ?`;
const WITHOUT_LINK = `
  SELECT s.ino, i.mode FROM symlink AS s LEFT JOIN inode AS i ON i.ino = s.ino
  WHERE s.ino > ? AND s.ino <= ? AND (i.ino IS NULL OR ${typeOf('i')} <> ${S_IFLNK})
  LIMIT ?`;
const WRONG_SIZE = `
  SELECT s.ino, i.size, octet_length(s.target)
  FROM symlink AS s CROSS JOIN inode AS i ON i.ino = s.ino
  WHERE s.ino > ? AND s.ino <= ? AND ${typeOf('i')} = ${S_IFLNK} AND i.size <> octet_length(s.target)
  LIMIT ?`;
// SQL cannot tell whether text is valid UTF-8: of what is not ASCII it gives everything.
const SUSPECT_TARGET = `
  SELECT s.ino, CAST(s.target AS BLOB) FROM symlink AS s
  WHERE s.ino > ? AND s.ino <= ?
    AND (octet_length(s.target) NOT BETWEEN 1 AND ${PATH_BYTES_MAX - 1}
      OR instr(CAST(s.target AS BLOB), x'00') > 0 OR s.target GLOB '*[^ -~]*')
  ORDER BY s.ino LIMIT ?`;
const DELETE = 'DELETE FROM symlink WHERE ino = ?';

function* findRows(context: CheckContext): Generator<Finding> {
  const what = 'symbolic links';
  yield* context.scan<[number]>({ range: 'inode', what, sql: WITHOUT_TARGET }, ([ino]) => ({
    invariant: 'I23',
    ino,
    detail: 'the target of the symbolic link is lost',
  }));
  yield* context.scan<[number, number | null]>(
    { range: 'inode', what, sql: WITHOUT_LINK },
    ([ino, mode]) => ({
      invariant: 'I23',
      ino,
      detail: `inode ${ino} has a target and ${mode === null ? 'does not exist' : 'is no symbolic link'}`,
      repair: (fixer) => fixer.run(DELETE, ino),
    }),
  );
  yield* context.scan<[number, number, number]>(
    { range: 'inode', what, sql: WRONG_SIZE },
    ([ino, size, bytes]) => ({
      invariant: 'I23',
      ino,
      detail: `its size is ${size}, and its target has ${bytes} bytes`,
      repair: (fixer) => fixer.setSize(ino, bytes),
    }),
  );
}

function faultOf(target: Buffer): string | undefined {
  if (target.length === 0) return 'is empty';
  if (target.length >= PATH_BYTES_MAX) return `has ${target.length} bytes`;
  if (target.includes(0)) return 'holds a NUL';
  return isUtf8(target) ? undefined : 'is not valid UTF-8';
}

function* findTargets(context: CheckContext): Generator<Finding> {
  for (const [from, to] of context.slices('inode')) {
    let last = from;
    for (;;) {
      context.pause(1);
      const rows = context.rows<[number, Buffer]>(SUSPECT_TARGET, last, to, ROWS_MAX);
      for (const [ino, target] of rows) {
        const fault = faultOf(target);
        if (fault !== undefined) yield { invariant: 'I23', ino, detail: `its target ${fault}` };
      }
      if (rows.length < ROWS_MAX) break;
      last = rows.at(-1)?.[0] ?? to;
    }
  }
}

export const symlinks: Check = {
  invariants: ['I23'],
  *find(context) {
    yield* findRows(context);
    try {
      yield* findTargets(context);
    } catch (error) {
      if (!isDamage(error)) throw error;
      yield damageFinding(error, 'targets of symbolic links');
    }
  },
};
