/** A process that holds the lock of a file. */
import { tryLockFile } from '#src/sqlite/file-lock.js';
import { answerParent } from '../support/child.js';

answerParent({
  lock: (path: string) => tryLockFile(path) !== undefined,
  end: () => undefined,
});
