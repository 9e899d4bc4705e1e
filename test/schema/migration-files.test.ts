/** The files in `migrations/`: numbered without gaps, and never changed once released. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { VolumeError } from '#src/index.js';
import { readMigrations } from '#src/schema/migration-files.js';
import { withFolder } from '../support/temporary-volume.js';

async function readFrom(files: Readonly<Record<string, string>>) {
  return await withFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return readMigrations(folder);
  });
}

test('the checksum does not depend on the line ends', async (t) => {
  const [unix] = await readFrom({ '0001_a.sql': 'SELECT 1;\nSELECT 2;\n' });
  const [windows] = await readFrom({ '0001_a.sql': 'SELECT 1;\r\nSELECT 2;\r\n' });
  t.is(unix?.sha256, windows?.sha256);
});

test('files that are no migrations do not disturb', async (t) => {
  const found = await readFrom({ '0001_a.sql': 'x', 'README.md': 'x', '0002_b.sql': 'y' });
  t.deepEqual(
    found.map(({ name }) => name),
    ['0001_a', '0002_b'],
  );
});

for (const [title, files] of Object.entries({
  'a gap': { '0001_a.sql': 'x', '0003_b.sql': 'x' },
  'a number twice': { '0001_a.sql': 'x', '0001_b.sql': 'x' },
  'another name': { '0001_a.sql': 'x', 'second.sql': 'x' },
  'no file at all': {},
})) {
  test(`${title} is refused with ERR_MIGRATION_SET`, async (t) => {
    const error = await t.throwsAsync(readFrom(files), { instanceOf: VolumeError });
    t.is(error.code, 'ERR_MIGRATION_SET');
    t.truthy(error.hint);
  });
}
