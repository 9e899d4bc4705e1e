/** Files that are no volumes, or are damaged: refused by name, and left as they are. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import { openVolume, VolumeError } from '#src/index.js';
import type { OpenOptions } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';
import { assertRefused } from './refusal.js';

async function makeVolume(file: string): Promise<void> {
  await using volume = await openVolume(file);
  await volume.fs.promises.writeFile('/file', Buffer.alloc(500_000, 'x'));
}

function alter(file: string, sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}

interface Case {
  readonly title: string;
  readonly code: string;
  readonly make: (file: string) => void | Promise<void>;
  readonly options?: OpenOptions;
  /** When it is opened for reading only, if that is another. */
  readonly codeReadOnly?: string;
}

const CASES: readonly Case[] = [
  {
    title: 'a version lower than its record of migrations',
    code: 'ERR_VOLUME_CORRUPT',
    make: async (file) => {
      await makeVolume(file);
      alter(file, 'PRAGMA user_version = 1');
    },
  },
  {
    title: 'a header with a format of the schema that SQLite does not know',
    code: 'ERR_VOLUME_CORRUPT',
    make: async (file) => {
      await makeVolume(file);
      const bytes = readFileSync(file);
      bytes.writeUInt32BE(5, 44);
      writeFileSync(file, bytes);
    },
  },
  {
    title: 'a version below zero',
    code: 'ERR_VOLUME_CORRUPT',
    make: async (file) => {
      await makeVolume(file);
      alter(file, 'PRAGMA user_version = -1');
    },
  },
  {
    title: 'a text file',
    code: 'ERR_NOT_A_VOLUME',
    make: (file) => writeFileSync(file, 'no database\n'.repeat(1000)),
  },
  {
    title: 'a short text file',
    code: 'ERR_NOT_A_VOLUME',
    make: (file) => writeFileSync(file, 'x'),
  },
  {
    title: 'an empty file that is not to be made a volume',
    code: 'ERR_NOT_A_VOLUME',
    options: { create: false },
    make: (file) => writeFileSync(file, ''),
  },
  {
    title: 'an empty database that is not to be made a volume',
    code: 'ERR_NOT_A_VOLUME',
    options: { create: false },
    make: (file) => alter(file, 'CREATE TABLE t (x); DROP TABLE t'),
  },
  {
    title: "another application's database",
    code: 'ERR_NOT_A_VOLUME',
    make: (file) => alter(file, 'CREATE TABLE inode (x); PRAGMA user_version = 1'),
  },
  {
    title: "another application's database with an application id",
    code: 'ERR_NOT_A_VOLUME',
    make: (file) => alter(file, 'PRAGMA application_id = 12345; CREATE TABLE t (x)'),
  },
  {
    title: 'a directory',
    code: 'ERR_NOT_A_VOLUME',
    make: (file) => mkdirSync(file),
  },
  {
    title: 'a fifo',
    code: 'ERR_NOT_A_VOLUME',
    make: (file) => {
      execFileSync('mkfifo', [file]);
    },
  },
  {
    title: 'a volume of a newer schema',
    code: 'ERR_SCHEMA_TOO_NEW',
    make: async (file) => {
      await makeVolume(file);
      alter(
        file,
        `INSERT INTO migration SELECT 99, '0099_future', sha256, applied_at FROM migration LIMIT 1;
         PRAGMA user_version = 99`,
      );
    },
  },
  {
    title: 'a volume whose migration differs from ours',
    code: 'ERR_MIGRATION_EDITED',
    make: async (file) => {
      await makeVolume(file);
      alter(file, "UPDATE migration SET sha256 = 'other'");
    },
  },
  {
    title: 'a volume without the record of its migrations',
    code: 'ERR_VOLUME_CORRUPT',
    make: async (file) => {
      await makeVolume(file);
      alter(file, 'DROP TABLE migration');
    },
  },
  {
    title: 'a volume that was cut in half',
    code: 'ERR_VOLUME_CORRUPT',
    make: async (file) => {
      await makeVolume(file);
      truncateSync(file, 8192 * 20);
    },
  },
  {
    title: 'a volume that was cut inside a page',
    code: 'ERR_VOLUME_CORRUPT',
    make: async (file) => {
      await makeVolume(file);
      truncateSync(file, 8192 * 3 + 100);
    },
  },
  {
    title: 'a volume of which less than a page is left',
    code: 'ERR_VOLUME_CORRUPT',
    make: async (file) => {
      await makeVolume(file);
      truncateSync(file, 200);
    },
  },
  {
    title: 'an empty file with the log of a volume beside it',
    code: 'ERR_VOLUME_CORRUPT',
    codeReadOnly: 'ERR_NOT_A_VOLUME',
    make: (file) => {
      writeFileSync(file, '');
      writeFileSync(`${file}-wal`, 'x'.repeat(100));
    },
  },
];

for (const { title, code, make, options, codeReadOnly = code } of CASES) {
  test(`${title} is refused with ${code}`, async (t) => {
    await withFolder(async (folder) => {
      const file = join(folder, 'test.cabinet');
      await make(file);
      await assertRefused(t, file, code, options);
      await assertRefused(t, file, codeReadOnly, { ...options, readOnly: true });
    });
  });
}

test('a log without its volume is not overwritten', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    writeFileSync(`${file}-wal`, 'x'.repeat(100));
    await assertRefused(t, file, 'ERR_VOLUME_CORRUPT');
  });
});

test('an empty file becomes a volume when creating is allowed', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    writeFileSync(file, '');
    await using volume = await openVolume(file);
    await volume.fs.promises.writeFile('/a', 'x');
    t.is(await volume.fs.promises.readFile('/a', 'utf8'), 'x');
  });
});

test('a missing volume is refused when creating is not allowed', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    await assertRefused(t, file, 'ERR_VOLUME_NOT_FOUND', { create: false });
    await assertRefused(t, file, 'ERR_VOLUME_NOT_FOUND', { readOnly: true });
  });
});

test('a missing directory is refused', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'missing', 'test.cabinet');
    const error = await t.throwsAsync(openVolume(file), { instanceOf: VolumeError });
    t.is(error.code, 'ERR_VOLUME_NOT_FOUND');
    t.true(error.message.includes(join(folder, 'missing')));
    t.truthy(error.hint);
    const below = join(folder, 'file', 'test.cabinet');
    writeFileSync(join(folder, 'file'), '');
    await t.throwsAsync(openVolume(below), { instanceOf: VolumeError });
  });
});

test('what is no path is refused', async (t) => {
  for (const path of ['', 'a\0b', 7, null, {}]) {
    const error = await t.throwsAsync(openVolume(path as string), { instanceOf: VolumeError });
    t.is(error.code, 'ERR_OPTION_INVALID');
    t.truthy(error.hint);
  }
});
