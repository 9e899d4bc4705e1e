/** Checks outside the timed part that a contender did what it was timed for. */
import assert from 'node:assert/strict';

/** Fails the run of a contender whose result is not what was asked for. */
export function verify(condition: boolean, message: string): asserts condition {
  assert(condition, `not verified: ${message}`);
}
