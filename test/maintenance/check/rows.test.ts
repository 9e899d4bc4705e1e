/** Rules I11, I12 and I23 to I28: single rows and columns. */
import test from 'ava';
import { type Breakage, type Broken, keepReaperAway, proveBreakage, withBroken } from './broken.js';

async function update({ sql, ino }: Broken, path: string, set: string): Promise<void> {
  sql(`UPDATE inode SET ${set} WHERE ino = ?`, await ino(path));
}

const ATTRIBUTES: readonly Breakage[] = [
  ...[
    ['a negative size', 'size = -7', /size is -7/],
    ['a size beyond the largest', 'size = 17592186040321', /size is 17592186040321/],
  ].map(
    ([what, set, detail]): Breakage => ({
      title: `${what} becomes the end of what is stored`,
      invariant: 'I11',
      setup: (fs) => fs.writeFile('/f', Buffer.alloc(70_000, 'f')),
      breakIt: (broken) => update(broken, '/f', set as string),
      of: '/f',
      also: set === 'size = -7' ? ['I16'] : [],
      detail: detail as RegExp,
      isRepairable: true,
      after: async (t, { fs }) =>
        t.true((await fs.readFile('/f')).equals(Buffer.alloc(70_000, 'f'))),
    }),
  ),
  {
    title: 'a version below 1 is raised',
    invariant: 'I11',
    setup: (fs) => fs.writeFile('/f', 'f'),
    breakIt: (broken) => update(broken, '/f', 'version = 0'),
    of: '/f',
    detail: /version is 0/,
    isRepairable: true,
  },
  {
    title: 'a time out of range is cut',
    invariant: 'I11',
    setup: (fs) => fs.writeFile('/f', 'f'),
    breakIt: (broken) => update(broken, '/f', 'mtime = 9223372036854775807'),
    of: '/f',
    detail: /time is out of range/,
    isRepairable: true,
    after: async (t, { fs }) => t.is((await fs.stat('/f')).mtime.getUTCFullYear(), 2262),
  },
  {
    title: 'a next number behind the inodes is moved on',
    invariant: 'I12',
    setup: (fs) => fs.writeFile('/f', 'f'),
    breakIt: ({ sql }) => sql("UPDATE meta SET value = 2 WHERE key = 'next_ino'"),
    of: null,
    detail: /next number of inode would be 2, /,
    isRepairable: true,
  },
  {
    title: 'a next number that is lost is found again',
    invariant: 'I12',
    breakIt: ({ sql }) => sql("DELETE FROM meta WHERE key = 'next_ino'"),
    of: null,
    detail: /next number of inode would be undefined, /,
    isRepairable: true,
  },
  {
    title: 'a next commit number that is lost is replaced by one that was never used',
    invariant: 'I12',
    breakIt: ({ sql }) => sql("DELETE FROM meta WHERE key = 'next_commit'"),
    of: null,
    detail: /next number of commit would be undefined/,
    isRepairable: true,
  },
  {
    title: 'a next commit number that is no number is replaced',
    invariant: 'I12',
    breakIt: ({ sql }) => sql("UPDATE meta SET value = 'x' WHERE key = 'next_commit'"),
    of: null,
    detail: /next number of commit would be x/,
    isRepairable: true,
  },
  {
    title: 'a sequence behind its table is moved on',
    invariant: 'I12',
    breakIt: ({ sql }) => sql("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'session'"),
    of: null,
    detail: /next number of session would be after 0/,
    isRepairable: true,
  },
];

const LINKS: readonly Breakage[] = [
  {
    title: 'a symbolic link without a target is reported',
    invariant: 'I23',
    setup: (fs) => fs.symlink('target', '/l'),
    breakIt: async ({ sql, ino }) => sql('DELETE FROM symlink WHERE ino = ?', await ino('/l')),
    of: '/l',
    detail: /target of the symbolic link is lost/,
    isRepairable: false,
  },
  {
    title: 'a target of a file is taken away',
    invariant: 'I23',
    setup: (fs) => fs.writeFile('/f', 'f'),
    breakIt: async ({ sql, ino }) =>
      sql("INSERT INTO symlink (ino, target) VALUES (?, 'x')", await ino('/f')),
    of: '/f',
    detail: /is no symbolic link/,
    isRepairable: true,
  },
  {
    title: 'a target of a missing inode is taken away',
    invariant: 'I23',
    breakIt: ({ sql }) => sql("INSERT INTO symlink (ino, target) VALUES (5555, 'x')"),
    of: 5555,
    path: null,
    detail: /does not exist/,
    isRepairable: true,
  },
  {
    title: 'the size of a symbolic link is put right',
    invariant: 'I23',
    setup: (fs) => fs.symlink('tärget', '/l'),
    breakIt: (broken) => update(broken, '/l', 'size = 6'),
    of: '/l',
    detail: /size is 6, and its target has 7 bytes/,
    isRepairable: true,
    after: async (t, { fs }) => t.is((await fs.lstat('/l')).size, 7),
  },
  ...[
    ['is empty', "''", 0],
    ['has 4096 bytes', `'${'t'.repeat(4096)}'`, 4096],
    ['holds a NUL', "CAST(x'610062' AS TEXT)", 3],
    ['is not valid UTF-8', "CAST(x'61ff' AS TEXT)", 2],
  ].map(
    ([what, target, size]): Breakage => ({
      title: `a target that ${what} is reported`,
      invariant: 'I23',
      setup: (fs) => fs.symlink('target', '/l'),
      breakIt: async (broken) => {
        broken.sql(`UPDATE symlink SET target = ${target} WHERE ino = ?`, await broken.ino('/l'));
        await update(broken, '/l', `size = ${size}`);
      },
      of: '/l',
      detail: new RegExp(`its target ${what}`),
      isRepairable: false,
    }),
  ),
];

const XATTRS: readonly Breakage[] = [
  {
    title: 'attributes of a missing inode are taken away',
    invariant: 'I24',
    breakIt: ({ sql }) => sql("INSERT INTO xattr (ino, name, value) VALUES (6666, 'user.x', x'')"),
    of: 6666,
    path: null,
    detail: /1 attributes belong to inode 6666/,
    isRepairable: true,
  },
  ...[
    ['no bytes', "''"],
    ['256 bytes', `'${'n'.repeat(256)}'`],
    ['a NUL', "CAST(x'7573657200' AS TEXT)"],
  ].map(
    ([what, name]): Breakage => ({
      title: `an attribute with a name of ${what} is taken away`,
      invariant: 'I24',
      setup: (fs) => fs.writeFile('/f', 'f'),
      breakIt: async ({ sql, ino }) =>
        sql(`INSERT INTO xattr (ino, name, value) VALUES (?, ${name}, x'00')`, await ino('/f')),
      of: '/f',
      detail: /the name of an attribute has \d+ bytes/,
      isRepairable: true,
    }),
  ),
  {
    title: 'an attribute with a long value is reported',
    invariant: 'I24',
    setup: (fs) => fs.writeFile('/f', 'f'),
    breakIt: async ({ sql, ino }) =>
      sql(
        "INSERT INTO xattr (ino, name, value) VALUES (?, 'user.x', zeroblob(65537))",
        await ino('/f'),
      ),
    of: '/f',
    detail: /'user.x' has 65537 bytes/,
    isRepairable: false,
  },
];

const SESSIONS: readonly Breakage[] = [
  {
    title: 'a hold of a missing session is taken away',
    invariant: 'I25',
    setup: (fs) => fs.writeFile('/f', 'f'),
    breakIt: async ({ sql, ino }) =>
      sql('INSERT INTO hold (ino, session) VALUES (?, 999)', await ino('/f')),
    of: '/f',
    detail: /held by session 999, which does not exist/,
    isRepairable: true,
  },
  {
    title: 'a hold of a file that is no orphan is taken away',
    invariant: 'I25',
    setup: (fs) => fs.writeFile('/f', 'f'),
    breakIt: async (broken) => {
      keepReaperAway(broken);
      broken.sql(
        'INSERT INTO hold (ino, session) SELECT ?, max(id) FROM session',
        await broken.ino('/f'),
      );
    },
    of: '/f',
    detail: /but is no orphan/,
    isRepairable: true,
  },
  {
    title: 'a session that has seen what is to come forgets it',
    invariant: 'I25',
    breakIt: (broken) => {
      keepReaperAway(broken);
      broken.sql('UPDATE session SET orphan_seen = 100 WHERE pid = 1');
    },
    of: null,
    detail: /has seen orphan 100/,
    isRepairable: true,
  },
];

const END = Number.MAX_SAFE_INTEGER;

/** A lock of the file that somebody else holds, whose session may be any. */
async function insertLock(
  broken: Broken,
  { session = 'max(id)', kind = 'flock', owner = 'o', first = 0, last = END, exclusive = 1 },
  ino?: number,
): Promise<void> {
  broken.sql(
    `INSERT INTO lock (ino, kind, session, owner, first, last, exclusive, client, pid)
     SELECT ?, ?, ${session}, ?, ?, ?, ?, 1, 1 FROM session`,
    ...[ino ?? (await broken.ino('/f')), kind, owner, first, last, exclusive],
  );
}

const makeFile: Breakage['setup'] = (fs) => fs.writeFile('/f', 'f');
const lockCount = ({ value }: Broken): unknown => value('SELECT count(*) FROM lock');

const LOCKS: readonly Breakage[] = [
  {
    title: 'a lock of a missing session is taken away',
    invariant: 'I27',
    setup: makeFile,
    breakIt: (broken) => insertLock(broken, { session: '999' }),
    of: '/f',
    detail: /of session 999, which does not exist/,
    isRepairable: true,
  },
  {
    title: 'a lock of a missing inode is taken away',
    invariant: 'I27',
    breakIt: (broken) => insertLock(broken, {}, 7777),
    of: 7777,
    path: null,
    detail: /whose inode does not exist/,
    isRepairable: true,
  },
  {
    title: 'a lock of the whole file that is not of the whole file is taken away',
    invariant: 'I27',
    setup: makeFile,
    breakIt: (broken) => insertLock(broken, { first: 3 }),
    of: '/f',
    detail: /which is not of the whole file/,
    isRepairable: true,
  },
  {
    title: 'a claim of a missing session is taken away',
    invariant: 'I27',
    setup: makeFile,
    breakIt: async ({ sql, ino }) =>
      sql(
        `INSERT INTO lock_wait (ino, kind, session, owner, first, last, exclusive, client, pid)
         VALUES (?, 'flock', 999, 'o', 0, ${END}, 1, 1, 1)`,
        await ino('/f'),
      ),
    of: '/f',
    detail: /claim 1 waits for a lock of session 999/,
    isRepairable: true,
  },
  {
    title: 'of an exclusive lock and another one stays',
    invariant: 'I28',
    setup: async (_fs, broken) => {
      await makeFile?.(broken.fs, broken);
      await insertLock(broken, { owner: 'a' });
    },
    breakIt: (broken) => insertLock(broken, { owner: 'b', exclusive: 0 }),
    of: '/f',
    detail: /of 'b' in session \d+ conflicts/,
    isRepairable: true,
    after: (t, broken) => t.is(lockCount(broken), 1),
  },
  {
    title: 'of ranges that overlap and are not all shared the first stays',
    invariant: 'I28',
    setup: async (_fs, broken) => {
      await makeFile?.(broken.fs, broken);
      for (const [owner, first, last] of [
        ['a', 0, 9],
        ['b', 5, 14],
        ['c', 30, 39],
      ] as const) {
        await insertLock(broken, { kind: 'posix', owner, first, last, exclusive: 0 });
      }
    },
    breakIt: (broken) =>
      insertLock(broken, { kind: 'posix', owner: 'd', first: 14, last: 20, exclusive: 1 }),
    of: '/f',
    detail: /bytes 14 to 20 of 'd'/,
    isRepairable: true,
    after: (t, broken) => t.is(lockCount(broken), 3),
  },
  {
    title: 'overlapping ranges of one owner become one of them',
    invariant: 'I28',
    setup: makeFile,
    breakIt: async (broken) => {
      await insertLock(broken, { kind: 'posix', first: 0, last: 9, exclusive: 0 });
      await insertLock(broken, { kind: 'posix', first: 9, last: 12, exclusive: 0 });
    },
    of: '/f',
    detail: /bytes 9 to 12/,
    isRepairable: true,
    after: (t, broken) => t.is(lockCount(broken), 1),
  },
];

for (const breakage of [...ATTRIBUTES, ...LINKS, ...XATTRS, ...SESSIONS, ...LOCKS]) {
  test.serial(`${breakage.invariant}: ${breakage.title}`, (t) => proveBreakage(t, breakage));
}

for (const [title, sql, detail] of [
  [
    'a missing fact',
    "DELETE FROM meta WHERE key = 'created_by'",
    /'created_by' in meta is missing/,
  ],
  [
    'an impossible size of a chunk',
    "UPDATE meta SET value = 65537 WHERE key = 'chunk_size_bytes'",
    /'chunk_size_bytes' in meta is not a power of two/,
  ],
  [
    'a volume id of another length',
    "UPDATE meta SET value = x'00' WHERE key = 'volume_id'",
    /'volume_id' in meta is not 16 bytes/,
  ],
] as const) {
  test.serial(`I26: ${title} is reported, and nothing is repaired`, (t) =>
    withBroken(async (broken) => {
      const { volume, fs } = broken;
      await fs.writeFile('/f', 'f');
      broken.sql(sql);
      await update(broken, '/f', 'nlink = 9');
      const { ok, problems } = await volume.check({ repair: true, content: true });
      t.false(ok);
      t.deepEqual(
        problems.map((problem) => [problem.invariant, problem.repaired]),
        [
          ['I26', false],
          ['I8', false],
        ],
      );
      t.regex(problems[0]?.detail ?? '', detail);
      t.is((await fs.stat('/f')).nlink, 9);
    }),
  );
}
