/** Rows whose sum is wrong are EIO wherever they are read, and are never written anew as if they were right. */
import { join } from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import { FsError, openVolume, type Volume, type VolumeError } from '#src/index.js';
import { damageRows } from '../support/row-sums.js';
import { withFolder } from '../support/temporary-volume.js';

const CHUNK = 4096;
const OPTIONS = { chunkSizeBytes: CHUNK, pageSizeBytes: 4096, umask: 0o022 } as const;
const INO = "(SELECT ino FROM dentry WHERE name = 'file')";

async function fill(volume: Volume): Promise<void> {
  const { promises } = volume.fs;
  await promises.mkdir('/dir/deep', { recursive: true });
  await promises.writeFile('/dir/file', Buffer.alloc(5 * CHUNK, 'content '));
  await promises.writeFile('/dir/small', 'small');
  await promises.copyFile('/dir/file', '/dir/copy');
  await promises.symlink('small', '/dir/link');
  await volume.setXattr('/dir/file', 'user.note', 'a note');
  const handle = await promises.open('/dir/holes', 'w');
  for (const chunk of [1, 4, 8]) await handle.write(Buffer.alloc(10, 'x'), 0, 10, chunk * CHUNK);
  await handle.close();
}

async function withDamaged(
  [table, sql]: readonly [table: string, sql: string],
  options: { readonly verifyReads: boolean; readonly readOnly?: boolean },
  fn: (volume: Volume) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const made = await openVolume(file, OPTIONS);
    await fill(made);
    await made.close();
    const database = new Database(file);
    damageRows(database, table, sql);
    database.close();
    const volume = await openVolume(file, { ...OPTIONS, ...options });
    try {
      await fn(volume);
    } finally {
      await volume.close();
    }
  });
}

type Use = (volume: Volume) => unknown;

async function drain(volume: Volume, path: string): Promise<void> {
  for await (const entry of await volume.fs.promises.opendir(path)) String(entry.name);
}

const ON_FILE: Readonly<Record<string, Use>> = {
  stat: ({ fs }) => fs.promises.stat('/dir/file'),
  statSync: ({ fs }) => fs.statSync('/dir/file'),
  'stat through a link': ({ fs }) => fs.promises.stat('/dir/deep/../file'),
  access: ({ fs }) => fs.promises.access('/dir/file'),
  open: ({ fs }) => fs.promises.open('/dir/file'),
  readFile: ({ fs }) => fs.promises.readFile('/dir/file'),
  readFileSync: ({ fs }) => fs.readFileSync('/dir/file', 'utf8'),
  'readdir with types': ({ fs }) => fs.promises.readdir('/dir', { withFileTypes: true }),
  opendir: (volume) => drain(volume, '/dir'),
  getXattr: (volume) => volume.getXattr('/dir/file', 'user.note'),
  version: (volume) => volume.version('/dir/file'),
};

interface Case {
  readonly damage: readonly [table: string, sql: string];
  readonly cause: RegExp;
  readonly uses: Readonly<Record<string, Use>>;
}

const CASES: Readonly<Record<string, Case>> = {
  'the row of a file': {
    damage: ['inode', `UPDATE inode SET mtime = mtime + 1024, gid = gid + 1 WHERE ino = ${INO}`],
    cause: /row of inode \d+ has a wrong sum/,
    uses: ON_FILE,
  },
  'the name of a file': {
    damage: ['dentry', "UPDATE dentry SET sum = sum + 1 WHERE name = 'file'"],
    cause: /entry of directory \d+ has a wrong sum/,
    uses: { ...ON_FILE, readdir: ({ fs }) => fs.promises.readdir('/dir') },
  },
  'what a name leads to': {
    damage: [
      'dentry',
      "UPDATE dentry SET ino = (SELECT ino FROM dentry WHERE name = 'small') WHERE name = 'file'",
    ],
    cause: /entry of directory \d+ has a wrong sum/,
    uses: { ...ON_FILE, readdirSync: ({ fs }) => fs.readdirSync('/dir') },
  },
  'the name of a directory on the way': {
    damage: ['dentry', "UPDATE dentry SET sum = 0 WHERE name = 'dir'"],
    cause: /entry of directory 1 has a wrong sum/,
    uses: { ...ON_FILE, readdir: ({ fs }) => fs.promises.readdir('/') },
  },
  'which bytes are a chunk': {
    damage: ['chunk', `UPDATE chunk SET blob = blob + 1 WHERE idx = 2 AND ino = ${INO}`],
    cause: /row of chunk 2 of inode \d+ has a wrong sum/,
    uses: { readFile: ON_FILE.readFile as Use, readFileSync: ON_FILE.readFileSync as Use },
  },
  'the place of a chunk among holes': {
    damage: ['chunk', 'UPDATE chunk SET idx = 6 WHERE idx = 8'],
    cause: /a chunk of inode \d+ is lost/,
    uses: {
      readFile: ({ fs }) => fs.promises.readFile('/dir/holes'),
      'a part': async ({ fs }) => {
        await using handle = await fs.promises.open('/dir/holes');
        await handle.read(Buffer.alloc(10), 0, 10, 8 * CHUNK);
      },
    },
  },
  'a chunk that became one of another file': {
    damage: ['chunk', 'UPDATE chunk SET ino = 4000 WHERE idx = 8'],
    cause: /a chunk of inode \d+ is lost/,
    uses: { readFile: ({ fs }) => fs.promises.readFile('/dir/holes') },
  },
  'a target': {
    damage: ['symlink', "UPDATE symlink SET target = 'smbll'"],
    cause: /target of inode \d+ has a wrong sum/,
    uses: {
      readlink: ({ fs }) => fs.promises.readlink('/dir/link'),
      'readlink now': ({ fs }) => fs.readlinkSync('/dir/link'),
      follow: ({ fs }) => fs.promises.stat('/dir/link'),
      read: ({ fs }) => fs.promises.readFile('/dir/link'),
    },
  },
  'an extended attribute': {
    damage: ['xattr', "UPDATE xattr SET value = CAST('b note' AS BLOB)"],
    cause: /extended attribute of inode \d+ has a wrong sum/,
    uses: {
      getXattr: (volume) => volume.getXattr('/dir/file', 'user.note'),
      listXattr: (volume) => volume.listXattr('/dir/file'),
    },
  },
};

for (const [what, { damage, cause, uses }] of Object.entries(CASES)) {
  test(`with verifyReads, ${what} that is damaged is EIO in whatever way it is read`, (t) =>
    withDamaged(damage, { verifyReads: true, readOnly: true }, async (volume) => {
      for (const [name, use] of Object.entries(uses)) {
        const error = await t.throwsAsync(async () => use(volume), { instanceOf: FsError }, name);
        t.is(error?.code, 'EIO', name);
        const damage = error?.cause as VolumeError;
        t.is(damage.code, 'ERR_VOLUME_CORRUPT', name);
        t.regex(damage.message, cause, name);
      }
      t.is(await volume.fs.promises.readFile('/dir/small', 'utf8').catch(codeOf), 'small');
      const metrics = await volume.metrics.metrics();
      t.regex(metrics, /cabinetfs_damaged_reads_total [1-9]/);
      t.is(volume.health().checks.integrity?.status, 'unhealthy');
    }));
}

/** Of a way that leads through what is damaged nothing is known, and that is an answer, too. */
function codeOf(error: NodeJS.ErrnoException): string {
  return error.code === 'EIO' && /entry of directory 1 /.test(String(error.cause))
    ? 'small'
    : String(error);
}

test('without it, rows are compared by a check', (t) =>
  withDamaged(
    ['inode', `UPDATE inode SET mode = mode + 1 WHERE ino = ${INO}`],
    { verifyReads: false, readOnly: true },
    async (volume) => {
      t.is((await volume.fs.promises.stat('/dir/file')).mode & 0o777, 0o645);
      t.is((await volume.fs.promises.readdir('/dir')).length, 6);
      const { problems } = await volume.check();
      t.deepEqual(
        problems.map(({ invariant, path }) => [invariant, path]),
        [['I29', '/dir/file']],
      );
    },
  ));

/** Changes that would give a damaged row a new sum, or free what it names. */
const CHANGES: Readonly<Record<string, Use>> = {
  chmod: ({ fs }) => fs.promises.chmod('/dir/file', 0o600),
  utimes: ({ fs }) => fs.promises.utimes('/dir/file', 1, 1),
  rename: ({ fs }) => fs.promises.rename('/dir/file', '/other'),
  link: ({ fs }) => fs.promises.link('/dir/file', '/other'),
  unlink: ({ fs }) => fs.promises.unlink('/dir/file'),
  writeFile: ({ fs }) => fs.promises.writeFile('/dir/file', 'new'),
  appendFile: ({ fs }) => fs.promises.appendFile('/dir/file', 'more'),
  truncate: ({ fs }) => fs.promises.truncate('/dir/file', 100),
  copyFile: ({ fs }) => fs.promises.copyFile('/dir/file', '/other'),
  setXattr: (volume) => volume.setXattr('/dir/file', 'user.other', 'x'),
  'remove the tree': ({ fs }) => fs.promises.rm('/dir', { recursive: true }),
};

for (const damage of [CASES['the row of a file'], CASES['what a name leads to']]) {
  test(`a change would hide that ${damage?.damage[0]} is damaged: it is refused, until a repair`, (t) =>
    withDamaged(damage?.damage as Case['damage'], { verifyReads: false }, async (volume) => {
      const before = await volume.check();
      t.false(before.ok);
      for (const [name, use] of Object.entries(CHANGES)) {
        await t.throwsAsync(async () => use(volume), { code: 'EIO' }, name);
      }
      t.deepEqual((await volume.check()).problems, before.problems);
      t.true((await volume.check({ repair: true })).ok);
      for (const [name, use] of Object.entries(CHANGES)) {
        if (name === 'rename' || name === 'unlink') continue;
        await t.notThrowsAsync(async () => use(volume), name);
        await volume.fs.promises.rm('/other', { force: true });
      }
      t.deepEqual((await volume.check({ content: true })).problems, []);
    }));
}

test('making and removing names in a directory whose row is damaged is refused', (t) =>
  withDamaged(
    [
      'inode',
      "UPDATE inode SET uid = uid + 1 WHERE ino = (SELECT ino FROM dentry WHERE name = 'deep')",
    ],
    { verifyReads: false },
    async (volume) => {
      const { promises } = volume.fs;
      await t.throwsAsync(promises.writeFile('/dir/deep/new', 'x'), { code: 'EIO' });
      await t.throwsAsync(promises.rename('/dir/small', '/dir/deep/small'), { code: 'EIO' });
      await t.throwsAsync(promises.rmdir('/dir/deep'), { code: 'EIO' });
      t.is(await promises.readFile('/dir/small', 'utf8'), 'small');
      await promises.writeFile('/dir/small', 'goes on');
    },
  ));

const KEEPING: Readonly<Record<string, readonly [Case['damage'], Use]>> = {
  'a chunk is not shared': [
    ['chunk', `UPDATE chunk SET blob = blob + 1 WHERE idx = 2 AND ino = ${INO}`],
    ({ fs }) => fs.promises.copyFile('/dir/file', '/other'),
  ],
  'a chunk is not freed': [
    ['chunk', `UPDATE chunk SET blob = blob + 1 WHERE idx = 2 AND ino = ${INO}`],
    ({ fs }) => fs.promises.truncate('/dir/file', 10),
  ],
  'a share count is not counted up': [
    ['share', 'UPDATE share SET refs = refs + 2'],
    ({ fs }) => fs.promises.copyFile('/dir/file', '/other'),
  ],
  'a share count is not counted down': [
    ['share', 'UPDATE share SET refs = refs + 2'],
    ({ fs }) => fs.promises.truncate('/dir/file', 10),
  ],
};

for (const [what, [damage, use]] of Object.entries(KEEPING)) {
  test(`on the word of a damaged row ${what}`, (t) =>
    withDamaged(damage, { verifyReads: false }, async (volume) => {
      const before = await volume.check();
      await t.throwsAsync(async () => use(volume), { code: 'EIO' });
      t.deepEqual((await volume.check()).problems, before.problems);
      t.true((await volume.check({ repair: true })).ok);
      await t.notThrowsAsync(async () => use(volume));
      t.deepEqual((await volume.check()).problems, []);
    }));
}

test('an orphan whose row is damaged does not stop the writer', (t) =>
  withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const made = await openVolume(file, OPTIONS);
    await fill(made);
    const handle = await made.fs.promises.open('/dir/small', 'r');
    await made.fs.promises.unlink('/dir/small');
    const database = new Database(file);
    damageRows(database, 'inode', 'UPDATE inode SET mode = mode + 1 WHERE nlink = 0');
    database.close();
    await handle.close();
    await made.fs.promises.writeFile('/after', 'goes on');
    t.is(await made.fs.promises.readFile('/after', 'utf8'), 'goes on');
    t.false((await made.check()).ok);
    t.true((await made.check({ repair: true })).ok);
    await made.close();
    const again = await openVolume(file, OPTIONS);
    await again.fs.promises.writeFile('/after', 'once more');
    t.deepEqual((await again.check({ content: true })).problems, []);
    await again.close();
  }));
