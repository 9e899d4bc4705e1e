/** A frozen volume of every released schema opens, is sound, and holds what it held. */
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import Database from 'better-sqlite3';
import { openVolume } from '#src/index.js';
import { readMigrations } from '#src/schema/migration-files.js';
import { assertVolumeSound } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';
import { describeVolume } from './describe-volume.js';

const FROZEN = fileURLToPath(new URL('../../../test/upgrade/frozen/', import.meta.url));
const NEWEST = readMigrations().length;

function versionOf(name: string): number {
  return Number(/^schema-v(\d+)\.cabinet$/.exec(name)?.[1] ?? 0);
}

const versions = readdirSync(FROZEN)
  .map(versionOf)
  .filter((version) => version > 0);

test('there is a frozen volume of every schema', (t) => {
  t.deepEqual(
    [...versions].sort((a, b) => a - b),
    Array.from({ length: NEWEST }, (_, index) => index + 1),
  );
});

for (const version of versions) {
  const original = join(FROZEN, `schema-v${version}.cabinet`);
  const expected = JSON.parse(readFileSync(join(FROZEN, `schema-v${version}.json`), 'utf8'));

  test(`a volume of schema ${version} is what it was, and can be written`, async (t) => {
    await withFolder(async (folder) => {
      const file = join(folder, 'test.cabinet');
      copyFileSync(original, file);
      const volume = await openVolume(file);
      t.like(volume.migrations, { from: version, to: NEWEST });
      t.is(existsSync(`${file}.before-v${version + 1}`), version < NEWEST);
      await assertVolumeSound(volume);
      t.deepEqual(await describeVolume(volume), expected);
      await volume.fs.promises.appendFile('/many-chunks', 'more');
      await volume.fs.promises.rm('/names', { recursive: true });
      await assertVolumeSound(volume);
      await volume.close();
    });
  });

  test(`a volume of schema ${version} can be read without being changed`, async (t) => {
    if (version < NEWEST) {
      t.log('not run: it has to be migrated first');
      t.pass();
      return;
    }
    await withFolder(async (folder) => {
      const file = join(folder, 'test.cabinet');
      copyFileSync(original, file);
      const volume = await openVolume(file, { readOnly: true });
      t.deepEqual(await describeVolume(volume), expected);
      await volume.close();
      t.true(readFileSync(file).equals(readFileSync(original)));
    });
  });
}

test('rows that break a rule go along, and are repaired in the new schema', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    copyFileSync(join(FROZEN, 'schema-v2.cabinet'), file);
    const database = new Database(file);
    database.pragma('ignore_check_constraints = ON');
    database.pragma('foreign_keys = OFF');
    database.exec(
      "UPDATE inode SET nlink = -3 WHERE ino = (SELECT ino FROM dentry WHERE name = 'sticky')",
    );
    database.exec("INSERT INTO dentry VALUES (4711, 'nowhere', 4712)");
    database.exec("UPDATE dentry SET name = CAST(x'61ff62' AS TEXT) WHERE name = '%_*?'");
    database.close();
    await using volume = await openVolume(file);
    const { problems } = await volume.check({ repair: true });
    const rules = [...new Set(problems.map(({ invariant }) => invariant))].sort();
    t.deepEqual(rules, ['I3', 'I4', 'I8']);
    await assertVolumeSound(volume);
  });
});

test('content that is damaged is damaged still when its checksum is of another kind', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    copyFileSync(join(FROZEN, 'schema-v3.cabinet'), file);
    const database = new Database(file);
    const inoOf = (name: string): unknown =>
      database.prepare('SELECT ino FROM dentry WHERE name = ?').pluck().get(name);
    database
      .prepare(
        "UPDATE blob SET data = CAST(x'00' || substr(data, 2) AS BLOB) WHERE id = (SELECT head FROM inode WHERE ino = ?)",
      )
      .run(inoOf('one-chunk'));
    database
      .prepare("UPDATE inode SET inline = CAST('x' || substr(inline, 2) AS BLOB) WHERE ino = ?")
      .run(inoOf('inline'));
    database.close();
    await using volume = await openVolume(file);
    const { problems } = await volume.check({ content: true });
    t.deepEqual(problems.map(({ invariant, path }) => [invariant, path]).sort(), [
      ['I22', '/inline'],
      ['I22', '/one-chunk'],
    ]);
    await t.throwsAsync(volume.fs.promises.appendFile('/one-chunk', 'more'), { code: 'EIO' });
  });
});
