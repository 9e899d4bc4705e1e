/**
 * I27: locks and claims are of files and sessions that exist. I28: no two locks meet of which one is
 * exclusive. Both kinds of lock by the same rules; `volume.lock` is of the whole file.
 */
import { LOCK_RANGE_END } from '../../../core/limits.js';
import type { CheckContext } from '../context.js';
import type { Check, Finding } from '../finding.js';

const WHOLE = `kind = 'posix' OR (first = 0 AND last = ${LOCK_RANGE_END})`;

const LOCKS = `
  SELECT l.ino, l.kind, l.session, l.owner, l.first, l.last,
         i.ino IS NULL, s.id IS NULL
  FROM lock AS l LEFT JOIN inode AS i ON i.ino = l.ino LEFT JOIN session AS s ON s.id = l.session
  WHERE l.ino > ? AND l.ino <= ? AND (i.ino IS NULL OR s.id IS NULL OR NOT (${WHOLE}))
  LIMIT ?`;
const WAITS = `
  SELECT w.seq, w.ino, w.session, i.ino IS NULL, s.id IS NULL
  FROM lock_wait AS w LEFT JOIN inode AS i ON i.ino = w.ino
    LEFT JOIN session AS s ON s.id = w.session
  WHERE w.ino > ? AND w.ino <= ? AND (i.ino IS NULL OR s.id IS NULL OR NOT (${WHOLE}))
  LIMIT ?`;
// In the order of their first bytes a lock conflicts when an earlier one reaches into it; one pass over
// the locks of a file, however many there are.
const EARLIER = 'ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING';
const CONFLICTS = `
  SELECT ino, kind, session, owner, first, last FROM (
    SELECT ino, kind, session, owner, first, last, exclusive,
           max(last) OVER every AS reached,
           max(CASE WHEN exclusive = 1 THEN last END) OVER every AS reached_exclusively,
           max(last) OVER own AS reached_by_owner
    FROM lock WHERE ino > ? AND ino <= ?
    WINDOW every AS (PARTITION BY ino, kind ORDER BY first, session, owner ${EARLIER}),
           own AS (PARTITION BY ino, kind, session, owner ORDER BY first ${EARLIER}))
  WHERE (exclusive = 1 AND reached >= first) OR reached_exclusively >= first
    OR reached_by_owner >= first
  LIMIT ?`;

const DELETE = `
  DELETE FROM lock WHERE ino = ? AND kind = ? AND session = ? AND owner = ? AND first = ?`;
const DELETE_WAIT = 'DELETE FROM lock_wait WHERE seq = ?';

type LockRow = [
  ino: number,
  kind: string,
  session: number,
  owner: string,
  first: number,
  last: number,
];
type Misplaced = [...LockRow, noInode: number, noSession: number];
type Wait = [seq: number, ino: number, session: number, noInode: number, noSession: number];

function whatIsWrong(noInode: number, session: number, noSession: number): string {
  if (noInode === 1) return 'whose inode does not exist';
  if (noSession === 1) return `of session ${session}, which does not exist`;
  return `of session ${session}, which is not of the whole file`;
}

function remove(row: LockRow, detail: string, invariant: 'I27' | 'I28'): Finding {
  const [ino, kind, session, owner, first] = row;
  return {
    invariant,
    ino,
    detail,
    repair: (fixer) => fixer.run(DELETE, ino, kind, session, owner, first),
  };
}

function misplaced([
  ino,
  kind,
  session,
  owner,
  first,
  last,
  noInode,
  noSession,
]: Misplaced): Finding {
  const detail = `there is a lock of bytes ${first} to ${last} ${whatIsWrong(noInode, session, noSession)}`;
  return remove([ino, kind, session, owner, first, last], detail, 'I27');
}

function lostWait([seq, ino, session, noInode, noSession]: Wait): Finding {
  return {
    invariant: 'I27',
    ino,
    detail: `claim ${seq} waits for a lock ${whatIsWrong(noInode, session, noSession)}`,
    repair: (fixer) => fixer.run(DELETE_WAIT, seq),
  };
}

function conflicting(row: LockRow): Finding {
  const [, , session, owner, first, last] = row;
  const detail = `the lock of bytes ${first} to ${last} of '${owner}' in session ${session} conflicts with another`;
  return remove(row, detail, 'I28');
}

export const locks: Check = {
  invariants: ['I27', 'I28'],
  *find(context: CheckContext) {
    yield* context.scan<Misplaced>({ range: 'inode', what: 'locks', sql: LOCKS }, misplaced);
    yield* context.scan<Wait>({ range: 'inode', what: 'claims', sql: WAITS }, lostWait);
    yield* context.scan<LockRow>({ range: 'inode', what: 'locks', sql: CONFLICTS }, conflicting);
  },
};
