/** What a program has written to a file that it keeps open is seen at once, whoever looks, whichever way. */
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { openVolume } from '#src/index.js';
import type { Volume } from '../../support/subject.js';
import { until } from '../../support/until.js';
import { type Mounted, mountTest as test, withMount } from '../mount/mounting.js';

const PIECE = Buffer.alloc(1000, 'x');
const PIECES = 5;

/** A look at the file `/f`: its size. */
type Look = (mounted: Mounted) => Promise<number> | number;

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<number> {
  let sum = 0;
  for await (const piece of stream) sum += piece.length;
  return sum;
}

const LOOKS: Readonly<Record<string, Look>> = {
  'a stream': ({ volume }) => bytesOf(volume.fs.createReadStream('/f')),
  'a handle': async ({ volume }) => {
    await using handle = await volume.fs.promises.open('/f', 'r');
    return (await handle.readFile()).length;
  },
  'a descriptor': ({ volume }) => {
    const fd = volume.fs.openSync('/f', 'r');
    const { size } = volume.fs.fstatSync(fd);
    volume.fs.closeSync(fd);
    return size;
  },
  'a copy': async ({ volume }) => {
    await volume.fs.promises.copyFile('/f', '/copy');
    return (await volume.fs.promises.readFile('/copy')).length;
  },
  'a copy in one call': ({ volume }) => {
    volume.fs.copyFileSync('/f', '/copy');
    return volume.fs.statSync('/copy').size;
  },
  'a hard link': async ({ volume }) => {
    await volume.fs.promises.rm('/link', { force: true });
    await volume.fs.promises.link('/f', '/link');
    return (await volume.fs.promises.stat('/link')).size;
  },
  'a query': async ({ volume }) => {
    const { rows } = await volume.query("SELECT size FROM files WHERE path = '/f'", [], {
      rowMode: 'array',
    });
    return Number(rows[0]?.[0]);
  },
  statistics: async ({ volume }) => {
    for (const other of ['/copy', '/link']) await volume.fs.promises.rm(other, { force: true });
    return (await volume.stats()).bytes;
  },
  'a transaction': async ({ volume }) => {
    let size = 0;
    await volume.transaction((tx) => {
      tx.writeFile('/other', '');
    });
    size = volume.fs.statSync('/f').size;
    return size;
  },
  'a backup': async ({ volume, folder }) => {
    const dest = join(folder, `copy-${volume.fs.statSync('/').mtimeMs}-${Math.random()}`);
    await volume.backup(dest);
    await using copy = await openVolume(dest, { readOnly: true });
    return copy.fs.statSync('/f').size;
  },
  'the mount': ({ dir }) => statSync(join(dir, 'f')).size,
};

async function writeThenLook(t: ExecutionContext, mounted: Mounted): Promise<void> {
  const fd = openSync(join(mounted.dir, 'f'), 'w');
  try {
    let size = 0;
    for (const [name, look] of Object.entries(LOOKS)) {
      for (let piece = 0; piece < PIECES; piece += 1) size += writeSync(fd, PIECE);
      t.is(await look(mounted), size, name);
    }
  } finally {
    closeSync(fd);
  }
}

for (const threads of [1, 2]) {
  test(`each way to look sees all, ${threads} serving`, (t) =>
    withMount(t, { threads }, (mounted) => writeThenLook(t, mounted)));
}

async function versionOf(volume: Volume): Promise<number> {
  return volume.version('/f');
}

test('a version that is asked for has what was written, and one from before does not hold', (t) =>
  withMount(t, {}, async ({ volume, dir }) => {
    const fd = openSync(join(dir, 'f'), 'w');
    const before = await versionOf(volume);
    writeSync(fd, 'pending');
    await t.throwsAsync(volume.fs.promises.writeFile('/f', 'lost', { ifVersion: before }), {
      code: 'ERR_VERSION_MISMATCH',
    });
    t.is(await volume.fs.promises.readFile('/f', 'utf8'), 'pending');
    writeSync(fd, ' more');
    const now = await versionOf(volume);
    await volume.fs.promises.appendFile('/f', ' and', { ifVersion: now });
    t.is(readFileSync(join(dir, 'f'), 'utf8'), 'pending more and');
    closeSync(fd);
  }));

test('another mount sees it a moment later, also what its kernel remembers', (t) =>
  withMount(t, { cacheMs: 60_000 }, async ({ volume, dir, folder }) => {
    const other = join(folder, 'other');
    await mkdir(other);
    const mount = await volume.mount(other, { cacheMs: 60_000 });
    try {
      const fd = openSync(join(dir, 'f'), 'w');
      let size = 0;
      for (let round = 0; round < 20; round += 1) {
        size += writeSync(fd, PIECE);
        await until('the size is known', () => statSync(join(other, 'f')).size === size);
        size += writeSync(fd, PIECE);
        await until('the bytes are there', () => readFileSync(join(other, 'f')).length === size);
      }
      t.is(statSync(join(other, 'f')).size, size);
      closeSync(fd);
    } finally {
      await mount.unmount();
    }
  }));
