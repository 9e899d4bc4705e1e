/** What the views `files`, `directories` and `usage` say, against the filesystem's own answers. */
import { Buffer } from 'node:buffer';
import type { Stats } from 'node:fs';
import { posix } from 'node:path';
import test from 'ava';
import type { Volume } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';

/** A tree with everything that a column tells apart. */
async function plant(volume: Volume): Promise<void> {
  const { promises } = volume.fs;
  await promises.mkdir('/docs/old/deep', { recursive: true });
  await promises.mkdir('/empty');
  await promises.writeFile('/docs/a.TXT', 'hello');
  await promises.writeFile('/docs/old/b.txt', 'hello');
  await promises.writeFile('/docs/old/deep/c.tar.gz', Buffer.alloc(200_000, 7));
  await promises.writeFile('/docs/old/d.gz', Buffer.alloc(200_000, 7));
  await promises.link('/docs/old/b.txt', '/hard.md');
  await promises.symlink('docs/a.TXT', '/soft');
  await promises.writeFile('/.hidden', '');
  await promises.writeFile('/ends.', '');
  await volume.mknod('/pipe', 0o010644);
  await promises.chmod('/docs/a.TXT', 0o4755);
  await promises.utimes('/docs/a.TXT', 1_000_000_000.5, 1_700_000_000.25);
}

/** Every path below the root. */
async function allPaths(volume: Volume): Promise<string[]> {
  const names = (await volume.fs.promises.readdir('/', { recursive: true })) as string[];
  return names.map((name) => posix.join('/', name)).sort();
}

async function statsOf(volume: Volume, path: string): Promise<Stats> {
  return (await volume.fs.promises.lstat(path)) as Stats;
}

test('files has a row for each name of what is no directory', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await plant(volume);
    const expected: string[] = [];
    for (const path of await allPaths(volume)) {
      if (!(await statsOf(volume, path)).isDirectory()) expected.push(path);
    }
    const { rows, columns } = await volume.query('SELECT path FROM files ORDER BY path');
    t.deepEqual(columns, ['path']);
    t.deepEqual(
      rows,
      expected.map((path) => ({ path })),
    );
  });
});

test('files gives what lstat gives', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await plant(volume);
    const { promises } = volume.fs;
    const { rows } = await volume.query('SELECT * FROM files');
    t.true(rows.length > 5);
    for (const row of rows) {
      const path = row.path as string;
      const stats = await statsOf(volume, path);
      const given = [row.ino, row.mode, row.nlink, row.uid, row.gid, row.size];
      const { ino, mode, nlink, uid, gid, size } = stats;
      t.deepEqual(given, [ino, mode, nlink, uid, gid, size], path);
      t.is(row.name, posix.basename(path));
      t.is(row.directory, posix.dirname(path));
      t.is(row.permissions, (mode & 0o7777).toString(8).padStart(4, '0'), path);
      t.is(row.version, await volume.version(path, { follow: false } as never), path);
      // The dates of bigint stats are cut to the millisecond as the view cuts; those of others are rounded.
      const exact = await promises.lstat(path, { bigint: true });
      for (const name of ['mtime', 'ctime', 'atime', 'birthtime'] as const) {
        const column = name === 'birthtime' ? 'btime' : name;
        t.is(row[column], exact[name].toISOString(), `${path} ${column}`);
        t.is(BigInt(row[`${column}_ns`] as bigint), exact[`${name}Ns`], `${path} ${column}_ns`);
      }
    }
  });
});

test('types, extensions and targets', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await plant(volume);
    const sql = 'SELECT name, type, extension, target FROM files ORDER BY name';
    const { rows } = await volume.query(sql, undefined, { rowMode: 'array' });
    t.deepEqual(rows as unknown[], [
      ['.hidden', 'file', null, null],
      ['a.TXT', 'file', 'txt', null],
      ['b.txt', 'file', 'txt', null],
      ['c.tar.gz', 'file', 'gz', null],
      ['d.gz', 'file', 'gz', null],
      ['ends.', 'file', null, null],
      ['hard.md', 'file', 'md', null],
      ['pipe', 'fifo', null, null],
      ['soft', 'symlink', null, 'docs/a.TXT'],
    ]);
  });
});

test('stored bytes leave out holes', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { promises } = volume.fs;
    await promises.writeFile('/small', 'abc');
    await promises.writeFile('/hole', '');
    await promises.truncate('/hole', 1_000_000);
    const handle = await promises.open('/sparse', 'w');
    await handle.write(Buffer.alloc(65_536, 1), 0, 65_536, 10 * 65_536);
    await handle.close();
    await promises.writeFile('/full', Buffer.alloc(200_000, 1));
    const sql = 'SELECT name, size, stored_bytes FROM files ORDER BY name';
    const { rows } = await volume.query(sql, [], { rowMode: 'array' });
    t.deepEqual(rows as unknown[], [
      ['full', 200_000, 200_000],
      ['hole', 1_000_000, 0],
      ['small', 3, 3],
      ['sparse', 11 * 65_536, 65_536],
    ]);
  });
});

test('the checksum of equal contents is equal, of others it differs', async (t) => {
  await withVolume(t, { chunkSizeBytes: 4096 }, async ({ volume }) => {
    const { promises } = volume.fs;
    const swapped = Buffer.alloc(12_288, 1);
    swapped.fill(2, 4096, 8192);
    const other = Buffer.alloc(12_288, 1);
    other.fill(2, 8192);
    await promises.writeFile('/one', swapped);
    await promises.writeFile('/two', swapped);
    await promises.writeFile('/three', other);
    await promises.writeFile('/tiny-one', 'x');
    await promises.writeFile('/tiny-two', 'x');
    await promises.writeFile('/tiny-three', 'y');
    await promises.writeFile('/empty', '');
    const sql = `SELECT group_concat(name) AS names FROM (SELECT * FROM files ORDER BY name)
      WHERE checksum IS NOT NULL GROUP BY size, checksum HAVING count(*) > 1 ORDER BY names`;
    const { rows } = await volume.query(sql);
    t.deepEqual(rows, [{ names: 'one,two' }, { names: 'tiny-one,tiny-two' }]);
    const empty = await volume.query("SELECT checksum FROM files WHERE name = 'empty'");
    t.deepEqual(empty.rows, [{ checksum: null }]);
  });
});

test('directories has the root and all below it, with totals', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await plant(volume);
    const sql = `SELECT path, name, parent, depth, entries, files, directories, bytes,
      tree_files, tree_directories, tree_bytes FROM directories ORDER BY path`;
    const { rows } = await volume.query(sql, [], { rowMode: 'array' });
    const ino = async (path: string): Promise<number> => (await statsOf(volume, path)).ino;
    t.deepEqual(rows as unknown[], [
      ['/', '', 1, 0, 7, 5, 2, 5, 9, 4, 400_015],
      ['/docs', 'docs', 1, 1, 2, 1, 1, 5, 4, 2, 400_010],
      ['/docs/old', 'old', await ino('/docs'), 2, 3, 2, 1, 200_005, 3, 1, 400_005],
      ['/docs/old/deep', 'deep', await ino('/docs/old'), 3, 1, 1, 0, 200_000, 1, 0, 200_000],
      ['/empty', 'empty', 1, 1, 0, 0, 0, 0, 0, 0, 0],
    ]);
  });
});

test('usage adds up to what is there, each file once', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await plant(volume);
    await volume.fs.promises.lchown('/docs/old/d.gz', 42, 43);
    const sql = 'SELECT type, extension, uid = 42, count, bytes FROM usage ORDER BY 1, 2, 3';
    const { rows } = await volume.query(sql, [], { rowMode: 'array' });
    t.deepEqual(rows as unknown[], [
      ['directory', null, 0, 5, 0],
      ['fifo', null, 0, 1, 0],
      ['file', null, 0, 2, 0],
      ['file', 'gz', 0, 1, 200_000],
      ['file', 'gz', 1, 1, 200_000],
      ['file', 'txt', 0, 2, 10],
      ['symlink', null, 0, 1, 10],
    ]);
    const stats = await volume.stats();
    const totals = await volume.query(
      "SELECT sum(count) AS files, sum(bytes) AS bytes FROM usage WHERE type = 'file'",
    );
    t.deepEqual(totals.rows, [{ files: stats.files, bytes: stats.bytes }]);
  });
});

test('a file without a name is in no view', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const handle = await volume.fs.promises.open('/gone', 'w');
    await handle.writeFile('still open');
    await volume.fs.promises.unlink('/gone');
    const { rows } = await volume.query(
      'SELECT (SELECT count(*) FROM files) AS files, (SELECT sum(count) FROM usage) AS used',
    );
    t.deepEqual(rows, [{ files: 0, used: 1 }]);
    await handle.close();
  });
});

test('counting files does not work out their paths', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { rows } = await volume.query('EXPLAIN QUERY PLAN SELECT count(*) FROM files');
    const plan = rows.map(({ detail }) => String(detail));
    t.deepEqual(plan, ['SCAN d', 'SEARCH i USING INTEGER PRIMARY KEY (rowid=?)']);
  });
});

test('times before 1970 and with fractions are those of Date', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const times = [
      '1969-12-31T23:59:59.999Z',
      '1903-03-04T05:06:07.089Z',
      '2038-01-19T03:14:08.999Z',
    ];
    for (const [index, time] of times.entries()) {
      await volume.fs.promises.writeFile(`/${index}`, '');
      await volume.fs.promises.utimes(`/${index}`, new Date(time), new Date(time));
    }
    const { rows } = await volume.query('SELECT mtime FROM files ORDER BY name');
    t.deepEqual(
      rows.map(({ mtime }) => mtime),
      times,
    );
  });
});
