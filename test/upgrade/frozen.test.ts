/** A frozen volume of every released schema opens, is sound, and holds what it held. */
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
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
