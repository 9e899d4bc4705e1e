/**
 * Volumes whose version, record of migrations or header was changed, and folders of migrations that are not
 * as they were released: used as they are or refused by a name, and what is refused is left as it was.
 */
import { deepStrictEqual } from 'node:assert';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { openVolume, planMigration, VolumeError, verifyVolume } from '#src/index.js';
import { migrate } from '#src/schema/migrate.js';
import { readMigrations } from '#src/schema/migration-files.js';
import { openConnection } from '#src/sqlite/connection.js';
import type { Volume } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';
import { fuzz } from './runs.js';

const KNOWN = readMigrations();
const REFUSALS: readonly string[] = [
  'ERR_NOT_A_VOLUME',
  'ERR_VOLUME_CORRUPT',
  'ERR_SCHEMA_TOO_NEW',
  'ERR_SCHEMA_OUTDATED',
  'ERR_MIGRATION_EDITED',
  'ERR_MIGRATION_SET',
  // A header that asks for a newer SQLite for writing: reading goes on.
  'ERR_VOLUME_READ_ONLY',
];

/** Throws for an error that is none of the refusals, or that does not say which file it is about. */
function assertRefusal(error: unknown, file: string): void {
  if (!(error instanceof VolumeError) || !REFUSALS.includes(error.code)) throw error;
  if (!error.message.includes(file)) throw new Error(`no name in: ${error.message}`);
}

async function makeVolume(file: string): Promise<void> {
  await using volume = await openVolume(file);
  await volume.fs.promises.writeFile('/file', Buffer.alloc(100_000, 'x'));
}

/** All ways to open leave a file that they refuse as it was, and nothing beside it. */
async function tryAll(file: string, folder: string, mustBeSound: boolean): Promise<void> {
  const [before, beside] = [readFileSync(file), readdirSync(folder).sort()];
  const ways: readonly (() => Promise<unknown>)[] = [
    async () => planMigration(file),
    () => openAndLook(file, { readOnly: true }, mustBeSound),
    () => openAndLook(file, { migrate: false }, mustBeSound),
    () => openAndLook(file, {}, mustBeSound),
  ];
  for (const way of ways) {
    try {
      await way();
    } catch (error) {
      assertRefusal(error, file);
      deepStrictEqual(readFileSync(file).equals(before), true, 'the file was changed');
      const left = readdirSync(folder).filter((name) => !/-(wal|shm)$/.test(name));
      deepStrictEqual(left.sort(), beside, 'files beside it');
      continue;
    }
    // One that was opened is in use: it may have changed, and so it begins anew.
    writeFileSync(file, before);
    for (const name of ['-wal', '-shm']) rmSync(`${file}${name}`, { force: true });
  }
}

async function openAndLook(file: string, options: object, mustBeSound: boolean): Promise<void> {
  await using volume = await openVolume(file, options);
  if (mustBeSound) await assertSoundButForRecord(volume);
  else await volume.fs.promises.readdir('/').catch(() => undefined);
}

/** A record that is not whole keeps nobody from reading: the check says so. */
async function assertSoundButForRecord(volume: Volume): Promise<void> {
  const { problems } = await volume.check({ content: true });
  const others = problems.filter(({ invariant }) => invariant !== 'I2');
  deepStrictEqual(others, []);
}

const text = fc.oneof(
  fc.constantFrom('', '0001_initial', 'x', "'", '0099_later'),
  fc.string({ maxLength: 8 }),
);
const int32 = fc.oneof(fc.integer({ min: -2, max: KNOWN.length + 2 }), fc.integer());

type Change =
  | { readonly pragma: 'user_version' | 'application_id'; readonly value: number }
  | { readonly sql: string };

/** What somebody may have done to the version, or to the record of what was applied. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    pragma: fc.constantFrom('user_version', 'application_id'),
    value: int32,
  }) as fc.Arbitrary<Change>,
  int32.map((version) => ({ sql: `DELETE FROM migration WHERE version = ${version}` })),
  fc.tuple(int32, fc.constantFrom('name', 'sha256'), text).map(([version, column, value]) => ({
    sql: `UPDATE migration SET ${column} = '${value.replaceAll("'", "''").replaceAll('\0', '')}' WHERE version = ${version}`,
  })),
  fc.tuple(int32, int32).map(([from, to]) => ({
    sql: `UPDATE OR IGNORE migration SET version = ${to} WHERE version = ${from}`,
  })),
  int32.map((version) => ({
    sql: `INSERT OR IGNORE INTO migration VALUES (${version}, 'made_up', 'x', 0)`,
  })),
  fc.constantFrom({ sql: 'DELETE FROM migration' }, { sql: 'DROP TABLE migration' }),
  fc.constant({ sql: 'ALTER TABLE migration RENAME TO other' }),
);

function alter(file: string, list: readonly Change[]): void {
  const database = new Database(file);
  try {
    for (const each of list) {
      try {
        if ('sql' in each) database.exec(each.sql);
        else database.pragma(`${each.pragma} = ${each.value}`);
      } catch {
        // There is no such table any more, or the column refuses the value.
      }
    }
    database.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
}

test.serial('versions and records of migrations that were changed', async (t) => {
  await withFolder(async (folder) => {
    const whole = join(folder, 'whole');
    await makeVolume(whole);
    let runs = 0;
    await fuzz(t, fc.array(change, { minLength: 1, maxLength: 3 }), 25, async (list) => {
      runs += 1;
      const own = join(folder, `run-${runs}`);
      mkdirSync(own);
      const file = join(own, 'test.cabinet');
      copyFileSync(whole, file);
      alter(file, list);
      await tryAll(file, own, true);
      rmSync(own, { recursive: true });
    });
  });
});

test.serial('headers of the file with bytes that were changed', async (t) => {
  await withFolder(async (folder) => {
    const whole = join(folder, 'whole');
    await makeVolume(whole);
    let runs = 0;
    const flips = fc.array(fc.tuple(fc.nat(111), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fuzz(t, flips, 25, async (list) => {
      runs += 1;
      const own = join(folder, `run-${runs}`);
      mkdirSync(own);
      const file = join(own, 'test.cabinet');
      const bytes = readFileSync(whole);
      for (const [at, to] of list) bytes[at] = to;
      writeFileSync(file, bytes);
      await tryAll(file, own, false);
      await verifyVolume(file).catch((error) => assertRefusal(error, file));
      rmSync(own, { recursive: true });
    });
  });
});

type Edit =
  | { readonly rename: number; readonly to: string }
  | { readonly remove: number }
  | { readonly append: number; readonly text: string }
  | { readonly add: string; readonly text: string };

const fileName = fc.constantFrom(
  ...[
    '0001_initial.sql',
    '0003_more.sql',
    '0004_far.sql',
    '0002_other.sql',
    '3_more.sql',
    '0003.sql',
  ],
  ...['0003_More.sql', '0003_more.sql.bak', '0003-more.sql', '.sql', '0000_zero.sql', 'readme.txt'],
);
const sql = fc.constantFrom(
  '',
  'CREATE TABLE extra (x)',
  'nonsense',
  '-- \r\n',
  'COMMIT',
  'SELECT 1',
  'DROP TABLE inode',
);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ rename: fc.nat(KNOWN.length - 1), to: fileName }),
  fc.record({ remove: fc.nat(KNOWN.length - 1) }),
  fc.record({ append: fc.nat(KNOWN.length - 1), text: sql }),
  fc.record({ add: fileName, text: sql }),
);

function editFolder(dir: string, list: readonly Edit[]): void {
  mkdirSync(dir);
  const files = KNOWN.map(({ name, sql: known }) => ({ name: `${name}.sql`, text: known }));
  for (const each of list) {
    if ('rename' in each) Object.assign(files[each.rename] ?? {}, { name: each.to });
    else if ('remove' in each) files.splice(each.remove, 1);
    else if ('append' in each) {
      const file = files[each.append];
      if (file !== undefined) file.text += each.text;
    } else files.push({ name: each.add, text: each.text });
  }
  for (const file of files) writeFileSync(join(dir, file.name), file.text);
}

/** One whole step or nothing, and never a step that this volume was not made for. */
function migrateWith(file: string, dir: string): void {
  const options = { role: 'writer', cacheBytes: 1_000_000, busyTimeoutMs: 5000 } as const;
  const connection = openConnection(file, options);
  try {
    migrate(connection, {
      safetyCopy: false,
      chunkSizeBytes: 65_536,
      migrations: readMigrations(dir),
    });
  } finally {
    connection.close();
  }
}

test.serial('folders of migrations that are not as they were released', async (t) => {
  await withFolder(async (folder) => {
    const whole = join(folder, 'whole');
    await makeVolume(whole);
    let runs = 0;
    await fuzz(t, fc.array(edit, { minLength: 1, maxLength: 3 }), 60, async (list) => {
      runs += 1;
      const own = join(folder, `run-${runs}`);
      mkdirSync(own);
      const file = join(own, 'test.cabinet');
      copyFileSync(whole, file);
      const before = readFileSync(file);
      editFolder(join(own, 'migrations'), list);
      try {
        migrateWith(file, join(own, 'migrations'));
      } catch (error) {
        const { code } = error as { code?: string };
        const isFailure = code === 'ERR_MIGRATION_FAILED';
        if (!isFailure && !REFUSALS.includes(code ?? '')) throw error;
        if (!isFailure)
          deepStrictEqual(readFileSync(file).equals(before), true, 'the file was changed');
        const { version } = stateOf(file);
        if (version > KNOWN.length + 1) throw new Error(`a step too far: ${version}`);
      }
      rmSync(own, { recursive: true });
    });
  });
});

function stateOf(file: string): { version: number } {
  const database = new Database(file, { readonly: true });
  try {
    const version = Number(database.pragma('user_version', { simple: true }));
    const rows = database.prepare('SELECT count(*) AS n FROM migration').get() as { n: number };
    deepStrictEqual(rows.n, version, 'the version and its record go together');
    return { version };
  } finally {
    database.close();
  }
}
