/** Opening for reading only. */
import test from 'ava';
import { FsError, openVolume } from '#src/index.js';
import { assertVolumeSound } from '../support/subject.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';
import { surroundings } from './refusal.js';

test('a closed volume opened for reading only is read and not changed by a byte', async (t) => {
  await withFolder(async (folder) => {
    const file = `${folder}/test.cabinet`;
    const made = await openVolume(file);
    await made.fs.promises.writeFile('/file', 'content');
    await made.close();
    const before = surroundings(file)['test.cabinet'];
    const volume = await openVolume(file, { readOnly: true });
    t.is(await volume.fs.promises.readFile('/file', 'utf8'), 'content');
    await assertVolumeSound(volume);
    await volume.sync();
    await volume.close();
    t.is(surroundings(file)['test.cabinet'], before);
  });
});

test('every change is refused with EROFS', async (t) => {
  await withFolder(async (folder) => {
    const file = `${folder}/test.cabinet`;
    await using made = await openVolume(file);
    await made.fs.promises.writeFile('/file', 'content');
    await using volume = await openVolume(file, { readOnly: true });
    const fs = volume.fs.promises;
    const changes: [string, () => Promise<unknown>][] = [
      ['writeFile', () => fs.writeFile('/file', 'x')],
      ['appendFile', () => fs.appendFile('/new', 'x')],
      ['open w', () => fs.open('/file', 'w')],
      ['open r+', () => fs.open('/file', 'r+')],
      ['mkdir', () => fs.mkdir('/dir')],
      ['mkdir -p', () => fs.mkdir('/dir/er', { recursive: true })],
      ['unlink', () => fs.unlink('/file')],
      ['rename', () => fs.rename('/file', '/other')],
      ['chmod', () => fs.chmod('/file', 0o600)],
      ['utimes', () => fs.utimes('/file', 1, 1)],
      ['truncate', () => fs.truncate('/file')],
      ['symlink', () => fs.symlink('file', '/link')],
      ['transaction', () => volume.transaction((tx) => tx.unlink('/file'))],
    ];
    for (const [name, change] of changes) {
      const error = await t.throwsAsync(change, { code: 'EROFS' }, name);
      t.true(error instanceof FsError, `${name}: ${error.constructor.name}`);
    }
    const handle = await fs.open('/file', 'r');
    t.is(await handle.readFile('utf8'), 'content');
    await t.notThrowsAsync(handle.sync());
    await handle.close();
  });
});

test('a reader beside a writer sees what the writer was acknowledged', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    await using reading = await openVolume(file, { readOnly: true });
    for (let round = 0; round < 20; round += 1) {
      await volume.fs.promises.writeFile('/file', `round ${round}`);
      t.is(await reading.fs.promises.readFile('/file', 'utf8'), `round ${round}`);
    }
  });
});
