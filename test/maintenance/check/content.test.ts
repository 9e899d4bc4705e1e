/** Rules I13 to I22: who has content, how much, where the bytes are, and whether they are right. */

import test, { type ExecutionContext } from 'ava';
import { crc32c } from '#src/core/crc32c/crc32c.js';
import { type Breakage, type Broken, CHUNK, proveBreakage } from './broken.js';

const LOST = '/lost+found';

function bytes(length: number, text = 'content'): Buffer {
  return Buffer.alloc(length, text);
}

async function update({ sql, ino }: Broken, path: string, set: string): Promise<void> {
  sql(`UPDATE inode SET ${set} WHERE ino = ?`, await ino(path));
}

/** The blobs of a file in the order of its chunks. */
async function blobsOf({ value, ino }: Broken, path: string): Promise<number[]> {
  const number = await ino(path);
  const text = value(
    `SELECT json_group_array(blob) FROM (
       SELECT 0 AS idx, head AS blob FROM inode WHERE ino = ? AND head IS NOT NULL
       UNION SELECT idx, blob FROM chunk WHERE ino = ? ORDER BY 1)`,
    number,
    number,
  );
  return JSON.parse(text as string) as number[];
}

async function onlyLostFile({ fs }: Broken): Promise<Buffer> {
  const names = await fs.readdir(LOST);
  if (names.length !== 1) throw new Error(`expected one file: ${names.join(', ')}`);
  return fs.readFile(`${LOST}/${names[0]}`);
}

async function hasBytes(
  t: ExecutionContext,
  { fs }: Broken,
  path: string,
  expected: Buffer,
): Promise<void> {
  t.true((await fs.readFile(path)).equals(expected));
}

const OWNERS: readonly Breakage[] = [
  {
    title: 'content of a directory is moved to a file of its own',
    invariant: 'I13',
    setup: async (fs) => {
      await fs.mkdir('/d');
      await fs.writeFile('/f', bytes(2 * CHUNK));
    },
    breakIt: async (broken) => {
      const { sql, ino } = broken;
      const [head, second] = await blobsOf(broken, '/f');
      await update(broken, '/f', 'head = NULL, chunks = 0, size = 0');
      sql('DELETE FROM chunk WHERE ino = ?', await ino('/f'));
      sql('INSERT INTO chunk (ino, idx, blob) VALUES (?, 1, ?)', await ino('/d'), second);
      await update(broken, '/d', `head = ${head}, chunks = 2, size = ${2 * CHUNK}`);
    },
    of: '/d',
    detail: /has content or a size/,
    isRepairable: true,
    after: async (t, broken) => {
      t.true((await onlyLostFile(broken)).equals(bytes(2 * CHUNK)));
      t.deepEqual(await broken.fs.readdir('/d'), []);
    },
  },
  {
    title: 'a size of a directory becomes 0',
    invariant: 'I13',
    setup: (fs) => fs.mkdir('/d'),
    breakIt: (broken) => update(broken, '/d', 'size = 4096'),
    of: '/d',
    detail: /size/,
    isRepairable: true,
  },
  {
    title: 'inline bytes of a symbolic link are moved to a file of their own',
    invariant: 'I13',
    setup: async (fs) => {
      await fs.symlink('target', '/l');
      await fs.writeFile('/f', 'kept');
    },
    breakIt: async ({ sql, ino }) => {
      sql(
        `UPDATE inode SET (inline, inline_crc32c) =
           (SELECT inline, inline_crc32c FROM inode WHERE ino = ?) WHERE ino = ?`,
        await ino('/f'),
        await ino('/l'),
      );
    },
    of: '/l',
    detail: /0o120777/,
    isRepairable: true,
    after: async (t, broken) => {
      t.is((await onlyLostFile(broken)).toString(), 'kept');
      t.is(await broken.fs.readlink('/l'), 'target');
    },
  },
  {
    title: 'chunks of a missing inode become a file',
    invariant: 'I14',
    setup: (fs) => fs.writeFile('/f', bytes(3 * CHUNK)),
    breakIt: async (broken) => {
      broken.sql('UPDATE chunk SET ino = 4321 WHERE ino = ?', await broken.ino('/f'));
      await update(broken, '/f', `chunks = 1, size = ${CHUNK}`);
    },
    of: 4321,
    path: null,
    detail: /2 chunks belong to inode 4321/,
    isRepairable: true,
    after: async (t, broken) => {
      const expected = Buffer.concat([Buffer.alloc(CHUNK), bytes(3 * CHUNK).subarray(CHUNK)]);
      t.true((await onlyLostFile(broken)).equals(expected));
    },
  },
];

const COUNTS: readonly Breakage[] = [
  {
    title: 'the number of chunks is put right',
    invariant: 'I15',
    setup: (fs) => fs.writeFile('/f', bytes(2 * CHUNK)),
    breakIt: (broken) => update(broken, '/f', 'chunks = 1'),
    of: '/f',
    detail: /chunks is 1, and 2 are stored/,
    isRepairable: true,
    after: (t, broken) => hasBytes(t, broken, '/f', bytes(2 * CHUNK)),
  },
  {
    title: 'chunks past the size are dropped',
    invariant: 'I16',
    setup: (fs) => fs.writeFile('/f', bytes(3 * CHUNK)),
    breakIt: (broken) => update(broken, '/f', `size = ${CHUNK}`),
    of: '/f',
    detail: /2 chunks from chunk 1 on lie past it/,
    isRepairable: true,
    after: (t, broken) => hasBytes(t, broken, '/f', bytes(CHUNK)),
  },
  {
    title: 'bytes past the size of a one-chunk file are cut',
    invariant: 'I16',
    setup: (fs) => fs.writeFile('/f', bytes(1000)),
    breakIt: (broken) => update(broken, '/f', 'size = 600'),
    of: '/f',
    detail: /size is 600, and bytes are stored up to 1000/,
    isRepairable: true,
    after: (t, broken) => hasBytes(t, broken, '/f', bytes(600)),
  },
  {
    title: 'bytes past the size in a later chunk are cut, and a copy keeps them',
    invariant: 'I16',
    setup: async (fs) => {
      await fs.writeFile('/f', bytes(2 * CHUNK));
      await fs.copyFile('/f', '/copy');
    },
    breakIt: (broken) => update(broken, '/f', `size = ${CHUNK + 10}`),
    of: '/f',
    detail: /bytes are stored up to 131072/,
    isRepairable: true,
    after: async (t, broken) => {
      await hasBytes(t, broken, '/f', bytes(CHUNK + 10));
      await hasBytes(t, broken, '/copy', bytes(2 * CHUNK));
    },
  },
  {
    title: 'the chunk of a file of size 0 is dropped, and a copy keeps it',
    invariant: 'I16',
    setup: async (fs) => {
      await fs.writeFile('/f', bytes(1000));
      await fs.copyFile('/f', '/copy');
    },
    breakIt: (broken) => update(broken, '/f', 'size = 0'),
    of: '/f',
    detail: /size is 0/,
    isRepairable: true,
    after: async (t, broken) => {
      await hasBytes(t, broken, '/f', Buffer.alloc(0));
      await hasBytes(t, broken, '/copy', bytes(1000));
    },
  },
  {
    title: 'damaged bytes past the size are not given a new checksum',
    invariant: 'I16',
    setup: (fs) => fs.writeFile('/f', bytes(1000)),
    breakIt: async (broken) => {
      const [blob] = await blobsOf(broken, '/f');
      broken.sql('UPDATE blob SET crc32c = crc32c + 1 WHERE id = ?', blob);
      await update(broken, '/f', 'size = 600');
    },
    of: '/f',
    also: ['I22'],
    detail: /bytes are stored up to 1000/,
    isRepairable: false,
  },
  {
    title: 'a blob of more than a chunk is cut',
    invariant: 'I17',
    setup: (fs) => fs.writeFile('/f', bytes(2 * CHUNK)),
    breakIt: async (broken) => {
      const [head] = await blobsOf(broken, '/f');
      const data = bytes(CHUNK + 8);
      broken.sql('UPDATE blob SET data = ?, crc32c = ? WHERE id = ?', data, crc32c(data), head);
    },
    of: '/f',
    detail: /has 65544 bytes, a chunk at most 65536/,
    isRepairable: true,
    after: (t, broken) => hasBytes(t, broken, '/f', bytes(2 * CHUNK)),
  },
];

const INLINE: readonly Breakage[] = [
  {
    title: 'inline bytes beside chunks get a file of their own',
    invariant: 'I18',
    setup: async (fs) => {
      await fs.writeFile('/f', bytes(1000));
      await fs.writeFile('/g', 'kept');
    },
    breakIt: async ({ sql, ino }) => {
      sql(
        `UPDATE inode SET (inline, inline_crc32c) =
           (SELECT inline, inline_crc32c FROM inode WHERE ino = ?) WHERE ino = ?`,
        await ino('/g'),
        await ino('/f'),
      );
    },
    of: '/f',
    detail: /4 inline bytes beside chunks/,
    isRepairable: true,
    after: async (t, broken) => {
      await hasBytes(t, broken, '/f', bytes(1000));
      t.is((await onlyLostFile(broken)).toString(), 'kept');
    },
  },
  {
    title: 'inline bytes past the size are cut',
    invariant: 'I18',
    setup: (fs) => fs.writeFile('/f', bytes(100)),
    breakIt: (broken) => update(broken, '/f', 'size = 60'),
    of: '/f',
    detail: /100 inline bytes and size 60/,
    isRepairable: true,
    after: (t, broken) => hasBytes(t, broken, '/f', bytes(60)),
  },
  {
    title: 'damaged inline bytes past the size are not given a new checksum',
    invariant: 'I18',
    setup: (fs) => fs.writeFile('/f', bytes(100)),
    breakIt: (broken) => update(broken, '/f', 'size = 60, inline_crc32c = inline_crc32c + 1'),
    of: '/f',
    also: ['I22'],
    detail: /100 inline bytes and size 60/,
    isRepairable: false,
  },
  {
    title: 'long inline content becomes a chunk',
    invariant: 'I18',
    setup: (fs) => fs.writeFile('/f', bytes(100)),
    breakIt: async (broken) => {
      const data = bytes(513);
      broken.sql(
        'UPDATE inode SET size = 513, inline = ?, inline_crc32c = ? WHERE ino = ?',
        data,
        crc32c(data),
        await broken.ino('/f'),
      );
    },
    of: '/f',
    detail: /513 inline bytes, at most 512/,
    isRepairable: true,
    after: (t, broken) => hasBytes(t, broken, '/f', bytes(513)),
  },
  {
    title: 'a checksum without inline bytes is taken away',
    invariant: 'I18',
    setup: (fs) => fs.writeFile('/f', ''),
    breakIt: (broken) => update(broken, '/f', 'inline_crc32c = 5'),
    of: '/f',
    detail: /remains of inline content/,
    isRepairable: true,
  },
  {
    title: 'inline bytes without a checksum are reported',
    invariant: 'I18',
    setup: (fs) => fs.writeFile('/f', bytes(100)),
    breakIt: (broken) => update(broken, '/f', 'inline_crc32c = NULL'),
    of: '/f',
    detail: /100 inline bytes have no checksum/,
    isRepairable: false,
  },
];

const BLOBS: readonly Breakage[] = [
  {
    title: 'lost bytes of a first chunk are reported',
    invariant: 'I19',
    setup: (fs) => fs.writeFile('/f', bytes(1000)),
    breakIt: async (broken) => {
      const [head] = await blobsOf(broken, '/f');
      broken.sql('DELETE FROM blob WHERE id = ?', head);
    },
    of: '/f',
    detail: /bytes of chunk 0 are lost/,
    isRepairable: false,
  },
  {
    title: 'lost bytes of a later chunk are reported',
    invariant: 'I19',
    setup: (fs) => fs.writeFile('/f', bytes(3 * CHUNK)),
    breakIt: async (broken) => {
      const [, , third] = await blobsOf(broken, '/f');
      broken.sql('DELETE FROM blob WHERE id = ?', third);
    },
    of: '/f',
    detail: /bytes of chunk 2 are lost/,
    isRepairable: false,
  },
  ...(
    [
      ['a missing count of a shared blob is made', 'DELETE FROM share WHERE blob = ?', /counted 1/],
      [
        'a wrong count of a shared blob is put right',
        'UPDATE share SET refs = 5 WHERE blob = ?',
        /counted 5/,
      ],
    ] as const
  ).map(
    ([title, sql, detail]): Breakage => ({
      title,
      invariant: 'I20',
      setup: async (fs) => {
        await fs.writeFile('/f', bytes(1000));
        await fs.copyFile('/f', '/copy');
      },
      breakIt: async (broken) => {
        const [head] = await blobsOf(broken, '/f');
        broken.sql(sql, head);
      },
      of: '/f',
      detail,
      isRepairable: true,
      after: async (t, broken) => {
        await broken.fs.unlink('/f');
        await hasBytes(t, broken, '/copy', bytes(1000));
        t.deepEqual((await broken.volume.check({ content: true })).problems, []);
      },
    }),
  ),
  {
    title: 'a count of a blob with one reference is taken away',
    invariant: 'I20',
    setup: (fs) => fs.writeFile('/f', bytes(1000)),
    breakIt: async (broken) => {
      const [head] = await blobsOf(broken, '/f');
      broken.sql('INSERT INTO share (blob, refs) VALUES (?, 2)', head);
    },
    of: '/f',
    detail: /referenced 1 times and counted 2/,
    isRepairable: true,
  },
  {
    title: 'a count of a missing blob is taken away',
    invariant: 'I20',
    breakIt: ({ sql }) => sql('INSERT INTO share (blob, refs) VALUES (4242, 2)'),
    of: null,
    detail: /4242 is counted 2 times and referenced by nothing/,
    isRepairable: true,
  },
  {
    title: 'a blob that nothing references is deleted',
    invariant: 'I21',
    breakIt: ({ sql }) => sql("INSERT INTO blob (crc32c, data) VALUES (0, x'00')"),
    of: null,
    also: ['I22'],
    detail: /nothing references blob \d+ of 1 bytes/,
    isRepairable: true,
  },
  {
    title: 'a chunk with a wrong checksum is reported',
    invariant: 'I22',
    setup: (fs) => fs.writeFile('/f', bytes(2 * CHUNK)),
    breakIt: async (broken) => {
      const [, second] = await blobsOf(broken, '/f');
      broken.sql('UPDATE blob SET data = CAST(? AS BLOB) WHERE id = ?', bytes(CHUNK, 'x'), second);
    },
    of: '/f',
    detail: /wrong checksum/,
    isRepairable: false,
  },
  {
    title: 'inline content with a wrong checksum is reported',
    invariant: 'I22',
    setup: (fs) => fs.writeFile('/f', 'right'),
    breakIt: (broken) => update(broken, '/f', "inline = x'7772756e67'"),
    of: '/f',
    detail: /5 inline bytes have a wrong checksum/,
    isRepairable: false,
  },
];

for (const breakage of [...OWNERS, ...COUNTS, ...INLINE, ...BLOBS]) {
  test.serial(`${breakage.invariant}: ${breakage.title}`, (t) => proveBreakage(t, breakage));
}
