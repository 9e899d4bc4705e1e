/** I12: the next number of an inode, a commit, an orphan, a session or a claim was never used. */
import type { CheckContext } from '../context.js';
import type { Check, Finding } from '../finding.js';
import type { Fixer } from '../fixer.js';

const TABLES = [
  { table: 'orphan', max: 'SELECT coalesce(max(seq), 0) FROM orphan' },
  { table: 'session', max: 'SELECT coalesce(max(id), 0) FROM session' },
  { table: 'lock_wait', max: 'SELECT coalesce(max(seq), 0) FROM lock_wait' },
  { table: 'maintenance', max: 'SELECT coalesce(max(id), 0) FROM maintenance' },
] as const;

const SEQUENCE = 'SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?';
const DELETE = 'DELETE FROM sqlite_sequence WHERE name = ?';
const INSERT = 'INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)';

const HIGHEST_INO = 'SELECT coalesce(max(ino), 0) FROM inode';
const NEXT_INO = "SELECT value FROM meta WHERE key = 'next_ino'";
const SET_NEXT_INO = "INSERT OR REPLACE INTO meta (key, value) VALUES ('next_ino', ?)";

function* findNextIno(context: CheckContext): Iterable<Finding> {
  const highest = context.row<[number]>(HIGHEST_INO)?.[0] ?? 0;
  const next = context.row<[unknown]>(NEXT_INO)?.[0];
  if (typeof next === 'number' && next > highest) return;
  yield {
    invariant: 'I12',
    ino: null,
    path: null,
    detail: `the next number of inode would be ${String(next)}, and ${highest} is in use`,
    repair: (fixer) => fixer.run(SET_NEXT_INO, BigInt(highest + 1)),
  };
}

const NEXT_COMMIT = "SELECT value FROM meta WHERE key = 'next_commit'";
// Nothing in the volume tells which numbers were given. Milliseconds since 1970 are above them all: that
// many commits have not been made in that time.
const SET_NEXT_COMMIT = `
  INSERT OR REPLACE INTO meta (key, value) VALUES ('next_commit', unixepoch() * 1000)`;

function* findNextCommit(context: CheckContext): Iterable<Finding> {
  const next = context.row<[unknown]>(NEXT_COMMIT)?.[0];
  if (typeof next === 'number' && Number.isSafeInteger(next) && next > 0) return;
  yield {
    invariant: 'I12',
    ino: null,
    path: null,
    detail: `the next number of commit would be ${String(next)}`,
    repair: (fixer) => fixer.run(SET_NEXT_COMMIT),
  };
}

function setSequence(fixer: Fixer, table: string, value: number): void {
  fixer.run(DELETE, table);
  fixer.run(INSERT, table, BigInt(value));
}

export const sequences: Check = {
  invariants: ['I12'],
  *find(context) {
    yield* findNextIno(context);
    yield* findNextCommit(context);
    for (const { table, max } of TABLES) {
      context.pause(0);
      const highest = context.row<[number]>(max)?.[0] ?? 0;
      const sequence = context.row<[number]>(SEQUENCE, table)?.[0] ?? 0;
      if (sequence >= highest) continue;
      yield {
        invariant: 'I12',
        ino: null,
        path: null,
        detail: `the next number of ${table} would be after ${sequence}, and ${highest} is in use`,
        repair: (fixer) => setSequence(fixer, table, highest),
      };
    }
  },
};
