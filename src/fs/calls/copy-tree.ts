/**
 * `cp`: copies files and trees inside the volume. All or nothing: what is to be done is found on one
 * frozen view, and applied as one transaction, in which copied files share the chunks of their source.
 */
import { constants } from 'node:os';
import { type CpOptions, validateCpOptions } from '../arguments/cp-options.js';
import { validatePath } from '../arguments/path.js';
import { SystemError } from '../arguments/system-error.js';
import { CopyPlan, type Planning } from '../copy/plan.js';
import {
  ask,
  type CallEnvironment,
  pause,
  readIn,
  type StepSequence,
  type WriteStep,
  wait,
  withView,
} from './step.js';

/** Entries that are looked at before the event loop may turn. */
const ENTRIES_PER_TURN = 64;

export function cp(
  env: CallEnvironment,
  src: unknown,
  dest: unknown,
  options?: unknown,
): StepSequence<undefined> {
  return copyTree(env, src, dest, validateCpOptions(options));
}

export function copyTree(
  env: CallEnvironment,
  src: unknown,
  dest: unknown,
  options: CpOptions,
): StepSequence<undefined> {
  // Bytes as a path are refused where Node refuses them, by the functions that take paths apart.
  const from = validatePath(src, 'src') as string;
  const to = validatePath(dest, 'dest') as string;
  return planAndApply(env, from, to, options);
}

/** As `cpSync`, in which Node gives another errno for a directory without `recursive`. */
export function* copyTreeNow(
  env: CallEnvironment,
  src: unknown,
  dest: unknown,
  options: CpOptions,
): StepSequence<undefined> {
  try {
    return yield* copyTree(env, src, dest, options);
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ERR_FS_EISDIR') {
      error.errno = constants.errno.EINVAL;
    }
    throw error;
  }
}

function* planAndApply(
  env: CallEnvironment,
  from: string,
  to: string,
  options: CpOptions,
): StepSequence<undefined> {
  const steps = yield* withView('cp', (view) =>
    follow(new CopyPlan(env, (step) => readIn(view, step), options).make(from, to)),
  );
  if (steps.length > 0) yield* ask({ kind: 'transaction', syscall: 'cp', steps });
  return undefined;
}

/** Runs the planning to its end, waiting for answers that are promises. */
function* follow(
  planning: Planning<readonly WriteStep<unknown>[]>,
): StepSequence<readonly WriteStep<unknown>[]> {
  let turn = planning.next();
  for (let count = 1; !turn.done; count += 1) {
    const answer = yield* wait(turn.value);
    if (count % ENTRIES_PER_TURN === 0) yield* pause();
    turn = planning.next(answer);
  }
  return turn.value;
}
