/**
 * The barrier of the log, seen from inside: which descriptor is synced, and that no lock is lost.
 */
import { fstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import { WalBarrier, walPath } from '#src/sqlite/wal.js';
import { startChild } from '../support/child.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';

const LOCK_CHILD = new URL('../concurrency/lock-child.js', import.meta.url);

function makeDatabase(path: string): Database.Database {
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.exec('CREATE TABLE t (x)');
  return database;
}

/** Descriptors of this process that are open on `path`. */
function descriptorsOn(path: string): number[] {
  const { ino } = statSync(path);
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === path && fstatSync(fd).ino === ino;
      } catch {
        return false;
      }
    });
}

/** POSIX locks on the inode of `path`, without their numbering. */
function locksOn(path: string): string[] {
  const { ino } = statSync(path);
  const lines = readFileSync('/proc/locks', 'utf8').split('\n');
  return lines
    .filter((line) => line.includes(`:${ino} `))
    .map((line) => line.replace(/^\d+: /, ''))
    .sort();
}

function onLinux(title: string, check: (t: ExecutionContext) => Promise<void>): void {
  test(title, async (t) => {
    if (process.platform === 'linux') await check(t);
    else {
      t.log('not run: needs /proc');
      t.pass();
    }
  });
}

onLinux('the barrier opens the log of the volume and closes it again', async (t) => {
  await withFolder(async (folder) => {
    const path = join(folder, 'test.db');
    const database = makeDatabase(path);
    const before = descriptorsOn(walPath(path)).length;
    const barrier = new WalBarrier(path);
    t.is(descriptorsOn(walPath(path)).length, before, 'not before it is needed');
    await barrier.sync();
    await barrier.sync();
    t.is(descriptorsOn(walPath(path)).length, before + 1);
    await barrier.close();
    await barrier.close();
    t.is(descriptorsOn(walPath(path)).length, before);
    database.close();
  });
});

onLinux('opening and closing the log drops no lock of SQLite', async (t) => {
  await withFolder(async (folder) => {
    const path = join(folder, 'test.db');
    const database = makeDatabase(path);
    database.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
    const files = [path, `${path}-shm`];
    const before = files.map(locksOn);
    t.true(before.flat().length > 0);
    const barrier = new WalBarrier(path);
    await barrier.sync();
    t.deepEqual(files.map(locksOn), before);
    await barrier.close();
    t.deepEqual(files.map(locksOn), before);
    database.exec('COMMIT');
    database.close();
  });
});

test('another process stays excluded while the log is opened and closed', async (t) => {
  await withFolder(async (folder) => {
    const path = join(folder, 'test.db');
    const database = makeDatabase(path);
    const child = startChild(LOCK_CHILD, [path, '0']);
    await child.ask('lock');
    await child.ask('unlock');
    database.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
    const barrier = new WalBarrier(path);
    await barrier.sync();
    await barrier.close();
    await t.throwsAsync(child.ask('lock'), { code: 'SQLITE_BUSY' });
    database.exec('COMMIT');
    await t.notThrowsAsync(child.ask('lock'));
    await child.ask('unlock');
    await child.end();
    database.close();
  });
});

test('a volume counts commits that are not synced, and a barrier takes them off', async (t) => {
  await withVolume(t, { durability: 'normal' }, async ({ volume }) => {
    const unsynced = (): number | undefined => volume.counters().writer?.unsyncedCommits;
    await volume.fs.promises.writeFile('/a', 'x');
    t.true((unsynced() ?? 0) > 0);
    await volume.sync();
    t.is(unsynced(), 0);
  });
});

test('barriers asked for at the same time all resolve', async (t) => {
  for (const durability of ['full', 'interval', 'normal', 'off'] as const) {
    await withVolume(t, { durability }, async ({ volume }) => {
      const handle = await volume.fs.promises.open('/a', 'w');
      const all = [
        volume.sync(),
        handle.write('x'),
        handle.sync(),
        handle.datasync(),
        volume.sync(),
      ];
      await t.notThrowsAsync(Promise.all(all));
      await handle.close();
    });
  }
});
