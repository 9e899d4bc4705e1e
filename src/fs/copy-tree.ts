/**
 * `cp`: copies files and trees inside the volume. All or nothing: what is to be done is found on one
 * frozen view, and applied as one transaction, in which copied files share the chunks of their source.
 */
import type { Lease } from '../readers/pool.js';
import { validateCpOptions } from './arguments/cp-options.js';
import { validatePath } from './arguments/path.js';
import { stepError, type WriteStep } from './calls/step.js';
import { CopyPlan, type Planning, type View } from './copy/plan.js';
import type { FileHandleHost } from './file-handle.js';
import type { Runner } from './runner.js';
import { applyAsOne } from './transaction.js';

/** Entries that are looked at before the event loop may turn. */
const ENTRIES_PER_TURN = 64;

export async function copyTree(
  host: FileHandleHost,
  src: unknown,
  dest: unknown,
  options?: unknown,
): Promise<undefined> {
  const given = validateCpOptions(options);
  // Bytes as a path are refused where Node refuses them, by the functions that take paths apart.
  const from = validatePath(src, 'src') as string;
  const to = validatePath(dest, 'dest') as string;
  const { runner, environment } = host;
  const lease = await runner.lease();
  let steps: readonly WriteStep<unknown>[];
  try {
    steps = await follow(runner, new CopyPlan(environment, viewOf(lease), given).make(from, to));
  } finally {
    await lease.release();
  }
  if (steps.length > 0) await applyAsOne(runner, steps, 'cp');
  return undefined;
}

function viewOf(lease: Lease): View {
  return (step) => {
    try {
      return lease.read(step.read);
    } catch (error) {
      throw stepError(step, error);
    }
  };
}

/** Runs the planning to its end, waiting for answers that are promises. */
async function follow<T>(runner: Runner, planning: Planning<T>): Promise<T> {
  let turn = planning.next();
  for (let count = 1; !turn.done; count += 1) {
    const answer = await turn.value;
    if (count % ENTRIES_PER_TURN === 0) await runner.yieldTurn();
    turn = planning.next(answer);
  }
  return turn.value;
}
