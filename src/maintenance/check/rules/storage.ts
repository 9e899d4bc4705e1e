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
// SQLite may meet an error of its own on the way; this ends with the first problem before that.
const FIRST = 'PRAGMA quick_check(1)';

// The rules about the columns name the row; SQLite names only the table.
const OTHER_RULES = /^CHECK constraint failed in (dentry|inode|share|chunk)$/;

const HEADING = /^\*\*\* in database main \*\*\*\n/;
const TREE = /^Tree (\d+) /;
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

function messagesOf(context: CheckContext): [string][] {
  try {
    return context.rows<[string]>(context.content ? FULL : QUICK);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return context.rows<[string]>(FIRST);
  }
}

function* findBySqlite(context: CheckContext): Generator<Finding> {
  const messages = messagesOf(context);
  let trees: ReadonlyMap<number, string> | undefined;
  for (const [text] of messages) {
    const message = text.replace(HEADING, '');
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
    if (isDamaged) {
      context.giveViewUp();
      yield* touchedFiles(context);
    }
    // What SQLite has just gone through and the rest need not be of the same moment.
    else context.renewView();
  },
};
