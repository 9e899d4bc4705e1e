/** What the ways of copying a database do. A change of version may change it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import { count, fill, onDatabase } from './database.js';

const PAGES_PER_STEP = 10;

test('a backup of a plain connection begins again whenever another one commits', async (t) => {
  await onDatabase(async ({ open, folder }) => {
    const writer = open();
    fill(writer, 300);
    let restarts = 0;
    let last = 0;
    let steps = 0;
    await open().backup(join(folder, 'copy.db'), {
      progress: ({ totalPages, remainingPages }) => {
        const done = totalPages - remainingPages;
        // A step that copied ten pages, and is no further than the one before it.
        if (steps > 1 && done <= last) restarts += 1;
        last = done;
        steps += 1;
        if (steps < 30) fill(writer, 1);
        return steps < 30 ? PAGES_PER_STEP : totalPages;
      },
    });
    t.true(restarts > 20, `${restarts} restarts in ${steps} steps`);
  });
});

test('a backup of a read-only connection within a transaction takes one pass and holds that state', async (t) => {
  await onDatabase(async ({ open, folder }) => {
    const writer = open();
    fill(writer, 300);
    const reader = open({ readonly: true });
    reader.exec('BEGIN');
    const rows = count(reader);
    const seen: number[] = [];
    await reader.backup(join(folder, 'copy.db'), {
      progress: ({ totalPages, remainingPages }) => {
        seen.push(totalPages - remainingPages);
        fill(writer, 1);
        return PAGES_PER_STEP;
      },
    });
    reader.exec('COMMIT');
    t.true(seen.length > 5);
    t.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
    const copy = new Database(join(folder, 'copy.db'), { readonly: true });
    t.is(count(copy), rows);
    copy.close();
  });
});

test('a backup of a connection within a writing transaction makes nothing and says so to nobody', async (t) => {
  await onDatabase(async ({ open, folder }) => {
    const writer = open();
    writer.exec('BEGIN IMMEDIATE');
    fill(open(), 0);
    writer.exec("INSERT INTO t (data) VALUES (x'00')");
    const { totalPages } = await writer.backup(join(folder, 'copy.db'));
    writer.exec('ROLLBACK');
    t.is(totalPages, 0);
    t.false(existsSync(join(folder, 'copy.db')));
  });
});

test('VACUUM INTO works from a read-only connection and leaves out what is free', async (t) => {
  await onDatabase(({ open, folder }) => {
    const writer = open();
    fill(writer, 1000);
    writer.exec('DELETE FROM t WHERE id > 10');
    const reader = open({ readonly: true });
    reader.prepare('VACUUM INTO ?').run(join(folder, 'copy.db'));
    const copy = new Database(join(folder, 'copy.db'), { readonly: true });
    t.is(count(copy), 10);
    t.is(copy.pragma('freelist_count', { simple: true }), 0);
    t.is(copy.pragma('journal_mode', { simple: true }), 'delete', 'it has no log');
    copy.close();
  });
});

test('a quick check does not compare an index with its table; a full one does', async (t) => {
  await onDatabase(({ open, path }) => {
    const writer = open();
    writer.exec(
      'CREATE TABLE n (x INTEGER); CREATE INDEX nx ON n (x); INSERT INTO n VALUES (1), (2)',
    );
    writer.unsafeMode(true);
    writer.pragma('writable_schema = 1');
    // The index now belongs to a column that it was not built from.
    writer.exec("UPDATE sqlite_schema SET sql = 'CREATE INDEX nx ON n (-x)' WHERE name = 'nx'");
    writer.close();
    const reader = new Database(path, { readonly: true });
    t.is(reader.pragma('quick_check', { simple: true }), 'ok');
    t.not(reader.pragma('integrity_check', { simple: true }), 'ok');
    reader.close();
  });
});
