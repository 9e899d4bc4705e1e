/** What a stranger puts into the schema of a volume is never run: the file is refused before. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'ava';
import {
  inspectVolume,
  migrateVolume,
  openVolume,
  restoreVolume,
  VolumeError,
  verifyVolume,
} from '#src/index.js';
import { readMigrations } from '#src/schema/migration-files.js';
import { type Alter, alter, withHostile } from './hostile.js';

const WRITABLE = 'PRAGMA writable_schema = ON';

/** Rewrites the text of an object, as only a program of the attacker's own would. */
function retext(name: string, from: string, to: string): Alter {
  return (database) => {
    database.exec(WRITABLE);
    database
      .prepare('UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = ?')
      .run(from, to, name);
  };
}

function execute(sql: string): Alter {
  return (database) => void database.exec(sql);
}

const ENDLESS = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n';

const CASES: Readonly<Record<string, Alter>> = {
  'a trigger on inserting': execute(
    'CREATE TRIGGER evil AFTER INSERT ON inode BEGIN DELETE FROM dentry; END',
  ),
  'a trigger on updating': execute(
    'CREATE TRIGGER evil AFTER UPDATE ON inode BEGIN DELETE FROM blob; END',
  ),
  'a trigger under a name of SQLite': (database) => {
    database.exec('CREATE TRIGGER evil AFTER INSERT ON inode BEGIN DELETE FROM dentry; END');
    database.exec(WRITABLE);
    database.exec("UPDATE sqlite_schema SET name = 'sqlite_evil' WHERE name = 'evil'");
  },
  'a view': execute(`CREATE VIEW evil AS ${ENDLESS}`),
  'a view in the place of a table': execute(`DROP TABLE meta; CREATE VIEW meta AS ${ENDLESS}`),
  'a view in the place of the record of migrations': execute(
    `DROP TABLE migration;
     CREATE VIEW migration AS SELECT i AS version, '' AS name, '' AS sha256 FROM (${ENDLESS})`,
  ),
  'a virtual table': execute('CREATE VIRTUAL TABLE evil USING fts5 (x)'),
  'a virtual table in the place of a table': execute(
    'DROP TABLE xattr; CREATE VIRTUAL TABLE xattr USING fts5 (ino, name, value)',
  ),
  'another table': execute('CREATE TABLE evil (x)'),
  'an index over an expression': execute('CREATE INDEX evil ON inode (abs(ino))'),
  'a partial index': execute('CREATE UNIQUE INDEX evil ON dentry (ino) WHERE ino > 5'),
  'a computed column': retext(
    'symlink',
    'target TEXT    NOT NULL',
    'target TEXT AS (hex(zeroblob(1000000000)))',
  ),
  'a computed default': retext(
    'xattr',
    'value BLOB    NOT NULL',
    'value BLOB DEFAULT (zeroblob(1000000000))',
  ),
  'another constraint': retext(
    'inode',
    'CHECK (nlink >= 0)',
    'CHECK (length(zeroblob(1000000000)) > 0)',
  ),
  'no constraint': retext('dentry', ') STRICT, WITHOUT ROWID', ') WITHOUT ROWID'),
  'another collation': retext(
    'dentry',
    'name   TEXT    NOT NULL',
    'name   TEXT COLLATE NOCASE NOT NULL',
  ),
  'one table for two names': (database) => {
    database.exec(WRITABLE);
    database.exec(
      "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'share') WHERE name = 'symlink'",
    );
  },
  'a missing index': execute('DROP INDEX hold_session'),
  'more of the statistics of SQLite': (database) => {
    database.exec('CREATE TABLE evil (tbl, idx, stat)');
    database.exec(WRITABLE);
    database.exec(
      "UPDATE sqlite_schema SET name = 'sqlite_stat1', tbl_name = 'sqlite_stat1' WHERE name = 'evil'",
    );
  },
};

function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** SQLite itself may refuse a schema that cannot be. */
const CODES = ['ERR_SCHEMA_ALTERED', 'ERR_VOLUME_CORRUPT'];

for (const [title, change] of Object.entries(CASES)) {
  test(`${title} is refused, and the file stays as it is`, async (t) => {
    await withHostile(change, async ({ file, folder }) => {
      const before = digest(file);
      const uses: readonly (() => unknown)[] = [
        () => openVolume(file),
        () => openVolume(file, { readOnly: true }),
        () => inspectVolume(file),
        () => migrateVolume(file),
      ];
      for (const use of uses) {
        const error = await t.throwsAsync(
          async () => use(),
          { instanceOf: VolumeError },
          String(use),
        );
        t.true(CODES.includes(String(error?.code)), `${error?.code}: ${error?.message}`);
        t.truthy(error?.hint);
      }
      const { ok, problems } = await verifyVolume(file);
      t.false(ok);
      t.true(problems.every(({ invariant }) => invariant === 'I1' || invariant === 'I2'));
      await t.throwsAsync(restoreVolume(file, `${folder}/restored.cabinet`), {
        instanceOf: VolumeError,
      });
      t.is(digest(file), before);
    });
  });
}

test('statistics of ANALYZE are none of this', async (t) => {
  await withHostile(execute('ANALYZE'), async ({ file }) => {
    await t.notThrowsAsync(async () => (await openVolume(file)).close());
    t.true((await verifyVolume(file)).ok);
  });
});

test('text that is stored as UTF-16 is refused', async (t) => {
  await withHostile(
    () => undefined,
    async ({ file, folder }) => {
      const other = `${folder}/utf16.cabinet`;
      alter(other, (database) => {
        database.pragma("encoding = 'UTF-16le'");
        const source = new Map<string, string>();
        alter(file, (from) => {
          for (const { name, sql } of from
            .prepare(
              "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'",
            )
            .all() as { name: string; sql: string }[]) {
            source.set(name, sql);
          }
          for (const [name, sql] of source) {
            database.exec(sql);
            if (!sql.startsWith('CREATE TABLE')) continue;
            const stored = 'SELECT name FROM pragma_table_info(?)';
            const columns = from.prepare(stored).pluck().all(name).join();
            const rows = from.prepare(`SELECT ${columns} FROM ${name}`).raw().all() as unknown[][];
            for (const row of rows) {
              const marks = row.map(() => '?').join();
              const insert = `INSERT INTO ${name} (${columns}) VALUES (${marks})`;
              database.prepare(insert).run(...row.map(integral));
            }
          }
        });
        database.pragma('application_id = 0x63616266');
        database.pragma(`user_version = ${readMigrations().length}`);
      });
      await t.throwsAsync(openVolume(other, { readOnly: true }), { code: 'ERR_SCHEMA_ALTERED' });
    },
  );
});

/** The driver binds numbers as floating point, which strict tables refuse. */
function integral(value: unknown): unknown {
  return typeof value === 'number' ? BigInt(value) : value;
}
