/** I1: the database is whole, as far as SQLite can tell; and if not, which files that touches. */
import { VolumeError } from '../../../core/errors.js';
import { checkComplete } from '../../../writer/prepare.js';
import type { CheckContext } from '../context.js';
import { damageFinding, isDamage } from '../damage.js';
import type { Check, Finding } from '../finding.js';
import { touchedFiles } from '../touched-files.js';

// With `content` everything is read anyway, and indexes are compared with their tables.
const QUICK = 'PRAGMA quick_check(100)';
const FULL = 'PRAGMA integrity_check(100)';

// The rules about the columns name the row; SQLite names only the table.
const OTHER_RULES = /^CHECK constraint failed in (dentry|inode|share|chunk)$/;

const TREE = /^(?:\*\*\* in database main \*\*\*\n)?Tree (\d+) /;
const TREES = "SELECT rootpage, type || ' ' || name FROM sqlite_schema WHERE rootpage > 0";

function incomplete({ connection }: CheckContext): Finding | undefined {
  try {
    checkComplete(connection);
    return undefined;
  } catch (error) {
    if (!(error instanceof VolumeError)) throw error;
    return { invariant: 'I1', ino: null, path: null, detail: error.message };
  }
}

/** SQLite names a tree by its first page; people know it by the name of its table. */
function treesOf(context: CheckContext): ReadonlyMap<number, string> {
  try {
    return new Map(context.rows<[number, string]>(TREES));
  } catch (error) {
    if (isDamage(error)) return new Map();
    throw error;
  }
}

function* findBySqlite(context: CheckContext): Generator<Finding> {
  const messages = context.rows<[string]>(context.content ? FULL : QUICK);
  let trees: ReadonlyMap<number, string> | undefined;
  for (const [message] of messages) {
    if (message === 'ok' || OTHER_RULES.test(message)) continue;
    trees ??= treesOf(context);
    const tree = trees.get(Number(TREE.exec(message)?.[1]));
    const detail = tree === undefined ? message : `${message} (${tree})`;
    yield { invariant: 'I1', ino: null, path: null, detail };
  }
}

export const storage: Check = {
  invariants: ['I1'],
  *find(context) {
    let isDamaged = false;
    const short = incomplete(context);
    if (short !== undefined) {
      isDamaged = true;
      yield short;
    }
    try {
      for (const finding of findBySqlite(context)) {
        isDamaged = true;
        yield finding;
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      isDamaged = true;
      yield damageFinding(error, 'the database');
    }
    // Nothing after it needs what SQLite has just gone through to be of the same moment.
    context.renewView();
    if (isDamaged) yield* touchedFiles(context);
  },
};
