/** The migration runner, with a second migration of the test's own. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { openVolume, VolumeError } from '#src/index.js';
import { readSchemaState } from '#src/schema/identity.js';
import { type MigrateOptions, migrate, pendingMigrations } from '#src/schema/migrate.js';
import { type Migration, readMigrations } from '#src/schema/migration-files.js';
import { safetyCopyPath } from '#src/schema/safety-copy.js';
import { type Connection, openConnection } from '#src/sqlite/connection.js';
import { refuseOutdated } from '#src/writer/prepare.js';
import { assertVolumeSound } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';

const NEXT = readMigrations().length + 1;

function migration(version: number, sql: string): Migration {
  const name = `${String(version).padStart(4, '0')}_made_up`;
  return { version, name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
}

const GOOD = [
  ...readMigrations(),
  migration(NEXT, 'CREATE TABLE extra (x INTEGER) STRICT; INSERT INTO extra VALUES (7)'),
];

const OPTIONS: MigrateOptions = { safetyCopy: true, chunkSizeBytes: 65_536, migrations: GOOD };

interface Old {
  readonly file: string;
  readonly connection: Connection;
}

/** A volume of today's schema with a file in it, and a connection that is going to migrate it. */
async function withOldVolume(
  fn: (old: Old) => void | Promise<void>,
  name = 'test.cabinet',
): Promise<void> {
  await withFolder(async (folder) => {
    const file = join(folder, name);
    const volume = await openVolume(file);
    await volume.fs.promises.writeFile('/file', 'content');
    await volume.close();
    const connection = openConnection(file, {
      role: 'writer',
      cacheBytes: 1_000_000,
      busyTimeoutMs: 5000,
    });
    try {
      await fn({ file, connection });
    } finally {
      connection.close();
    }
  });
}

function tableExists(connection: Connection, name: string): boolean {
  const found = connection.statement<[string], [number]>(
    'SELECT 1 FROM sqlite_schema WHERE name = ?',
  );
  return found.get(name) !== undefined;
}

test('a volume with a pending migration is refused by name where it must not be run', async (t) => {
  await withOldVolume(({ file, connection }) => {
    const error = t.throws(() => refuseOutdated(connection, GOOD), { instanceOf: VolumeError });
    t.is(error.code, 'ERR_SCHEMA_OUTDATED');
    t.is(error.path, file);
    t.true(error.message.includes(GOOD[NEXT - 1]?.name as string), error.message);
    t.notThrows(() => refuseOutdated(connection));
  });
});

test('a pending migration is applied, recorded, and reported', async (t) => {
  await withOldVolume(({ file, connection }) => {
    const steps: string[] = [];
    const report = migrate(connection, {
      ...OPTIONS,
      onStep: ({ name, index, total }) => steps.push(`${name} ${index + 1}/${total}`),
    });
    t.deepEqual(report, {
      from: NEXT - 1,
      to: NEXT,
      applied: [GOOD[NEXT - 1]?.name as string],
      safetyCopy: safetyCopyPath(file, NEXT - 1),
    });
    t.deepEqual(steps, [`${GOOD[NEXT - 1]?.name} 1/1`]);
    const state = readSchemaState(connection);
    t.is(state.version, NEXT);
    t.like(state.applied.at(-1), { version: NEXT, sha256: GOOD[NEXT - 1]?.sha256 as string });
    t.true(tableExists(connection, 'extra'));
    t.deepEqual(migrate(connection, OPTIONS), { from: NEXT, to: NEXT, applied: [] });
  });
});

test('the list of what is pending changes nothing', async (t) => {
  await withOldVolume(({ connection }) => {
    t.deepEqual(pendingMigrations(connection), []);
    t.deepEqual(
      pendingMigrations(connection, GOOD).map(({ version }) => version),
      [NEXT],
    );
    t.is(readSchemaState(connection).version, NEXT - 1);
  });
});

test('the safety copy is a volume of the old schema that opens and is whole', async (t) => {
  await withOldVolume(async ({ file, connection }) => {
    migrate(connection, OPTIONS);
    const copy = safetyCopyPath(file, NEXT - 1);
    t.false(existsSync(`${copy}.partial`));
    await using volume = await openVolume(copy);
    t.is(await volume.fs.promises.readFile('/file', 'utf8'), 'content');
    await assertVolumeSound(volume);
  });
});

test('an older safety copy is kept beside the new one', async (t) => {
  await withOldVolume(({ file, connection }) => {
    const path = safetyCopyPath(file, NEXT - 1);
    writeFileSync(path, 'something of the user');
    const { safetyCopy } = migrate(connection, OPTIONS);
    t.is(safetyCopy, `${path}.2`);
    t.true(existsSync(`${path}.2`));
  });
});

test('without a safety copy none is made', async (t) => {
  await withOldVolume(({ file, connection }) => {
    t.is(migrate(connection, { ...OPTIONS, safetyCopy: false }).safetyCopy, undefined);
    t.false(existsSync(safetyCopyPath(file, NEXT - 1)));
  });
});

test('a new volume needs no safety copy', async (t) => {
  await withFolder(async (folder) => {
    const volume = await openVolume(join(folder, 'test.cabinet'));
    t.like(volume.migrations, { from: 0, to: NEXT - 1 });
    t.is(volume.migrations?.safetyCopy, undefined);
    await volume.close();
  });
});

test('a safety copy that cannot be made keeps the volume from being changed', async (t) => {
  // The volume and its log have names that the system takes; the copy's would be over 255 bytes.
  const name = 'x'.repeat(245);
  await withOldVolume(({ file, connection }) => {
    const error = t.throws(() => migrate(connection, OPTIONS), { instanceOf: VolumeError });
    t.is(error.code, 'ERR_MIGRATION_FAILED');
    t.regex(error.hint ?? '', /safetyCopy: false/);
    t.is(readSchemaState(connection).version, NEXT - 1);
    t.false(tableExists(connection, 'extra'));
    t.deepEqual(
      readdirSync(dirname(file)).filter((found) => found.includes('before')),
      [],
    );
  }, name);
});

test('a step that fails leaves the volume as it was before that step', async (t) => {
  await withOldVolume(async ({ file, connection }) => {
    const sql =
      'CREATE TABLE more (x); INSERT INTO more VALUES (1); INSERT INTO missing VALUES (1)';
    const migrations = [...GOOD, migration(NEXT + 1, sql)];
    const error = t.throws(() => migrate(connection, { ...OPTIONS, migrations }), {
      instanceOf: VolumeError,
    });
    t.is(error.code, 'ERR_MIGRATION_FAILED');
    t.true(error.message.includes(file));
    t.true(error.message.includes(migrations[NEXT]?.name as string));
    t.true(error.message.includes('missing'));
    t.truthy(error.hint);
    t.false(connection.inTransaction);
    t.is(readSchemaState(connection).version, NEXT, 'the step before it stands');
    t.true(tableExists(connection, 'extra'));
    t.false(tableExists(connection, 'more'));
    const repaired = [...GOOD, migration(NEXT + 1, 'CREATE TABLE more (x)')];
    t.is(migrate(connection, { ...OPTIONS, migrations: repaired }).applied.length, 1);
  });
});

test('whoever comes second finds the work done', async (t) => {
  await withOldVolume(({ file, connection }) => {
    const second = openConnection(file, {
      role: 'writer',
      cacheBytes: 1_000_000,
      busyTimeoutMs: 5000,
    });
    // The second has seen what is pending, then the first is faster.
    migrate(second, {
      ...OPTIONS,
      safetyCopy: false,
      onStep: () => {
        migrate(connection, { ...OPTIONS, safetyCopy: false });
      },
    });
    const rows = second.statement<[], [number]>('SELECT count(*) FROM extra').get();
    t.is(rows?.[0], 1, 'applied once');
    t.is(readSchemaState(second).applied.length, NEXT);
    second.close();
  });
});

test('a migrated volume is refused by the code that does not know the migration', async (t) => {
  await withOldVolume(async ({ file, connection }) => {
    migrate(connection, OPTIONS);
    const error = await t.throwsAsync(openVolume(file), { instanceOf: VolumeError });
    t.is(error.code, 'ERR_SCHEMA_TOO_NEW');
    t.true(error.message.includes(GOOD[NEXT - 1]?.name as string));
  });
});
