/** open: from a path to a descriptor, and work on a file that is open only meanwhile. */
import { FsError } from '../../core/errors.js';
import { validatePath } from '../arguments/path.js';
import type { OpenedFile, OpenFile } from '../descriptors.js';
import { open } from './files.js';
import { placeOf } from './place.js';
import { type Call, type CallEnvironment, perform, type StepSequence } from './step.js';

/** More than `handlesMax` open files are EMFILE, and then nothing is created. */
export function openFile(
  env: CallEnvironment,
  path: unknown,
  flags?: unknown,
  mode?: unknown,
  options?: unknown,
): StepSequence<OpenFile> {
  const call = open(env, path, flags, mode, options);
  return register(env, call, path);
}

function* register(
  env: CallEnvironment,
  call: Call<OpenedFile>,
  path: unknown,
): StepSequence<OpenFile> {
  const { descriptors } = env;
  if (!descriptors.promise()) throw new FsError('EMFILE', placeOf('open', validatePath(path)));
  let opened: OpenedFile;
  try {
    opened = yield* perform(call);
  } catch (error) {
    descriptors.giveBack();
    throw error;
  }
  return descriptors.add(opened);
}

/** Runs `work` with the file that `opening` opens and closes it, whatever happens. */
export function* withFile<T>(
  env: CallEnvironment,
  opening: StepSequence<OpenFile>,
  work: (fd: number) => StepSequence<T>,
): StepSequence<T> {
  const { fd, ino } = yield* opening;
  try {
    return yield* work(fd);
  } finally {
    env.descriptors.remove(fd);
    env.release(ino);
  }
}
