/** Having a volume for oneself. */
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { openVolume, VolumeError } from '#src/index.js';
import { takeExclusive } from '#src/maintenance/swap/exclusive.js';
import { canSeeOpeners, identityOfFile, openersOf } from '#src/maintenance/swap/openers.js';
import { openConnection } from '#src/sqlite/connection.js';
import { startChild } from '../support/child.js';
import { withFolder } from '../support/temporary-volume.js';

const HOLDER = new URL('./holder-child.js', import.meta.url);
const READER = new URL('./reader-child.js', import.meta.url);

async function withClosed(fn: (file: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const volume = await openVolume(file);
    await volume.fs.promises.writeFile('/file', 'content');
    await volume.close();
    await fn(file);
  });
}

test('a volume that nobody has open is had, and nobody gets in meanwhile', async (t) => {
  await withClosed(async (file) => {
    const held = takeExclusive(file, 0);
    for (const readOnly of [true, false]) {
      await t.throwsAsync(openVolume(file, { readOnly, busyTimeoutMs: 0 }), {
        code: 'ERR_VOLUME_BUSY',
      });
    }
    const child = startChild(HOLDER);
    await t.throwsAsync(child.ask('open', file, { busyTimeoutMs: 0 }), { code: 'ERR_VOLUME_BUSY' });
    held.close();
    held.close();
    t.deepEqual(await child.ask('open', file, {}), ['file']);
    await child.end();
  });
});

test('it is refused while this process has it open, for reading or for writing', async (t) => {
  await withClosed(async (file) => {
    for (const readOnly of [true, false]) {
      const volume = await openVolume(file, { readOnly });
      const error = t.throws(() => takeExclusive(file, 0), { instanceOf: VolumeError });
      t.is(error.code, 'ERR_VOLUME_BUSY');
      if (canSeeOpeners()) t.regex(error.message, /in use by this process/);
      await volume.close();
    }
    takeExclusive(file, 0).close();
    await using volume = await openVolume(file);
    t.is(await volume.fs.promises.readFile('/file', 'utf8'), 'content');
  });
});

test('it is refused while a connection that only reads has the volume open, idle or not', async (t) => {
  await withClosed(async (file) => {
    const connection = openConnection(file, {
      role: 'reader',
      cacheBytes: 100_000,
      busyTimeoutMs: 0,
    });
    connection.snapshot(() => connection.statement('SELECT 1 FROM meta').get());
    t.throws(() => takeExclusive(file, 0), { code: 'ERR_VOLUME_BUSY' });
    connection.close();
    takeExclusive(file, 0).close();
  });
});

test('other processes are named', async (t) => {
  await withClosed(async (file) => {
    for (const url of [HOLDER, READER]) {
      const child = startChild(url);
      await child.ask('open', file, {});
      const error = t.throws(() => takeExclusive(file, 0), { code: 'ERR_VOLUME_BUSY' });
      if (canSeeOpeners())
        t.regex(error?.message ?? '', new RegExp(`process ${child.process.pid} `));
      await child.kill();
      takeExclusive(file, 5000).close();
    }
  });
});

test('what a killed process has left in the log is not lost', async (t) => {
  await withClosed(async (file) => {
    const child = startChild(HOLDER);
    await child.ask('open', file, {});
    await child.ask('write', '/late', 'acknowledged');
    await child.kill();
    const held = takeExclusive(file);
    held.close();
    await using volume = await openVolume(file);
    t.is(await volume.fs.promises.readFile('/late', 'utf8'), 'acknowledged');
  });
});

test('what is no volume is told apart from what is in use', async (t) => {
  await withFolder(async (folder) => {
    const text = join(folder, 'text');
    writeFileSync(text, 'x'.repeat(10_000));
    t.throws(() => takeExclusive(text), { code: 'ERR_NOT_A_VOLUME' });
    const empty = join(folder, 'empty');
    writeFileSync(empty, '');
    writeFileSync(`${empty}-wal`, 'what was acknowledged');
    t.throws(() => takeExclusive(empty), { code: 'ERR_NOT_A_VOLUME' });
    t.true(existsSync(`${empty}-wal`));
    mkdirSync(join(folder, 'directory'));
  });
});

test('a link is followed to the file', async (t) => {
  await withClosed(async (file) => {
    const link = `${file}.link`;
    symlinkSync(file, link);
    const held = takeExclusive(link);
    t.is(held.path, file);
    held.close();
  });
});

test('who has opened a file is seen by its descriptors', async (t) => {
  if (!canSeeOpeners()) {
    t.log('not run: this system does not tell');
    t.pass();
    return;
  }
  await withClosed(async (file) => {
    const identity = identityOfFile(file);
    t.deepEqual(openersOf(file, identity).found, []);
    const held = takeExclusive(file);
    t.like(openersOf(file, identity).found, [{ pid: process.pid, descriptors: 1 }]);
    held.close();
  });
});
