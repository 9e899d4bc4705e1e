/** Every connection is set up alike, and what was set reads back. */

import { join } from 'node:path';
import test from 'ava';
import { resolveOptions } from '#src/core/options.js';
import { readMigrations } from '#src/schema/migration-files.js';
import { type Connection, checkSqliteVersion, openConnection } from '#src/sqlite/connection.js';
import { prepareVolume } from '#src/writer/prepare.js';
import { withFolder } from '../support/temporary-volume.js';

const CACHE_BYTES = 3 * 1024 * 1024;

function settings(connection: Connection): Record<string, unknown> {
  const names = [
    'journal_mode',
    'page_size',
    'auto_vacuum',
    'application_id',
    'user_version',
    'foreign_keys',
    'trusted_schema',
    'cell_size_check',
    'mmap_size',
    'temp_store',
    'cache_size',
    'busy_timeout',
    'synchronous',
    'query_only',
    'wal_autocheckpoint',
  ];
  return Object.fromEntries(names.map((name) => [name, connection.pragma(name)]));
}

for (const [level, number] of [
  ['OFF', 0],
  ['NORMAL', 1],
  ['FULL', 2],
] as const) {
  test(`the writer's connection with synchronous=${level}`, async (t) => {
    await withFolder(async (folder) => {
      const { connection } = prepareVolume(join(folder, 'v.cabinet'), resolveOptions(), {
        role: 'writer',
        cacheBytes: CACHE_BYTES,
        busyTimeoutMs: 1234,
        synchronous: level,
      });
      t.deepEqual(settings(connection), {
        journal_mode: 'wal',
        page_size: 8192,
        auto_vacuum: 2,
        application_id: 0x63616266,
        user_version: readMigrations().length,
        foreign_keys: 1,
        trusted_schema: 0,
        cell_size_check: 1,
        mmap_size: 0,
        temp_store: 2,
        cache_size: -CACHE_BYTES / 1024,
        busy_timeout: 1234,
        synchronous: number,
        query_only: 0,
        wal_autocheckpoint: 0,
      });
      connection.close();
    });
  });
}

test("a reader's connection, which may change nothing", async (t) => {
  await withFolder(async (folder) => {
    const path = join(folder, 'v.cabinet');
    const options = { cacheBytes: CACHE_BYTES, busyTimeoutMs: 1234 };
    const { connection: writer } = prepareVolume(path, resolveOptions({ pageSizeBytes: 4096 }), {
      ...options,
      role: 'writer',
    });
    const reader = openConnection(path, { ...options, role: 'reader' });
    t.like(settings(reader), {
      journal_mode: 'wal',
      page_size: 4096,
      auto_vacuum: 2,
      foreign_keys: 1,
      trusted_schema: 0,
      cell_size_check: 1,
      mmap_size: 0,
      temp_store: 2,
      cache_size: -CACHE_BYTES / 1024,
      busy_timeout: 1234,
      query_only: 1,
    });
    // The driver's errors are not native ones.
    const refused = t.throws(() => reader.execute('DELETE FROM inode'), { any: true });
    t.like(refused, { code: 'SQLITE_READONLY' });
    reader.close();
    writer.close();
  });
});

test('SQLite versions that can corrupt a volume are refused', (t) => {
  for (const version of ['3.51.2', '3.50.9', '3.7.0', '3.52.0', '2.8.17']) {
    const error = t.throws(() => checkSqliteVersion(version), undefined, version);
    t.like(error, { code: 'ERR_SQLITE_VERSION' });
    t.true(error?.message.includes(version));
    t.truthy((error as { hint?: string }).hint);
  }
  for (const version of ['3.51.3', '3.51.10', '3.52.1', '3.53.0', '4.0.0']) {
    t.notThrows(() => checkSqliteVersion(version), version);
  }
});

test('a view of several reads is one view', async (t) => {
  await withFolder(async (folder) => {
    const path = join(folder, 'v.cabinet');
    const options = { cacheBytes: CACHE_BYTES, busyTimeoutMs: 0 };
    const { connection: writer } = prepareVolume(path, resolveOptions(), {
      ...options,
      role: 'writer',
    });
    const reader = openConnection(path, { ...options, role: 'reader' });
    const count = (): unknown =>
      reader.statement<[], [number]>("SELECT count(*) FROM meta WHERE key LIKE 'x%'").get()?.[0];
    reader.snapshot(() => {
      t.is(count(), 0);
      writer.execute("INSERT INTO meta VALUES ('x1', 1)");
      t.is(count(), 0);
      t.is(reader.snapshot(count), 0, 'nested calls join it');
    });
    t.is(count(), 1);
    t.false(reader.inTransaction);
    t.throws(() =>
      reader.snapshot(() => {
        throw new Error('x');
      }),
    );
    t.false(reader.inTransaction);
    reader.close();
    writer.close();
  });
});
