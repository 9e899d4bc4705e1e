/** I1: the database is whole, as far as SQLite can tell. */
import { VolumeError } from '../../../core/errors.js';
import { checkComplete } from '../../../writer/prepare.js';
import type { CheckContext } from '../context.js';
import type { Check, Finding } from '../finding.js';

// With `content` everything is read anyway, and indexes are compared with their tables.
const QUICK = 'PRAGMA quick_check(100)';
const FULL = 'PRAGMA integrity_check(100)';

// The rules about the columns name the row; SQLite names only the table.
const OTHER_RULES = /^CHECK constraint failed in (dentry|inode|share|chunk)$/;

function incomplete({ connection }: CheckContext): Finding | undefined {
  try {
    checkComplete(connection);
    return undefined;
  } catch (error) {
    if (!(error instanceof VolumeError)) throw error;
    return { invariant: 'I1', ino: null, path: null, detail: error.message };
  }
}

export const storage: Check = {
  invariants: ['I1'],
  *find(context) {
    const short = incomplete(context);
    if (short !== undefined) yield short;
    for (const [message] of context.rows<[string]>(context.content ? FULL : QUICK)) {
      if (message === 'ok' || OTHER_RULES.test(message)) continue;
      yield { invariant: 'I1', ino: null, path: null, detail: message };
    }
  },
};
