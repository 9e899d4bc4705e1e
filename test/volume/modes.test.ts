/** Nobody but their owner may read what is made: the volume, its log, copies of it, and what goes with them. */
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { openVolume, restoreVolume } from '#src/index.js';
import { cabinet } from '../cli/cabinet.js';
import { withFolder } from '../support/temporary-volume.js';
import { until } from '../support/until.js';

const OTHERS = 0o077;

/** Everything below a directory that somebody else may read, write or enter. */
function openToOthers(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => (statSync(path).mode & OTHERS) !== 0)
    .map((path) => `${(statSync(path).mode & 0o777).toString(8)} ${path.slice(folder.length)}`);
}

test.before(() => {
  process.umask(0o000);
});

test('the volume, its log, backups, archives and restored copies are private', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const archive = { dir: join(folder, 'archive/of/it'), everySeconds: 1 };
    const volume = await openVolume(file, { archive });
    await volume.fs.promises.writeFile('/file', Buffer.alloc(300_000, 'x'));
    await volume.backup(join(folder, 'backup.cabinet'));
    await until('a segment', () =>
      readdirSync(archive.dir, { recursive: true }).join().includes('.segment'),
    );
    t.deepEqual(openToOthers(folder), []);
    await volume.close();
    await restoreVolume(join(folder, 'backup.cabinet'), join(folder, 'restored.cabinet'));
    await restoreVolume(archive.dir, join(folder, 'from-archive.cabinet'));
    t.deepEqual(openToOthers(folder), []);
  });
});

test('what the command makes of a volume is private, too', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    mkdirSync(join(folder, 'source'), { mode: 0o700 });
    writeFileSync(join(folder, 'source/file'), 'x', { mode: 0o600 });
    for (const args of [
      ['import', file, join(folder, 'source')],
      ['compact', file, '--full'],
      ['backup', file, join(folder, 'backup.cabinet')],
      ['export', file, join(folder, 'archive.tar')],
      ['salvage', file, join(folder, 'rescued')],
    ]) {
      const { status, stderr } = await cabinet(args);
      t.is(status, 0, stderr);
    }
    t.deepEqual(openToOthers(folder), []);
  });
});

test('who lets others read a volume finds its log and its backups alike', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    await (await openVolume(file)).close();
    chmodSync(file, 0o640);
    const volume = await openVolume(file);
    await volume.fs.promises.writeFile('/file', 'x');
    await volume.backup(join(folder, 'backup.cabinet'));
    for (const path of [file, `${file}-wal`, `${file}-shm`, join(folder, 'backup.cabinet')]) {
      t.is(statSync(path).mode & 0o777, 0o640, path);
    }
    await volume.close();
  });
});
