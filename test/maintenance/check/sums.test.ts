/** Rules I29 to I34: rows whose columns a disk has changed behind the back of their sums. */
import test from 'ava';
import { type Breakage, CHUNK, proveBreakage, withBroken } from './broken.js';

const SUMS: readonly Breakage[] = [
  {
    title: 'an inode with another owner is reported, and then taken as it is',
    invariant: 'I29',
    setup: (fs) => fs.writeFile('/f', 'f'),
    breakIt: async ({ damage, ino }) =>
      damage('inode', `UPDATE inode SET uid = uid + 64 WHERE ino = ${await ino('/f')}`),
    of: '/f',
    detail: /its attributes, its size or the place of its content/,
    isRepairable: true,
  },
  {
    title: 'a sum of an inode that was changed itself',
    invariant: 'I29',
    setup: (fs) => fs.mkdir('/d'),
    breakIt: async ({ damage, ino }) =>
      damage('inode', `UPDATE inode SET sum = sum + 1 WHERE ino = ${await ino('/d')}`),
    of: '/d',
    detail: /its sum is wrong/,
    isRepairable: true,
  },
  {
    title: 'a name with another letter',
    invariant: 'I30',
    setup: (fs) => fs.writeFile('/name', 'f'),
    breakIt: ({ damage }) =>
      damage('dentry', "UPDATE dentry SET name = 'nbme' WHERE name = 'name'"),
    of: '/name',
    path: '/nbme',
    detail: /the name "nbme" in directory 1, or what is behind it/,
    isRepairable: true,
    after: async (t, { fs }) => t.is(await fs.readFile('/nbme', 'utf8'), 'f'),
  },
  {
    title: 'a chunk whose row has another sum',
    invariant: 'I31',
    setup: (fs) => fs.writeFile('/f', Buffer.alloc(3 * CHUNK, 'f')),
    breakIt: async ({ damage, ino }) =>
      damage('chunk', `UPDATE chunk SET sum = 7 WHERE idx = 2 AND ino = ${await ino('/f')}`),
    of: '/f',
    detail: /that its chunk 2 is blob \d+/,
    isRepairable: true,
    after: async (t, { fs }) =>
      t.true((await fs.readFile('/f')).equals(Buffer.alloc(3 * CHUNK, 'f'))),
  },
  {
    title: 'a share count that is another one is counted anew',
    invariant: 'I32',
    setup: async (fs) => {
      await fs.writeFile('/f', Buffer.alloc(CHUNK, 'f'));
      await fs.copyFile('/f', '/g');
    },
    breakIt: async ({ damage, value, ino }) => {
      const head = value('SELECT head FROM inode WHERE ino = ?', await ino('/f'));
      damage('share', `UPDATE share SET refs = 6 WHERE blob = ${head}`);
    },
    of: null,
    also: ['I20'],
    detail: /that blob \d+ has 6 references/,
    isRepairable: true,
    after: async (t, { fs }) => {
      await fs.rm('/f');
      t.is((await fs.readFile('/g')).length, CHUNK);
    },
  },
  {
    title: 'a target with another letter',
    invariant: 'I33',
    setup: (fs) => fs.symlink('target', '/l'),
    breakIt: async ({ damage, ino }) =>
      damage('symlink', `UPDATE symlink SET target = 'tbrget' WHERE ino = ${await ino('/l')}`),
    of: '/l',
    detail: /its target may not be/,
    isRepairable: true,
  },
  {
    title: 'an extended attribute with another value',
    invariant: 'I34',
    setup: async (fs, { volume }) => {
      await fs.writeFile('/f', 'f');
      await volume.setXattr('/f', 'user.note', 'value');
    },
    breakIt: ({ damage }) => damage('xattr', "UPDATE xattr SET value = CAST('vblue' AS BLOB)"),
    of: '/f',
    detail: /its extended attribute "user.note"/,
    isRepairable: true,
  },
];

for (const breakage of SUMS) {
  test(`${breakage.invariant}: ${breakage.title}`, (t) => proveBreakage(t, breakage));
}

test('rows that are damaged and break another rule are reported for both', (t) =>
  withBroken(async ({ volume, fs, damage }) => {
    await fs.mkdir('/d');
    await fs.writeFile('/d/f', 'f');
    damage('dentry', "UPDATE dentry SET ino = 4711 WHERE name = 'f'");
    damage('inode', 'UPDATE inode SET nlink = 9 WHERE ino = 2');
    const { problems } = await volume.check({ repair: true });
    const rules = new Set(problems.map(({ invariant }) => invariant));
    for (const rule of ['I3', 'I8', 'I10', 'I29', 'I30'] as const) t.true(rules.has(rule), rule);
    t.deepEqual((await volume.check({ content: true })).problems, []);
  }));
