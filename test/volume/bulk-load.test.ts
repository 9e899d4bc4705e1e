/** A new volume that is filled before anybody else uses it: written in place, as safe, a volume like any. */
import { copyFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import { openVolume } from '#src/index.js';
import { openForBulkLoad } from '#src/volume/open.js';
import { assertVolumeSound } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';

const LEVELS = ['full', 'interval', 'normal', 'off'] as const;
// SQLite's file format: 2 for both numbers means that there is a log.
const FORMAT_BYTES = [18, 19] as const;
const CONTENT = Buffer.alloc(300_000, 'content');

/** The file is closed: nobody's locks are lost by reading it. */
function assertHasLog(t: ExecutionContext, file: string): void {
  const header = readFileSync(file);
  t.deepEqual(
    FORMAT_BYTES.map((offset) => header[offset]),
    [2, 2],
  );
  t.false(existsSync(`${file}-journal`));
  t.false(existsSync(`${file}-wal`));
}

for (const durability of LEVELS) {
  test(`with '${durability}' nothing goes through a log, and a barrier is a barrier`, async (t) => {
    await withFolder(async (folder) => {
      const file = join(folder, 'v.cabinet');
      const volume = await openForBulkLoad(file, { durability, syncIntervalMs: 10 });
      await volume.fs.promises.writeFile('/a', CONTENT);
      t.true(statSync(file).size > CONTENT.length, 'the content is in its place');
      t.false(existsSync(`${file}-wal`));
      await volume.sync();
      await volume.fs.promises.writeFile('/b', CONTENT);
      await volume.checkpoint('truncate');
      await assertVolumeSound(volume);
      await volume.close();
      assertHasLog(t, file);
    });
  });
}

test('others read and write beside it, and then there is a log', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'v.cabinet');
    const filling = await openForBulkLoad(file, {});
    await filling.fs.promises.writeFile('/a', CONTENT);
    const reading = await openVolume(file, { readOnly: true });
    t.deepEqual(await reading.fs.promises.readFile('/a'), CONTENT);
    await filling.fs.promises.writeFile('/b', 'second');
    t.is(String(await reading.fs.promises.readFile('/b')), 'second');
    const writing = await openVolume(file);
    await Promise.all([
      writing.fs.promises.writeFile('/c', 'third'),
      filling.fs.promises.writeFile('/d', 'fourth'),
    ]);
    t.true(existsSync(`${file}-wal`), 'who opens a volume for writing gives it a log');
    await filling.sync();
    t.deepEqual((await reading.fs.promises.readdir('/')).sort(), ['a', 'b', 'c', 'd']);
    await filling.close();
    await reading.close();
    await assertVolumeSound(writing);
    await writing.close();
    assertHasLog(t, file);
  });
});

test('a volume that exists keeps its log', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'v.cabinet');
    await (await openVolume(file)).close();
    const volume = await openForBulkLoad(file, {});
    await volume.fs.promises.writeFile('/a', CONTENT);
    t.true(existsSync(`${file}-wal`));
    await assertVolumeSound(volume);
    await volume.close();
    assertHasLog(t, file);
  });
});

/** A copy of `file` as a process leaves it that is killed in the middle of a commit. */
function interrupt(file: string, copy: string): void {
  const database = new Database(file);
  database.pragma('journal_mode = PERSIST');
  // So small that pages of the open transaction are written to the file.
  database.pragma('cache_size = 5');
  database.pragma('cache_spill = 5');
  database.exec('BEGIN IMMEDIATE; UPDATE inode SET size = size + 1, version = version + 1;');
  copyFileSync(file, copy);
  copyFileSync(`${file}-journal`, `${copy}-journal`);
  database.exec('ROLLBACK');
  database.pragma('journal_mode = WAL');
  database.close();
}

for (const readOnly of [true, false]) {
  const how = readOnly ? 'reading only' : 'writing';
  test(`a commit that was interrupted is undone when the volume is opened for ${how}`, async (t) => {
    await withFolder(async (folder) => {
      const file = join(folder, 'v.cabinet');
      const filled = await openForBulkLoad(file, {});
      const names = Array.from({ length: 2000 }, (_, index) => `${index}`);
      await Promise.all(names.map((name) => filled.fs.promises.writeFile(`/${name}`, name)));
      await filled.close();
      const copy = join(folder, 'copy.cabinet');
      interrupt(file, copy);
      t.notDeepEqual(readFileSync(copy), readFileSync(file));
      const volume = await openVolume(copy, { readOnly });
      t.is((await volume.fs.promises.readdir('/')).length, names.length);
      t.is((await volume.fs.promises.stat('/17')).size, 2);
      await assertVolumeSound(volume);
      await volume.close();
    });
  });
}
