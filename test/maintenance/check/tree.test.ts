/** Rules I3 to I10: entries, names, directories, links, orphans, reachability. */
import test, { type ExecutionContext } from 'ava';
import { openVolume } from '#src/index.js';
import { type Breakage, type Broken, keepReaperAway, proveBreakage, withBroken } from './broken.js';

const LOST = '/lost+found';

async function isDirectoryWith(
  t: ExecutionContext,
  { fs }: Broken,
  path: string,
  names: readonly string[],
): Promise<void> {
  t.true((await fs.stat(path)).isDirectory());
  t.deepEqual(await fs.readdir(path), names);
}

const BREAKAGES: readonly Breakage[] = [
  {
    title: 'an entry that names a missing inode is removed',
    invariant: 'I3',
    setup: (fs) => fs.mkdir('/d'),
    breakIt: async ({ sql, ino }) => {
      sql('INSERT INTO dentry (parent, name, ino) VALUES (?, ?, 12345)', await ino('/d'), 'gone');
    },
    of: 12345,
    path: '/d/gone',
    detail: /'gone' names inode 12345/,
    isRepairable: true,
    after: (t, broken) => isDirectoryWith(t, broken, '/d', []),
  },
  {
    title: 'an entry in a missing directory is removed and its file kept',
    invariant: 'I3',
    setup: (fs) => fs.writeFile('/f', 'kept'),
    breakIt: ({ sql }) => sql("UPDATE dentry SET parent = 9999 WHERE name = 'f'"),
    of: '/f',
    path: null,
    also: ['I10'],
    detail: /lives in inode 9999, which does not exist/,
    isRepairable: true,
    after: async (t, { fs, value }) => {
      const ino = value("SELECT ino FROM dentry WHERE name LIKE '#%'");
      t.is(await fs.readFile(`${LOST}/#${ino}`, 'utf8'), 'kept');
    },
  },
  {
    title: 'an entry in what is no directory is removed',
    invariant: 'I3',
    setup: async (fs) => {
      await fs.writeFile('/f', 'f');
      await fs.writeFile('/g', 'g');
    },
    breakIt: async ({ sql, ino }) => {
      sql(
        'INSERT INTO dentry (parent, name, ino) VALUES (?, ?, ?)',
        await ino('/f'),
        'x',
        await ino('/g'),
      );
    },
    of: '/g',
    path: '/f/x',
    detail: /lives in inode \d+, which is no directory/,
    isRepairable: true,
    after: async (t, { fs }) => t.is(await fs.readFile('/g', 'utf8'), 'g'),
  },
  ...[
    ['a slash', "'a/b'", 'a_b'],
    ['a NUL', "CAST(x'610062' AS TEXT)", 'a_b'],
    ['a dot', "'.'", '_'],
    ['two dots', "'..'", '__'],
    ['no bytes', "''", '_'],
    ['bytes that are no UTF-8', "CAST(x'61ff62' AS TEXT)", 'a_b'],
    ['256 bytes', `'${'n'.repeat(256)}'`, 'n'.repeat(239)],
  ].map(
    ([what, name, repaired]): Breakage => ({
      title: `a name of ${what} is replaced`,
      invariant: 'I4',
      setup: (fs) => fs.writeFile('/f', 'f'),
      breakIt: ({ sql }) => sql(`UPDATE dentry SET name = ${name} WHERE name = 'f'`),
      of: '/f',
      path: pathOfBadName(name as string),
      detail: /^the name /,
      isRepairable: true,
      after: async (t, { fs }) => t.is(await fs.readFile(`/${repaired}`, 'utf8'), 'f'),
    }),
  ),
  {
    title: 'a root that is missing is made again',
    invariant: 'I5',
    breakIt: ({ sql }) => sql('DELETE FROM inode WHERE ino = 1'),
    of: 1,
    path: '/',
    detail: /missing/,
    isRepairable: true,
    after: (t, broken) => isDirectoryWith(t, broken, '/', ['bystanders']),
  },
  {
    title: 'a root of another type is made a directory',
    invariant: 'I5',
    breakIt: ({ sql }) => sql('UPDATE inode SET mode = 33188 WHERE ino = 1'),
    of: 1,
    path: '/',
    detail: /no directory/,
    isRepairable: true,
  },
  {
    title: 'a root with another parent gets itself',
    invariant: 'I5',
    breakIt: ({ sql }) => sql('UPDATE inode SET parent = 2 WHERE ino = 1'),
    of: 1,
    path: '/',
    detail: /parent 2/,
    isRepairable: true,
  },
  {
    title: 'a root without links gets them',
    invariant: 'I5',
    breakIt: ({ sql }) => sql('UPDATE inode SET nlink = 0 WHERE ino = 1'),
    of: 1,
    path: '/',
    detail: /no links/,
    isRepairable: true,
  },
  {
    title: 'a name of the root is removed',
    invariant: 'I5',
    setup: (fs) => fs.mkdir('/d'),
    breakIt: async ({ sql, ino }) => {
      const d = await ino('/d');
      sql('INSERT INTO dentry (parent, name, ino) VALUES (?, ?, 1)', d, 'top');
      sql('UPDATE inode SET nlink = 3 WHERE ino = ?', d);
    },
    of: 1,
    path: '/',
    detail: /has a name/,
    isRepairable: true,
    after: (t, broken) => isDirectoryWith(t, broken, '/d', []),
  },
  {
    title: 'an unknown type of a directory is put right',
    invariant: 'I6',
    setup: async (fs) => {
      await fs.mkdir('/d', { mode: 0o750 });
      await fs.writeFile('/d/f', 'f');
    },
    breakIt: ({ sql, ino }) =>
      ino('/d').then((d) => sql('UPDATE inode SET mode = mode & 4095 WHERE ino = ?', d)),
    of: '/d',
    detail: /mode is 0o750/,
    isRepairable: true,
    after: async (t, { fs }) => {
      t.is((await fs.stat('/d')).mode, 0o40750);
      t.is(await fs.readFile('/d/f', 'utf8'), 'f');
    },
  },
  {
    title: 'an unknown type of a file is put right',
    invariant: 'I6',
    setup: (fs) => fs.writeFile('/f', 'f', { mode: 0o600 }),
    breakIt: ({ sql, ino }) =>
      ino('/f').then((f) => sql('UPDATE inode SET mode = 45440 WHERE ino = ?', f)),
    of: '/f',
    detail: /mode/,
    isRepairable: true,
    after: async (t, { fs }) => t.is(await fs.readFile('/f', 'utf8'), 'f'),
  },
  {
    title: 'bits beyond the mode are taken off',
    invariant: 'I6',
    setup: (fs) => fs.writeFile('/f', 'f', { mode: 0o600 }),
    breakIt: ({ sql, ino }) =>
      ino('/f').then((f) => sql('UPDATE inode SET mode = mode + 1048576 WHERE ino = ?', f)),
    of: '/f',
    detail: /mode/,
    isRepairable: true,
    after: async (t, { fs }) => t.is((await fs.stat('/f')).mode, 0o100600),
  },
  {
    title: 'a directory with two names keeps the one in its parent',
    invariant: 'I7',
    setup: async (fs) => {
      await fs.mkdir('/a/d', { recursive: true });
      await fs.mkdir('/b');
    },
    breakIt: async ({ sql, ino }) => {
      const [b, d] = [await ino('/b'), await ino('/a/d')];
      sql('INSERT INTO dentry (parent, name, ino) VALUES (?, ?, ?)', b, 'second', d);
      sql('UPDATE inode SET nlink = 3 WHERE ino = ?', b);
    },
    of: '/a/d',
    detail: /2 names/,
    isRepairable: true,
    after: async (t, broken) => {
      await isDirectoryWith(t, broken, '/a', ['d']);
      await isDirectoryWith(t, broken, '/b', []);
    },
  },
  {
    title: 'a wrong parent is put right',
    invariant: 'I7',
    setup: (fs) => fs.mkdir('/a/d', { recursive: true }),
    breakIt: ({ sql, ino }) =>
      ino('/a/d').then((d) => sql('UPDATE inode SET parent = 1 WHERE ino = ?', d)),
    of: '/a/d',
    detail: /parent is 1/,
    isRepairable: true,
    after: async (t, { fs }) => t.deepEqual(await fs.readdir('/a/d/..'), ['d']),
  },
  {
    title: 'a file with a parent loses it',
    invariant: 'I7',
    setup: (fs) => fs.writeFile('/f', 'f'),
    breakIt: ({ sql, ino }) =>
      ino('/f').then((f) => sql('UPDATE inode SET parent = 1 WHERE ino = ?', f)),
    of: '/f',
    detail: /no directory and has parent/,
    isRepairable: true,
  },
  {
    title: 'the link count of a file is put right',
    invariant: 'I8',
    setup: async (fs) => {
      await fs.writeFile('/f', 'f');
      await fs.link('/f', '/g');
    },
    breakIt: ({ sql, ino }) =>
      ino('/f').then((f) => sql('UPDATE inode SET nlink = 1 WHERE ino = ?', f)),
    of: '/f',
    detail: /nlink is 1, its names make 2/,
    isRepairable: true,
    after: async (t, { fs }) => t.is((await fs.stat('/g')).nlink, 2),
  },
  {
    title: 'the link count of a directory is put right',
    invariant: 'I8',
    setup: (fs) => fs.mkdir('/a/d', { recursive: true }),
    breakIt: ({ sql, ino }) =>
      ino('/a').then((a) => sql('UPDATE inode SET nlink = 2 WHERE ino = ?', a)),
    of: '/a',
    detail: /nlink is 2, its names make 3/,
    isRepairable: true,
    after: async (t, { fs }) => t.is((await fs.stat('/a')).nlink, 3),
  },
  {
    title: 'a file with a name and no links keeps the name',
    invariant: 'I8',
    setup: (fs) => fs.writeFile('/f', 'f'),
    breakIt: ({ sql, ino }) =>
      ino('/f').then((f) => sql('UPDATE inode SET nlink = 0 WHERE ino = ?', f)),
    of: '/f',
    detail: /nlink is 0, its names make 1/,
    isRepairable: true,
    after: async (t, { fs }) => t.is(await fs.readFile('/f', 'utf8'), 'f'),
  },
  {
    title: 'an orphan that does not exist is struck off',
    invariant: 'I9',
    breakIt: (broken) => {
      keepReaperAway(broken);
      broken.sql('INSERT INTO orphan (ino) VALUES (777)');
    },
    of: 777,
    path: null,
    detail: /777 is listed as an orphan and does not exist/,
    isRepairable: true,
  },
  {
    title: 'a file with a name that is listed as an orphan is struck off and kept',
    invariant: 'I9',
    setup: (fs) => fs.writeFile('/f', 'f'),
    breakIt: async (broken) => {
      keepReaperAway(broken);
      broken.sql('INSERT INTO orphan (ino) VALUES (?)', await broken.ino('/f'));
    },
    of: '/f',
    detail: /orphan and has 1 names/,
    isRepairable: true,
    after: async (t, { fs }) => t.is(await fs.readFile('/f', 'utf8'), 'f'),
  },
  {
    title: 'the root is no orphan',
    invariant: 'I9',
    breakIt: (broken) => {
      keepReaperAway(broken);
      broken.sql('INSERT INTO orphan (ino) VALUES (1)');
    },
    of: 1,
    path: '/',
    detail: /root is listed/,
    isRepairable: true,
  },
  {
    title: 'an orphan with links comes back as a file',
    invariant: 'I9',
    setup: (fs) => fs.writeFile('/f', 'kept'),
    breakIt: async (broken) => {
      const { sql, ino } = broken;
      keepReaperAway(broken);
      sql('INSERT INTO orphan (ino) VALUES (?)', await ino('/f'));
      sql("DELETE FROM dentry WHERE name = 'f'");
    },
    of: '/f',
    path: null,
    detail: /orphan has nlink 1/,
    isRepairable: true,
    after: async (t, { fs }) => {
      const [name] = await fs.readdir(LOST);
      t.is(await fs.readFile(`${LOST}/${name}`, 'utf8'), 'kept');
    },
  },
  {
    title: 'a file without links that is not listed as an orphan comes back',
    invariant: 'I9',
    setup: (fs) => fs.writeFile('/f', 'kept'),
    breakIt: async ({ sql, ino }) => {
      sql('UPDATE inode SET nlink = 0 WHERE ino = ?', await ino('/f'));
      sql("DELETE FROM dentry WHERE name = 'f'");
    },
    of: '/f',
    path: null,
    detail: /nlink 0, and is not listed/,
    isRepairable: true,
    after: async (t, { fs }) => {
      const [name] = await fs.readdir(LOST);
      t.is(await fs.readFile(`${LOST}/${name}`, 'utf8'), 'kept');
    },
  },
  {
    title: 'a file without a name comes back',
    invariant: 'I10',
    setup: (fs) => fs.writeFile('/f', 'kept'),
    breakIt: ({ sql }) => sql("DELETE FROM dentry WHERE name = 'f'"),
    of: '/f',
    path: null,
    detail: /no name and is no orphan/,
    isRepairable: true,
    after: async (t, { fs }) => {
      const [name] = await fs.readdir(LOST);
      t.is(await fs.readFile(`${LOST}/${name}`, 'utf8'), 'kept');
    },
  },
  {
    title: 'a tree without a name comes back whole, reported once',
    invariant: 'I10',
    setup: async (fs) => {
      await fs.mkdir('/a/d/e', { recursive: true });
      await fs.writeFile('/a/d/e/f', 'kept');
    },
    breakIt: async ({ sql, ino }) => {
      sql('UPDATE inode SET nlink = 2 WHERE ino = ?', await ino('/a'));
      sql("DELETE FROM dentry WHERE name = 'd'");
    },
    of: '/a/d',
    path: null,
    detail: /no name/,
    isRepairable: true,
    after: async (t, { fs }) => {
      const [name] = await fs.readdir(LOST);
      t.is(await fs.readFile(`${LOST}/${name}/e/f`, 'utf8'), 'kept');
      t.is((await fs.stat(LOST)).nlink, 3);
    },
  },
  {
    title: 'a cycle of directories is cut, with what hangs below it',
    invariant: 'I10',
    setup: async (fs) => {
      // The file below has the lowest number, so that it is met before the cycle.
      await fs.mkdir('/early');
      await fs.mkdir('/a/b/c', { recursive: true });
      await fs.rename('/early', '/a/b/early');
      await fs.writeFile('/a/b/early/f', 'kept');
    },
    breakIt: async ({ sql, ino }) => {
      const [a, c] = [await ino('/a'), await ino('/a/b/c')];
      sql("UPDATE dentry SET parent = ? WHERE name = 'a'", c);
      sql('UPDATE inode SET parent = ? WHERE ino = ?', c, a);
      sql('UPDATE inode SET nlink = 3 WHERE ino = ?', c);
      sql('UPDATE inode SET nlink = nlink - 1 WHERE ino = 1');
    },
    of: '/a',
    path: null,
    detail: /below itself/,
    isRepairable: true,
    after: async (t, { fs }) => {
      const [name] = await fs.readdir(LOST);
      t.is(await fs.readFile(`${LOST}/${name}/b/early/f`, 'utf8'), 'kept');
      t.deepEqual(await fs.readdir(`${LOST}/${name}/b/c`), []);
    },
  },
  {
    title: 'a directory that holds itself is cut loose',
    invariant: 'I10',
    setup: (fs) => fs.mkdir('/a'),
    breakIt: async ({ sql, ino }) => {
      const a = await ino('/a');
      sql("UPDATE dentry SET parent = ? WHERE name = 'a'", a);
      sql('UPDATE inode SET parent = ino, nlink = 3 WHERE ino = ?', a);
      sql('UPDATE inode SET nlink = nlink - 1 WHERE ino = 1');
    },
    of: '/a',
    path: null,
    detail: /below itself/,
    isRepairable: true,
    after: async (t, { fs }) => t.is((await fs.readdir(LOST)).length, 1),
  },
  {
    title: 'a lost and found that is a file does not hinder a repair',
    invariant: 'I10',
    setup: async (fs) => {
      await fs.writeFile(LOST, 'mine');
      await fs.writeFile('/f', 'kept');
    },
    breakIt: ({ sql }) => sql("DELETE FROM dentry WHERE name = 'f'"),
    of: '/f',
    path: null,
    detail: /no name/,
    isRepairable: true,
    after: async (t, { fs }) => {
      t.is(await fs.readFile(LOST, 'utf8'), 'mine');
      const [name] = await fs.readdir(`${LOST}~2`);
      t.is(await fs.readFile(`${LOST}~2/${name}`, 'utf8'), 'kept');
    },
  },
];

/** The path that a problem shows for an invalid name in the root. */
function pathOfBadName(sql: string): string {
  const hex = /x'([0-9a-f]+)'/.exec(sql)?.[1];
  return `/${hex === undefined ? sql.slice(1, -1) : Buffer.from(hex, 'hex').toString()}`;
}

for (const breakage of BREAKAGES) {
  test.serial(`${breakage.invariant}: ${breakage.title}`, (t) => proveBreakage(t, breakage));
}

test.serial('I9: a listed orphan that is none neither stops the writer nor is deleted', (t) =>
  withBroken(async (broken) => {
    const { volume, fs, sql, ino, file } = broken;
    await fs.writeFile('/f', 'kept');
    const number = await ino('/f');
    await volume.close();
    sql('INSERT INTO orphan (ino) VALUES (777)');
    sql('INSERT INTO orphan (ino) VALUES (?)', number);
    const again = await openVolume(file);
    try {
      // Behind the reaper's first look.
      await again.fs.promises.writeFile('/g', 'g');
      t.is(again.state, 'open');
      const { ok, problems } = await again.check({ repair: true });
      t.true(ok);
      t.deepEqual(
        problems.map(({ invariant, ino: found }) => [invariant, found]),
        [
          ['I9', number],
          ['I9', 777],
        ],
      );
      t.is(await again.fs.promises.readFile('/f', 'utf8'), 'kept');
    } finally {
      await again.close();
    }
  }),
);
