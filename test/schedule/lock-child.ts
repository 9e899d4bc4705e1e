/** A process that holds the lock of a file. */
import { tryLockFile } from '#src/sqlite/file-lock.js';
import { answerParent } from '../support/child.js';

// Kept: what is collected as garbage is released.
let held: ReturnType<typeof tryLockFile>;

answerParent({
  lock: (path: string) => {
    held = tryLockFile(path);
    return held !== undefined;
  },
  end: () => held?.release(),
});
