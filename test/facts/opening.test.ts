/** What SQLite and the driver do when a database is opened. A change of version may change it. */
import { join } from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import { withFolder } from '../support/temporary-volume.js';
import { count, fill, onDatabase } from './database.js';

test('page size and auto-vacuum are ignored in silence once there is a table', async (t) => {
  await withFolder(async (folder) => {
    const database = new Database(join(folder, 'late.db'));
    database.exec('CREATE TABLE t (x)');
    const before = database.pragma('page_size', { simple: true });
    database.pragma('page_size = 16384');
    database.pragma('auto_vacuum = INCREMENTAL');
    t.is(database.pragma('page_size', { simple: true }), before);
    t.is(database.pragma('auto_vacuum', { simple: true }), 0);
    database.close();
  });
});

test('auto-vacuum is ignored in silence once the journal is a log', async (t) => {
  await withFolder(async (folder) => {
    const database = new Database(join(folder, 'wal.db'));
    database.pragma('journal_mode = WAL');
    database.pragma('auto_vacuum = INCREMENTAL');
    database.exec('CREATE TABLE t (x)');
    t.is(database.pragma('auto_vacuum', { simple: true }), 0);
    database.close();
  });
});

test('what is set on one connection does not hold on another', async (t) => {
  await onDatabase(({ open }) => {
    const one = open();
    one.pragma('synchronous = OFF');
    one.pragma('foreign_keys = 0');
    one.pragma('cache_size = -77');
    const other = open();
    t.not(other.pragma('synchronous', { simple: true }), 0);
    t.not(other.pragma('cache_size', { simple: true }), -77);
  });
});

test('a deferred transaction that begins to write after others did fails at once, whatever the timeout', async (t) => {
  await onDatabase(({ open }) => {
    const one = open({ timeout: 60_000 });
    const other = open();
    one.exec('BEGIN');
    count(one);
    fill(other, 1);
    t.throws(() => fill(one, 1), { any: true, code: 'SQLITE_BUSY_SNAPSHOT' });
    one.exec('ROLLBACK');
  });
});

test('a statement that is left in the middle pins the log', async (t) => {
  await onDatabase(({ open }) => {
    const reader = open();
    const rows = reader.prepare('SELECT id FROM t').iterate();
    rows.next();
    const writer = open({ timeout: 0 });
    fill(writer, 1);
    const [busy] = writer.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    t.is(busy?.busy, 1);
    rows.return?.();
    const [free] = writer.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    t.is(free?.busy, 0);
  });
});

test('VACUUM may give rows other numbers, unless the number is declared', async (t) => {
  await onDatabase(({ open }) => {
    const database = open();
    database.exec(`
      CREATE TABLE implicit (x); INSERT INTO implicit VALUES (1), (2), (3);
      DELETE FROM implicit WHERE x = 1; DELETE FROM t WHERE id < 50;`);
    const declared = database.prepare('SELECT group_concat(id) FROM t').pluck();
    const numbers = database.prepare('SELECT group_concat(rowid) FROM implicit').pluck();
    const before = declared.get();
    database.exec('VACUUM');
    t.is(declared.get(), before);
    t.is(numbers.get(), '1,2');
  });
});

test('there are no pragmas that count hits of the cache', async (t) => {
  await onDatabase(({ open }) => {
    const database = open();
    t.deepEqual(database.pragma('cache_hit'), []);
    t.deepEqual(database.pragma('cache_miss'), []);
  });
});

test('the driver has no shared cache, no snapshots, and nothing that interrupts a statement', async (t) => {
  await onDatabase(({ open }) => {
    const options = open().pragma('compile_options', { simple: false }) as {
      compile_options: string;
    }[];
    const names = options.map((option) => option.compile_options);
    t.true(names.includes('OMIT_SHARED_CACHE'));
    t.true(names.includes('OMIT_PROGRESS_CALLBACK'));
    t.false(names.some((name) => /SNAPSHOT|SESSION|PREUPDATE/.test(name)));
  });
});
