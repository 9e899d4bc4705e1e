/** What `stats` and `counters` tell. */
import { statSync } from 'node:fs';
import test from 'ava';
import { openVolume } from '#src/index.js';
import { until } from '../../support/until.js';
import { CHUNK, withBroken } from '../check/broken.js';

test('a new volume holds its root', (t) =>
  withBroken(async ({ volume, file }) => {
    const stats = await volume.stats();
    t.like(stats, {
      files: 0,
      directories: 1,
      symlinks: 0,
      others: 0,
      orphans: 0,
      locks: 0,
      lockWaiters: 0,
      bytes: 0,
      storedBytes: 0,
      sharedBytes: 0,
      pageSizeBytes: 8192,
      chunkSizeBytes: CHUNK,
      queue: { commands: 0, bytes: 0, waiters: 0, oldestAgeMs: 0 },
    });
    t.is(stats.databaseBytes % stats.pageSizeBytes, 0);
    t.is(stats.walBytes, statSync(`${file}-wal`).size);
    t.is(stats.writer?.failed, 0);
  }));

test('kinds, sizes, holes and shared bytes are counted', (t) =>
  withBroken(async ({ volume, fs }) => {
    await fs.mkdir('/a/b', { recursive: true });
    await fs.writeFile('/a/inline', Buffer.alloc(100, 'i'));
    await fs.link('/a/inline', '/a/b/again');
    await fs.writeFile('/big', Buffer.alloc(2 * CHUNK + 10, 'b'));
    await fs.copyFile('/big', '/copy');
    await fs.copyFile('/big', '/copy-2');
    await fs.writeFile('/sparse', '');
    await fs.truncate('/sparse', 1_000_000);
    await fs.symlink('x', '/l');
    await volume.mknod('/pipe', 0o010644);
    const big = 2 * CHUNK + 10;
    t.like(await volume.stats(), {
      files: 5,
      directories: 3,
      symlinks: 1,
      others: 1,
      orphans: 0,
      locks: 0,
      lockWaiters: 0,
      bytes: 100 + 3 * big + 1_000_000,
      storedBytes: 100 + big,
      sharedBytes: 2 * big,
    });
  }));

test('an open file without a name is an orphan and no file', (t) =>
  withBroken(async ({ volume, fs }) => {
    await fs.writeFile('/f', Buffer.alloc(100));
    const handle = await fs.open('/f', 'r');
    await fs.unlink('/f');
    t.like(await volume.stats(), { files: 0, orphans: 1, bytes: 0, storedBytes: 100 });
    t.is(volume.counters().writer?.openFiles, 1);
    await handle.close();
    await until('the reaper', async () => (await volume.stats()).orphans === 0);
    t.like(await volume.stats(), { files: 0, storedBytes: 0 });
  }));

test('counters show leases and the queue at once', (t) =>
  withBroken(async ({ volume, fs }) => {
    await fs.mkdir('/d');
    const writes = Array.from({ length: 50 }, (_, index) => fs.writeFile(`/d/${index}`, 'x'));
    t.true((volume.counters().queue?.commands ?? 0) > 0);
    await Promise.all(writes);
    t.is(volume.counters().queue?.commands, 0);
    t.is(volume.counters().threads.tasks, 0);
  }));

test('a volume that is open for reading only has no queue', (t) =>
  withBroken(async ({ volume, file }) => {
    await volume.close();
    const reader = await openVolume(file, { readOnly: true });
    t.like(await reader.stats(), { directories: 1, queue: null, writer: null });
    await reader.close();
  }));

test('an abort ends the count', (t) =>
  withBroken(async ({ volume }) => {
    await t.throwsAsync(volume.stats({ signal: AbortSignal.abort() }), { code: 'ABORT_ERR' });
    const stats = volume.stats.bind(volume) as (options: unknown) => Promise<unknown>;
    await t.throwsAsync(stats({ deep: true }), { code: 'ERR_OPTION_UNKNOWN' });
  }));
