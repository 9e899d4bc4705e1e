/** What a query may not do, whoever wrote it and whoever made the volume. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import { openVolume } from '#src/index.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';

const REFUSED: readonly (readonly [what: string, sql: string])[] = [
  ['an update', 'UPDATE inode SET size = 0'],
  ['an update behind a common table', 'WITH x AS (SELECT 1) DELETE FROM inode'],
  ['an insertion that returns rows', 'INSERT INTO meta VALUES (1, 2) RETURNING key'],
  [
    'the same behind a common table',
    'WITH x AS (SELECT 1) INSERT INTO meta SELECT 1, 2 RETURNING key',
  ],
  ['a table', 'CREATE TABLE x (y)'],
  ['a temporary table', 'CREATE TEMP TABLE x (y)'],
  ['a view in place of ours', 'CREATE TEMP VIEW files AS SELECT 1'],
  ['a transaction', 'BEGIN'],
  ['a savepoint', 'SAVEPOINT x'],
  ['an end', 'COMMIT'],
  ['another database', "ATTACH DATABASE ':memory:' AS other"],
  ['letting go of one', 'DETACH temp'],
  ['a pragma', 'PRAGMA query_only = 0'],
  ['a pragma that only tells', 'PRAGMA user_version'],
  ['a pragma behind EXPLAIN', 'EXPLAIN PRAGMA query_only = 0'],
  ['a pragma behind EXPLAIN QUERY PLAN', 'explain /* x */ query plan -- y\n pragma query_only = 0'],
  ['vacuuming', 'VACUUM'],
  ['a copy', "VACUUM INTO '/tmp/cabinetfs-never-made'"],
  ['an index', 'REINDEX'],
  ['statistics', 'ANALYZE'],
  ['two statements', 'SELECT 1; SELECT 2'],
  ['a second one behind a comment', 'SELECT 1; /* x */ DELETE FROM inode'],
  ['nothing', ''],
  ['a comment', '-- SELECT 1'],
  ['loading an extension', "SELECT load_extension('x')"],
  ['writing a file', "SELECT writefile('x', 'y')"],
  ['a tokenizer of a pointer', "SELECT fts3_tokenizer('x', x'0011223344556677')"],
  ['a checkpoint as a table', 'SELECT * FROM pragma_wal_checkpoint'],
  ['a mistake', 'SELECT nope FROM files'],
];

test('whatever is no single reading statement is refused', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    for (const [what, sql] of REFUSED) {
      await t.throwsAsync(volume.query(sql), { code: 'ERR_QUERY_INVALID' }, what);
    }
    t.false(existsSync('/tmp/cabinetfs-never-made'));
    t.deepEqual(
      (await volume.query('PRAGMA query_only').catch(() => 'refused')) as unknown,
      'refused',
    );
  });
});

const ALLOWED = [
  'SELECT 1',
  ' \n-- first\n/* second */ select 1',
  '\uFEFFSELECT 1',
  'SELECT 1;',
  'SELECT 1; -- done',
  'WITH x AS (SELECT 1) SELECT * FROM x',
  'VALUES (1)',
  'EXPLAIN SELECT 1',
  'EXPLAIN QUERY PLAN SELECT 1',
  "SELECT ';' AS semicolon",
  "SELECT name FROM pragma_table_info('inode')",
  'SELECT key FROM meta',
  'SELECT sum(pgsize) FROM dbstat',
];

test('reading statements of every form are allowed', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    for (const sql of ALLOWED) {
      t.true((await volume.query(sql)).rows.length > 0, sql);
    }
  });
});

test('no table function of a pragma writes', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const { rows } = await volume.query('SELECT name FROM pragma_pragma_list');
    t.true(rows.length > 50);
    for (const { name } of rows) {
      await volume.query(`SELECT * FROM pragma_${name}`).catch((error: { code: string }) => {
        t.is(error.code, 'ERR_QUERY_INVALID', String(name));
      });
    }
    t.deepEqual(readdirSync(folder).sort(), [
      'test.cabinet',
      'test.cabinet-shm',
      'test.cabinet-wal',
    ]);
  });
});

test('SQLite says what is wrong with a statement', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const error = await t.throwsAsync(volume.query('SELECT FROM files'));
    t.regex(error?.message ?? '', /near "FROM": syntax error/);
  });
});

test('what a stranger put into the schema is not run and takes no place of ours', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'strange.cabinet');
    // A volume that comes with them is refused; these are put in while it is open.
    const volume = await openVolume(file);
    await volume.fs.promises.writeFile('/file', 'x');
    const database = new Database(file);
    database.exec(`CREATE VIEW files AS SELECT 'false' AS path;
      CREATE VIEW trap AS SELECT load_extension('/nowhere') AS x`);
    database.close();
    t.deepEqual((await volume.query('SELECT path FROM files')).rows, [{ path: '/file' }]);
    await t.throwsAsync(volume.query('SELECT * FROM trap'), { code: 'ERR_QUERY_INVALID' });
    await volume.close();
    await t.throwsAsync(openVolume(file), { code: 'ERR_SCHEMA_ALTERED' });
  });
});
