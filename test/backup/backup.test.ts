/** `volume.backup`: what it makes, and where. */

import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import test from 'ava';
import { type BackupProgress, openVolume, VolumeError, verifyVolume } from '#src/index.js';
import { readMigrations } from '#src/schema/migration-files.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';
import { beside, digestOf, fillVolume, readManifestOf, treeOf, treeOfFile } from './place.js';

test('a backup holds the tree of the volume, and nothing lies beside it but its manifest', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    await fillVolume(volume);
    const dest = join(folder, 'copy');
    const result = await volume.backup(dest);
    t.deepEqual(beside(dest), ['copy', 'copy.json']);
    t.is(result.path, dest);
    t.is(result.verified, 'full');
    t.true(result.recorded);
    t.deepEqual(await treeOfFile(dest), await treeOf(volume));
    t.deepEqual(beside(dest), ['copy', 'copy.json'], 'reading it leaves nothing behind');
  });
});

test('the manifest says what the file is', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    await fillVolume(volume);
    const dest = join(folder, 'copy');
    const { sha256, pages, bytes, commit } = await volume.backup(dest, { verify: 'content' });
    const manifest = readManifestOf(dest);
    t.like(manifest, {
      sha256,
      pages,
      bytes,
      commit,
      verified: 'content',
      schemaVersion: readMigrations().length,
    });
    t.is(digestOf(dest), sha256);
    t.is(statSync(dest).size, bytes);
    t.is(manifest.pages * manifest.pageSizeBytes, bytes);
    t.regex(manifest.volumeId, /^[0-9a-f]{32}$/);
    t.true(Math.abs(Date.parse(manifest.createdAt) - Date.now()) < 3_600_000);
    const verified = await verifyVolume(dest);
    t.true(verified.ok);
    t.deepEqual(verified.manifest, manifest);
  });
});

test('what is only in the log is in the backup', async (t) => {
  await withVolume(t, { checkpointWalBytes: 1024 ** 3 }, async ({ volume, folder }) => {
    await fillVolume(volume);
    const dest = join(folder, 'copy');
    const { pages } = await volume.backup(dest);
    t.true(pages > 50);
    t.deepEqual(await treeOfFile(dest), await treeOf(volume));
    await volume.checkpoint('truncate');
    await volume.fs.promises.writeFile('/more', 'x'.repeat(100_000));
    await volume.backup(`${dest}2`);
    t.deepEqual(await treeOfFile(`${dest}2`), await treeOf(volume));
  });
});

test('a backup can be opened for writing like any volume', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    await fillVolume(volume);
    const dest = join(folder, 'copy');
    await volume.backup(dest);
    await using copy = await openVolume(dest);
    await copy.fs.promises.writeFile('/new', 'content');
    t.is(await copy.fs.promises.readFile('/new', 'utf8'), 'content');
    t.true((await copy.check({ content: true })).ok);
  });
});

test('a backup in a directory that may not be written can be read and verified', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    await fillVolume(volume);
    const shelf = join(folder, 'shelf');
    mkdirSync(shelf);
    const dest = join(shelf, 'copy');
    await volume.backup(dest);
    chmodSync(dest, 0o444);
    chmodSync(shelf, 0o555);
    t.true((await verifyVolume(dest)).ok);
    t.deepEqual(await treeOfFile(dest), await treeOf(volume));
    t.deepEqual(beside(dest), ['copy', 'copy.json']);
  });
});

test('the number of the commit is that of the last commit in it', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const numbers: (number | null)[] = [];
    for (const name of ['a', 'b', 'c']) {
      await volume.fs.promises.writeFile('/file', name);
      numbers.push((await volume.backup(join(folder, name))).commit);
    }
    // The file, and the record of the backup before.
    const [first = 0, second = 0, third = 0] = numbers as number[];
    t.deepEqual([second - first, third - second], [2, 2]);
  });
});

test('a volume that is open for reading only is backed up; after a clean close its commit is known', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'v');
    const volume = await openVolume(file);
    await fillVolume(volume);
    const tree = await treeOf(volume);
    await volume.close();
    await using reading = await openVolume(file, { readOnly: true });
    const result = await reading.backup(join(folder, 'copy'));
    t.false(result.recorded);
    t.true((result.commit as number) > 0);
    t.deepEqual(await treeOfFile(join(folder, 'copy')), tree);
  });
});

test('while another process may write, a reader does not know the number', async (t) => {
  await withVolume(t, {}, async ({ volume, file, folder }) => {
    await fillVolume(volume);
    await using reading = await openVolume(file, { readOnly: true });
    const { commit } = await reading.backup(join(folder, 'copy'));
    t.is(commit, null);
    t.is(readManifestOf(join(folder, 'copy')).commit, null);
    t.deepEqual(await treeOfFile(join(folder, 'copy')), await treeOf(volume));
  });
});

test('progress is told in order, from nothing to all, with speed and rest', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    await fillVolume(volume);
    const told: BackupProgress[] = [];
    const { pages } = await volume.backup(join(folder, 'copy'), {
      pagesPerStep: 8,
      onProgress: (progress) => told.push(progress),
    });
    const phases = told.map(({ phase }) => phase).filter((phase, at, all) => phase !== all[at - 1]);
    t.deepEqual(phases, ['copy', 'verify', 'finish']);
    for (const phase of phases) {
      const done = told.filter((each) => each.phase === phase).map(({ pagesDone }) => pagesDone);
      t.deepEqual(
        done,
        [...done].sort((left, right) => left - right),
      );
      t.is(done[0], 0);
      t.is(done.at(-1), pages, phase);
    }
    t.true(told.every(({ pagesTotal }) => pagesTotal === pages));
    t.true(told.some(({ bytesPerSecond, etaMs }) => bytesPerSecond > 0 && etaMs === 0));
  });
});

test('a throttled backup takes its time', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    await fillVolume(volume);
    const { bytes } = await volume.backup(join(folder, 'fast'));
    const { durationMs } = await volume.backup(join(folder, 'slow'), {
      bytesPerSecondMax: bytes * 2,
      pagesPerStep: 4,
      verify: false,
    });
    t.true(durationMs >= 400, `${durationMs} ms`);
    t.is(digestOf(join(folder, 'slow')).length, 64);
  });
});

for (const phase of ['copy', 'verify', 'finish'] as const) {
  test(`an abort in the phase ${phase} leaves nothing, and no record`, async (t) => {
    await withVolume(t, {}, async ({ volume, folder }) => {
      await fillVolume(volume);
      const dest = join(folder, 'copy');
      const controller = new AbortController();
      const backup = volume.backup(dest, {
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.phase === phase) controller.abort(new Error('enough'));
        },
      });
      const error = await t.throwsAsync(backup, { name: 'AbortError' });
      t.is((error.cause as Error).message, 'enough');
      t.deepEqual(beside(dest), []);
      t.deepEqual(volume.records('backup'), []);
      await volume.backup(dest);
    });
  });
}

test("an error of onProgress ends the backup and is the caller's", async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    await fillVolume(volume);
    const dest = join(folder, 'copy');
    const onProgress = (): void => {
      throw new RangeError('mine');
    };
    await t.throwsAsync(volume.backup(dest, { onProgress }), { instanceOf: RangeError });
    t.deepEqual(beside(dest), []);
  });
});

test('a signal that is aborted already ends a backup before it begins', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const dest = join(folder, 'copy');
    await t.throwsAsync(volume.backup(dest, { signal: AbortSignal.abort() }), {
      name: 'AbortError',
    });
    t.deepEqual(beside(dest), []);
  });
});

test('closing the volume ends its backups', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    await fillVolume(volume);
    const dest = join(folder, 'copy');
    let closing: Promise<void> | undefined;
    const backup = volume.backup(dest, {
      bytesPerSecondMax: 100_000,
      pagesPerStep: 1,
      onProgress: () => {
        closing ??= volume.close();
      },
    });
    await t.throwsAsync(backup, { code: 'ERR_VOLUME_CLOSED' });
    await closing;
    t.deepEqual(beside(dest), []);
    await t.throwsAsync(volume.backup(dest), { code: 'ERR_VOLUME_CLOSED' });
  });
});

test('the volume remembers its backups, and those that failed', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const dest = join(folder, 'copy');
    const { sha256, commit } = await volume.backup(dest);
    const nowhere = join(folder, 'missing', 'copy');
    await t.throwsAsync(volume.backup(nowhere), { code: 'ERR_BACKUP_TARGET' });
    const [failed, made] = volume.records('backup');
    t.like(made, { ok: true, detail: { path: dest, sha256, commit, verified: 'full' } });
    t.like(failed, { ok: false, detail: { path: nowhere, error: 'ERR_BACKUP_TARGET' } });
    t.is(volume.health().checks.backup.status, 'degraded');
  });
});

test('a backup that was refused because of how it was asked for has not failed', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const dest = join(folder, 'copy');
    await volume.backup(dest);
    await t.throwsAsync(volume.backup(dest), { code: 'ERR_VOLUME_EXISTS' });
    await t.throwsAsync(volume.backup(dest, { verify: 'all' as never }));
    t.is(volume.records('backup').length, 1);
    t.is(volume.health().checks.backup.status, 'ok');
  });
});

test('a file that is there is not replaced, unless asked for', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const dest = join(folder, 'copy');
    writeFileSync(dest, 'something else');
    const error = await t.throwsAsync(volume.backup(dest), { instanceOf: VolumeError });
    t.is(error.code, 'ERR_VOLUME_EXISTS');
    t.true((error.hint as string).includes('overwrite'));
    t.is(statSync(dest).size, 14);
    await volume.backup(dest, { overwrite: true });
    await volume.fs.promises.writeFile('/later', 'x');
    const { sha256 } = await volume.backup(dest, { overwrite: true });
    t.is(digestOf(dest), sha256);
    t.is(readManifestOf(dest).sha256, sha256);
    t.deepEqual(beside(dest), ['copy', 'copy.json']);
  });
});

test('a volume that is open is not overwritten by a backup of another', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const other = join(folder, 'other');
    await using open = await openVolume(other);
    await open.fs.promises.writeFile('/mine', 'mine');
    await t.throwsAsync(volume.backup(other, { overwrite: true }), { code: 'ERR_VOLUME_BUSY' });
    t.is(await open.fs.promises.readFile('/mine', 'utf8'), 'mine');
    t.true((await open.check({ content: true })).ok);
  });
});

test('places where no backup can be are refused by name', async (t) => {
  await withVolume(t, {}, async ({ volume, file, folder }) => {
    mkdirSync(join(folder, 'directory'));
    symlinkSync(file, join(folder, 'symbolic'));
    linkSync(file, join(folder, 'hard'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
    const places = [
      folder,
      join(folder, 'directory'),
      join(folder, 'missing', 'copy'),
      file,
      join(folder, '.', 'directory', '..', 'test.cabinet'),
      relative(process.cwd(), file),
      join(folder, 'symbolic'),
      join(folder, 'hard'),
      `${file}-wal`,
      `${file}-shm`,
      `${file}-journal`,
      join(folder, 'dangling'),
      join(file, 'below'),
    ];
    for (const place of places) {
      for (const overwrite of [true, false]) {
        const error = await t.throwsAsync(volume.backup(place, { overwrite }), undefined, place);
        t.is((error as VolumeError).code, 'ERR_BACKUP_TARGET', `${place}: ${error.message}`);
        t.true(((error as VolumeError).hint ?? '').length > 10);
      }
    }
    t.true((await volume.check({ content: true })).ok);
  });
});

test('a manifest takes the place of nothing but a manifest', async (t) => {
  await withFolder(async (folder) => {
    await using volume = await openVolume(join(folder, 'site.json'));
    await fillVolume(volume);
    writeFileSync(join(folder, 'notes.json'), '{"mine":true}');
    mkdirSync(join(folder, 'folder.json'));
    for (const name of ['site', 'notes', 'folder']) {
      for (const overwrite of [true, false]) {
        const error = await t.throwsAsync(volume.backup(join(folder, name), { overwrite }));
        t.is((error as VolumeError).code, 'ERR_BACKUP_TARGET', error.message);
        t.true(error.message.includes(join(folder, `${name}.json`)), error.message);
        t.false(existsSync(join(folder, name)));
      }
    }
    t.is(readFileSync(join(folder, 'notes.json'), 'utf8'), '{"mine":true}');
    t.true((await volume.check({ content: true })).ok);
    await volume.backup(join(folder, 'copy'));
    unlinkSync(join(folder, 'copy'));
    await volume.backup(join(folder, 'copy'));
    t.is(digestOf(join(folder, 'copy')), readManifestOf(join(folder, 'copy')).sha256);
  });
});

test('a path that is none and wrong options are refused by name', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const dest = join(folder, 'copy');
    for (const place of ['', 'a\0b', 7, undefined]) {
      await t.throwsAsync(volume.backup(place as string), { code: 'ERR_OPTION_INVALID' });
    }
    const wrong: readonly object[] = [
      { verify: 'thoroughly' },
      { verify: true },
      { pagesPerStep: 0 },
      { pagesPerStep: 1.5 },
      { bytesPerSecondMax: -1 },
      { overwrite: 1 },
      { onProgress: {} },
      { signal: {} },
    ];
    for (const options of wrong) {
      await t.throwsAsync(volume.backup(dest, options), { code: 'ERR_OPTION_INVALID' });
    }
    await t.throwsAsync(volume.backup(dest, { overwrit: true } as object), {
      code: 'ERR_OPTION_UNKNOWN',
    });
    t.false(existsSync(dest));
  });
});

test('a directory that vanishes midway ends the backup with an error about it', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    await fillVolume(volume);
    const shelf = join(folder, 'shelf');
    mkdirSync(shelf);
    let removing: Promise<void> | undefined;
    const backup = volume.backup(join(shelf, 'copy'), {
      bytesPerSecondMax: 500_000,
      pagesPerStep: 4,
      verify: false,
      onProgress: ({ phase, pagesDone }) => {
        if (phase === 'copy' && pagesDone > 0) {
          removing ??= rm(shelf, { recursive: true, force: true });
        }
      },
    });
    await t.throwsAsync(backup, { code: 'ERR_BACKUP_TARGET' });
    await removing;
    t.true((await volume.check({ content: true })).ok);
  });
});

test('a damaged volume gives no backup', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    await fillVolume(volume);
    await volume.close();
    const file = join(folder, 'test.cabinet');
    const { default: Database } = await import('better-sqlite3');
    const database = new Database(file);
    database.exec('UPDATE inode SET nlink = nlink + 5 WHERE ino = 1');
    database.close();
    await using damaged = await openVolume(file);
    const dest = join(folder, 'copy');
    const error = await t.throwsAsync(damaged.backup(dest), { code: 'ERR_VOLUME_CORRUPT' });
    t.regex(error.message, /I8/);
    t.deepEqual(beside(dest), []);
    await t.notThrowsAsync(damaged.backup(dest, { verify: 'quick' }), 'SQLite finds nothing');
  });
});
