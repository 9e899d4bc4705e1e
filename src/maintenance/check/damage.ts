/** Telling a database that cannot be read from a check that cannot go on. */
import { isSqliteError } from '../../sqlite/driver-errors.js';
import type { Finding } from './finding.js';
import { INVARIANTS, type InvariantId } from './problem.js';

const PASSING = ['SQLITE_FULL', 'SQLITE_NOMEM', 'SQLITE_BUSY', 'SQLITE_LOCKED', 'SQLITE_READONLY'];

/** Whether SQLite failed on what the file holds, rather than on its surroundings. */
export function isDamage(error: unknown): error is Error & { code: string } {
  return isSqliteError(error) && !PASSING.some((primary) => isSqliteError(error, primary));
}

/** A missing table or column is a matter of the schema, all else of the pages. */
export function damageFinding(error: Error & { code: string }, what: string): Finding {
  return {
    invariant: error.code === 'SQLITE_ERROR' ? 'I2' : 'I1',
    ino: null,
    path: null,
    detail: `${what} could not be read: ${error.message} (${error.code})`,
  };
}

/** What was not looked at because a whole check failed. */
export function namesOf(invariants: readonly InvariantId[]): string {
  return invariants.map((id) => `${id} (${INVARIANTS[id]})`).join(', ');
}
