/** Archives that lie, lead out, or end too early: clear answers, and nothing outside the target. */
import type { Stats } from 'node:fs';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { pack } from 'tar-stream';
import { importTar, type TransferResult, type Volume } from '#src/index.js';
import { payload } from '../support/host-tree.js';
import { withVolume } from '../support/temporary-volume.js';

type Pack = ReturnType<typeof pack>;

/** An archive by another hand. */
async function archive(fill: (tar: Pack) => void): Promise<Buffer> {
  const tar = pack();
  fill(tar);
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** In pieces of odd sizes, as a network would deliver them. */
function streamOf(bytes: Buffer, pieceBytes = 1000): Readable {
  const pieces: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    pieces.push(bytes.subarray(offset, offset + pieceBytes));
  }
  return Readable.from(pieces);
}

/** Paths of everything below; links are not followed. */
async function names(volume: Volume, path = '/'): Promise<string[]> {
  const found: string[] = [];
  const fs = volume.fs.promises;
  for (const name of (await fs.readdir(path)) as string[]) {
    found.push(name);
    const below = `${path}/${name}`;
    if (!((await fs.lstat(below)) as Stats).isDirectory()) continue;
    found.push(...(await names(volume, below)).map((each) => `${name}/${each}`));
  }
  return found;
}

function reasons({ skipped }: TransferResult): string[] {
  return skipped.map(({ path, reason }) => `${path}: ${reason}`);
}

test('names that lead out of the target are left out', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const bytes = await archive((tar) => {
      tar.entry({ name: '../escaped' }, 'x');
      tar.entry({ name: 'a/../../escaped' }, 'x');
      tar.entry({ name: '/absolute' }, 'x');
      tar.entry({ name: './good/./file' }, 'good');
      tar.entry({ name: 'trailing/..' }, 'x');
    });
    const result = await importTar(volume, streamOf(bytes), { to: '/target' });
    t.deepEqual(reasons(result), [
      '../escaped: outside',
      'a/../../escaped: outside',
      '/absolute: outside',
      'trailing/..: outside',
    ]);
    t.deepEqual(await names(volume), ['target', 'target/good', 'target/good/file']);
  });
});

test('a link that came with the archive is not followed', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await volume.fs.promises.mkdir('/outside');
    const bytes = await archive((tar) => {
      tar.entry({ name: 'door', type: 'symlink', linkname: '/outside' });
      tar.entry({ name: 'door/file' }, 'x');
      tar.entry({ name: 'up', type: 'symlink', linkname: '..' });
      tar.entry({ name: 'up/file' }, 'x');
    });
    const result = await importTar(volume, streamOf(bytes), { to: '/target' });
    t.deepEqual(await names(volume, '/outside'), []);
    t.deepEqual(await names(volume), ['outside', 'target', 'target/door', 'target/up']);
    t.is(result.symlinks, 2);
    t.is(result.files, 0);
    t.true(result.skippedCount >= 2);
  });
});

test('a link that was in the volume before is not followed', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/outside');
    await fs.mkdir('/target');
    await fs.symlink('/outside', '/target/door');
    await fs.writeFile('/outside/precious', 'old');
    await fs.symlink('/outside/precious', '/target/file');
    const bytes = await archive((tar) => {
      tar.entry({ name: 'door/file' }, 'x');
      tar.entry({ name: 'file' }, 'new');
    });
    await importTar(volume, streamOf(bytes), { to: '/target', overwrite: true });
    t.deepEqual(await names(volume, '/outside'), ['precious']);
    t.is(String(await fs.readFile('/outside/precious')), 'old');
    t.is(String(await fs.readFile('/target/file')), 'new');
  });
});

test('hard links may only lead to files of the target', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await volume.fs.promises.writeFile('/secret', 'secret');
    const bytes = await archive((tar) => {
      tar.entry({ name: 'a' }, 'a');
      tar.entry({ name: 'same', type: 'link', linkname: 'a' });
      tar.entry({ name: 'out', type: 'link', linkname: '../secret' });
      tar.entry({ name: 'absolute', type: 'link', linkname: '/secret' });
      tar.entry({ name: 'nothing', type: 'link', linkname: 'missing' });
      tar.entry({ name: 'dir', type: 'directory' });
      tar.entry({ name: 'to-dir', type: 'link', linkname: 'dir' });
    });
    const result = await importTar(volume, streamOf(bytes), { to: '/target' });
    t.is(result.hardLinks, 1);
    t.deepEqual(reasons(result).sort(), [
      '/target/nothing: missing',
      '/target/to-dir: missing',
      'absolute: outside',
      'out: outside',
    ]);
    const { nlink } = (await volume.fs.promises.stat('/target/a')) as { nlink: number };
    t.is(nlink, 2);
  });
});

test('of entries with one name the first stays, unless replacing was asked for', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const bytes = await archive((tar) => {
      tar.entry({ name: 'twice' }, 'first');
      tar.entry({ name: 'twice' }, 'second, longer');
      tar.entry({ name: 'dir/file' }, 'x');
      tar.entry({ name: 'dir' }, 'a file in place of a directory');
    });
    const kept = await importTar(volume, streamOf(bytes), { to: '/kept' });
    t.deepEqual(reasons(kept).sort(), ['/kept/dir: exists', '/kept/twice: exists']);
    t.is(String(await volume.fs.promises.readFile('/kept/twice')), 'first');
    const replaced = await importTar(volume, streamOf(bytes), { to: '/new', overwrite: true });
    t.deepEqual(reasons(replaced), ['/new/dir: exists']);
    t.is(String(await volume.fs.promises.readFile('/new/twice')), 'second, longer');
    t.is(kept.files, 2);
  });
});

test('names and targets that no volume can hold are left out by their bytes', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const bytes = await archive((tar) => {
      tar.entry({ name: `${'x'.repeat(256)}` }, 'x');
      tar.entry({ name: `${'d/'.repeat(2100)}file` }, 'x');
      tar.entry({ name: 'plain' }, 'x');
    });
    bytes.write('bad\xff\x00', bytes.lastIndexOf('plain'), 'latin1');
    fixChecksum(bytes, bytes.lastIndexOf('bad\xff', undefined, 'latin1'));
    const result = await importTar(volume, streamOf(bytes));
    t.deepEqual(
      result.skipped.map(({ reason }) => reason),
      ['name', 'name', 'not-utf8'],
    );
    t.is(result.skipped.at(-1)?.path, 'bad\\xff');
    t.deepEqual(await names(volume), []);
  });
});

function fixChecksum(bytes: Buffer, at: number): void {
  bytes.fill(' ', at + 148, at + 156);
  let sum = 0;
  for (const byte of bytes.subarray(at, at + 512)) sum += byte;
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
}

test('an archive that is cut off anywhere is an error, and what came whole is kept', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const whole = await archive((tar) => {
      tar.entry({ name: 'first' }, 'first');
      tar.entry({ name: 'second' }, payload(3000));
      tar.entry({ name: 'big' }, payload(2_500_000));
      tar.entry({ name: 'last' }, 'last');
    });
    // In a header, in the padding, in content, in the end mark.
    const cuts = [100, 512, 700, 1024, 1100, 2000, 10_000, 2_400_000, whole.length - 1024];
    for (const [index, cut] of cuts.entries()) {
      const to = `/cut-${index}`;
      const error = await t.throwsAsync(
        importTar(volume, streamOf(whole.subarray(0, cut), 70_000), { to }),
        { code: 'ERR_ARCHIVE_INVALID' },
        `cut at ${cut}`,
      );
      const { transfer } = error as Error & { transfer: TransferResult };
      const there = cut < 512 ? [] : await names(volume, to);
      t.is(transfer.files, there.length, `cut at ${cut}: ${there}`);
      t.false(there.includes('big') && cut < 2_400_001, 'no half file');
    }
    const whole2 = await importTar(volume, streamOf(whole.subarray(0, whole.length - 512)));
    t.is(whole2.files, 4);
  });
});

test('a damaged header, and a stream that is no archive', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const bytes = await archive((tar) => {
      tar.entry({ name: 'first' }, 'first');
      tar.entry({ name: 'second' }, 'second');
    });
    bytes[1024 + 3] = 0x21;
    const damaged = await t.throwsAsync(importTar(volume, streamOf(bytes)), {
      code: 'ERR_ARCHIVE_INVALID',
    });
    t.regex(String(damaged?.message), /byte 1024/);
    t.deepEqual(await names(volume), ['first']);
    for (const nonsense of [payload(5000), Buffer.from('short'), Buffer.alloc(0)]) {
      const to = '/nonsense';
      await t.throwsAsync(importTar(volume, streamOf(nonsense), { to }), {
        code: 'ERR_ARCHIVE_INVALID',
      });
    }
    t.deepEqual(await names(volume), ['first'], 'the target was not even made');
  });
});

test('compressed archives: gzip is read, others are named', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const bytes = await archive((tar) => {
      tar.entry({ name: 'file' }, payload(100_000));
    });
    const zipped = gzipSync(bytes);
    t.is((await importTar(volume, streamOf(zipped), { to: '/whole' })).files, 1);
    const cut = zipped.subarray(0, zipped.length - 20);
    const error = await t.throwsAsync(importTar(volume, streamOf(cut), { to: '/cut' }), {
      code: 'ERR_ARCHIVE_INVALID',
    });
    t.regex(String(error?.message), /cut off/);
    const damaged = Buffer.from(zipped);
    damaged.fill(0xaa, 500, 600);
    await t.throwsAsync(importTar(volume, streamOf(damaged), { to: '/damaged' }), {
      code: 'ERR_ARCHIVE_INVALID',
    });
    const xz = Buffer.from('fd377a585a000004', 'hex');
    const foreign = await t.throwsAsync(importTar(volume, streamOf(xz)), {
      code: 'ERR_ARCHIVE_INVALID',
    });
    t.regex(String(foreign?.message), /xz/);
  });
});

test('headers that ask for absurd things are refused', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const huge = await archive((tar) => {
      tar.entry({ name: 'x' }, 'x');
    });
    // A pax header of eight gigabytes.
    huge.write('x', 156, 'latin1');
    huge.write('77777777777\0', 124, 'latin1');
    fixChecksum(huge, 0);
    await t.throwsAsync(importTar(volume, streamOf(huge)), { code: 'ERR_ARCHIVE_INVALID' });
    for (const map of ['0,10,5,10', '0,99999999999999', '5', 'a,b', `0,${2 ** 60}`]) {
      const sparse = await archive((tar) => {
        const pax = { 'GNU.sparse.map': map, 'GNU.sparse.size': '20', 'GNU.sparse.name': 's' };
        tar.entry({ name: 's', pax } as never, 'x'.repeat(20));
      });
      await t.throwsAsync(
        importTar(volume, streamOf(sparse)),
        { code: 'ERR_ARCHIVE_INVALID' },
        map,
      );
    }
    t.deepEqual(await names(volume), []);
  });
});

test('times and owners out of every range are cut to what a volume holds', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const bytes = await archive((tar) => {
      const pax = { mtime: '99999999999999.5', atime: '-99999999999999', uid: '4294967295' };
      tar.entry({ name: 'late', pax } as never, 'x');
    });
    await importTar(volume, streamOf(bytes), { owners: true });
    const stats = (await volume.fs.promises.stat('/late')) as { mtime: Date; uid: number };
    t.is(stats.mtime.getUTCFullYear(), 2262);
    t.is(stats.uid, 0);
  });
});

test('devices with numbers that are none are left out, and the rest comes in', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const bytes = await archive((tar) => {
      tar.entry({ name: 'good', type: 'character-device', devmajor: 1, devminor: 3 });
      tar.entry({ name: 'bad', type: 'block-device', devmajor: 1, devminor: 3 });
      tar.entry({ name: 'file' }, 'x');
    });
    bytes.write('8', 512 + 337, 'latin1');
    fixChecksum(bytes, 512);
    const result = await importTar(volume, streamOf(bytes));
    t.deepEqual(reasons(result), ['bad: unsupported']);
    t.deepEqual(await names(volume), ['file', 'good']);
  });
});
