/** rm: a file, or a whole tree in one step. */
import { validatePath } from '../arguments/path.js';
import { validateRmOptions } from '../arguments/removal-options.js';
import { rmIsDirectory } from '../arguments/system-error.js';
import { placeOf, textOrError } from './place.js';
import { versionCondition } from './precondition.js';
import { type CallEnvironment, type WriteStep, writeStep } from './step.js';

export function rm(_env: CallEnvironment, path: unknown, options?: unknown): WriteStep<undefined> {
  return removal(path, options, false);
}

/** As `rmSync`, which with `force` and `recursive` goes by the errors of unlink and rmdir. */
export function rmNow(
  _env: CallEnvironment,
  path: unknown,
  options?: unknown,
): WriteStep<undefined> {
  return removal(path, options, true);
}

function removal(path: unknown, options: unknown, isSync: boolean): WriteStep<undefined> {
  const given = validatePath(path);
  const { recursive, force } = validateRmOptions(options);
  // Node looks first; its errors for what is missing come from that look.
  const place = placeOf('lstat', given);
  const target = textOrError(given, place);
  const preconditions = versionCondition(options, target, false);
  if (isSync && recursive) {
    return writeStep(place, 'removeTreeInTurn', [target, force], { preconditions });
  }
  return writeStep(place, 'removeTree', [target, recursive, force], {
    preconditions,
    errorFor: (code) => (code === 'EISDIR' ? rmIsDirectory(place.path ?? '') : undefined),
  });
}
