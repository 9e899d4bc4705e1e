/**
 * I10: every inode is reached from the root or from an orphan, by names; directories make no cycle.
 *
 * A file with a name is reached when the directory of the name is, so only directories are walked. What
 * hangs below a lost directory or a cycle is not reported: it comes back with it.
 */
import { type Ino, ROOT_INO } from '../../../core/ino.js';
import type { CheckContext } from '../context.js';
import { damageFinding, isDamage } from '../damage.js';
import type { Check, Finding } from '../finding.js';
import type { Fixer } from '../fixer.js';
import { isDir } from '../sql.js';

// Without links is rule I9.
const LOST = `
  SELECT i.ino FROM inode AS i
  WHERE i.ino > ? AND i.ino <= ? AND i.nlink <> 0 AND i.ino <> ${ROOT_INO}
    AND NOT EXISTS (SELECT 1 FROM check_link AS l WHERE l.ino = i.ino)
    AND NOT EXISTS (SELECT 1 FROM orphan AS o WHERE o.ino = i.ino)
  LIMIT ?`;

function reachFrom(seeds: string): string {
  return `
    INSERT OR IGNORE INTO check_reach (ino)
    WITH RECURSIVE reached (ino) AS (
      ${seeds}
      UNION
      SELECT c.ino FROM reached AS r
      CROSS JOIN dentry AS d ON d.parent = r.ino CROSS JOIN inode AS c ON c.ino = d.ino
      WHERE ${isDir('c')})
    SELECT ino FROM reached`;
}

// Directories without a name are orphans or lost: both stand for the tree below them.
const REACH_ALL: string = reachFrom(`
  SELECT ${ROOT_INO} UNION
  SELECT i.ino FROM inode AS i
  WHERE ${isDir('i')} AND NOT EXISTS (SELECT 1 FROM check_link AS l WHERE l.ino = i.ino)`);
const REACH_ONE: string = reachFrom('SELECT CAST(? AS INTEGER)');
const NOT_REACHED = `
  SELECT i.ino FROM inode AS i
  WHERE i.ino > ? AND ${isDir('i')}
    AND NOT EXISTS (SELECT 1 FROM check_reach AS r WHERE r.ino = i.ino)
  ORDER BY i.ino LIMIT 1`;
const DELETE_NAMES = 'DELETE FROM dentry WHERE parent = ? AND ino = ?';
const DROP_CHILD = `
  UPDATE inode SET nlink = max(nlink - 1, 0), version = max(version, 0) + 1 WHERE ino = ?`;
const FORGET_LINK = 'DELETE FROM check_link WHERE ino = ?';

/** From a directory that is not reached, up: every such walk ends in a cycle. Its lowest number. */
function memberOfCycle(context: CheckContext, start: number): number {
  const seen = new Set<number>();
  let at = start;
  while (!seen.has(at)) {
    seen.add(at);
    at = context.paths.holderOf(at) ?? at;
  }
  let lowest = at;
  for (let next = holder(context, at); next !== at; next = holder(context, next)) {
    lowest = Math.min(lowest, next);
  }
  return lowest;
}

function holder(context: CheckContext, ino: number): number {
  return context.paths.holderOf(ino) ?? ino;
}

/** Cuts the cycle above the directory and gives it another place. */
function moveOut(fixer: Fixer, ino: number, parent: number): void {
  fixer.run(DELETE_NAMES, parent, ino);
  fixer.run(DROP_CHILD, parent);
  fixer.run(FORGET_LINK, ino);
  fixer.lostAndFound.name(ino as Ino);
}

function* findCycles(context: CheckContext): Generator<Finding> {
  context.pause(0.5);
  context.connection.statement(REACH_ALL).run();
  let after = 0;
  for (;;) {
    context.pause(0.75);
    const lost = context.row<[number]>(NOT_REACHED, after)?.[0];
    if (lost === undefined) return;
    const ino = memberOfCycle(context, lost);
    const parent = holder(context, ino);
    yield {
      invariant: 'I10',
      ino,
      path: null,
      detail: `the directory lies below itself, through inode ${parent}`,
      repair: (fixer) => moveOut(fixer, ino, parent),
    };
    context.connection.statement<[number], never>(REACH_ONE).run(ino);
    after = lost - 1;
  }
}

export const reachability: Check = {
  invariants: ['I10'],
  *find(context) {
    context.scratch.need('links');
    yield* context.scan<[number]>({ range: 'inode', what: 'names', sql: LOST }, ([ino]) => ({
      invariant: 'I10',
      ino,
      path: null,
      detail: 'it has no name and is no orphan',
      repair: (fixer) => fixer.lostAndFound.name(ino as Ino),
    }));
    try {
      yield* findCycles(context);
    } catch (error) {
      if (!isDamage(error)) throw error;
      yield damageFinding(error, 'the tree of directories');
    }
  },
};
