/** The lock of a directory of backups. */
import { join } from 'node:path';
import test from 'ava';
import { tryLockFile } from '#src/sqlite/file-lock.js';
import { startChild } from '../support/child.js';
import { withFolder } from '../support/temporary-volume.js';

const CHILD = new URL('./lock-child.js', import.meta.url);

test('one process holds the lock, and it goes with the process', async (t) => {
  await withFolder(async (folder) => {
    const path = join(folder, 'a.lock');
    const child = startChild(CHILD);
    t.true(await child.ask('lock', path));
    t.is(tryLockFile(path), undefined);
    await child.kill();
    const lock = tryLockFile(path);
    t.not(lock, undefined);
    lock?.release();
    t.not(tryLockFile(path), undefined, 'it can be taken again');
  });
});
