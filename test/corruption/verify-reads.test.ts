/** Content whose checksum is wrong is EIO wherever it is read, and is never written anew as if it were right. */
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import { FsError, openVolume, type Volume, VolumeError } from '#src/index.js';
import { withFolder } from '../support/temporary-volume.js';

const CHUNK = 4096;
const OPTIONS = { chunkSizeBytes: CHUNK, pageSizeBytes: 4096, umask: 0o022 } as const;

const FILES = {
  '/inline': Buffer.alloc(100, 'inline '),
  '/one': Buffer.alloc(3000, 'one chunk '),
  '/many': Buffer.alloc(5 * CHUNK + 77, 'many chunks '),
} as const;

/** Changes one byte of every stored row, behind the back of its checksum. */
function spoil(file: string): void {
  const database = new Database(file);
  const flip = (data: Buffer): Buffer => {
    const changed = Buffer.from(data);
    changed[10] = (changed[10] as number) ^ 0x10;
    return changed;
  };
  database.function('flip', (data) => flip(data as Buffer));
  database.exec('UPDATE blob SET data = flip(data)');
  database.exec('UPDATE inode SET inline = flip(inline) WHERE inline IS NOT NULL');
  database.close();
}

async function withSpoilt(
  options: { readonly verifyReads: boolean; readonly readOnly?: boolean },
  fn: (volume: Volume) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const made = await openVolume(file, OPTIONS);
    for (const [path, data] of Object.entries(FILES)) await made.fs.promises.writeFile(path, data);
    await made.fs.promises.copyFile('/many', '/shared');
    await made.close();
    spoil(file);
    const volume = await openVolume(file, { ...OPTIONS, ...options });
    try {
      await fn(volume);
    } finally {
      await volume.close();
    }
  });
}

async function readStream(volume: Volume, path: string): Promise<void> {
  for await (const piece of volume.fs.createReadStream(path)) String(piece);
}

async function readPart(volume: Volume, path: string): Promise<void> {
  await using handle = await volume.fs.promises.open(path);
  await handle.read(Buffer.alloc(20), 0, 20, 50);
}

/** Every way to the bytes of a file. */
const READS: Readonly<Record<string, (volume: Volume, path: string) => unknown>> = {
  readFile: (volume, path) => volume.fs.promises.readFile(path),
  'readFile as text': (volume, path) => volume.fs.promises.readFile(path, 'utf8'),
  readFileSync: (volume, path) => volume.fs.readFileSync(path),
  'readFileSync as text': (volume, path) => volume.fs.readFileSync(path, 'utf8'),
  'a part through a descriptor': readPart,
  'a stream': readStream,
};

async function assertDamaged(
  t: ExecutionContext,
  read: () => unknown,
  what: string,
): Promise<void> {
  const error = await t.throwsAsync(async () => read(), { instanceOf: FsError, code: 'EIO' }, what);
  const cause = error?.cause;
  t.true(cause instanceof VolumeError && cause.code === 'ERR_VOLUME_CORRUPT', what);
  t.regex((cause as VolumeError).message, /checksum/);
}

test('with verifyReads, damaged content is EIO in whatever way it is read', async (t) => {
  await withSpoilt({ verifyReads: true, readOnly: true }, async (volume) => {
    for (const path of [...Object.keys(FILES), '/shared']) {
      for (const [name, read] of Object.entries(READS)) {
        await assertDamaged(t, () => read(volume, path), `${name} of ${path}`);
      }
    }
    const answers = (Object.keys(FILES).length + 1) * Object.keys(READS).length;
    const metrics = await volume.metrics.metrics();
    t.regex(metrics, new RegExp(`cabinetfs_damaged_reads_total ${answers}\\n`));
    const { integrity } = volume.health().checks;
    t.is(integrity?.status, 'unhealthy');
    t.regex(integrity?.message ?? '', /reads met damage/);
  });
});

test('without it, checksums are compared by a check, which names the files', async (t) => {
  await withSpoilt({ verifyReads: false }, async (volume) => {
    await t.notThrowsAsync(volume.fs.promises.readFile('/one'));
    const { problems } = await volume.check({ content: true });
    const named = new Set(problems.map(({ path }) => path));
    for (const path of ['/inline', '/one']) t.true(named.has(path), path);
    t.true(named.has('/many') || named.has('/shared'));
    t.deepEqual([...new Set(problems.map(({ invariant }) => invariant))], ['I22']);
  });
});

/** Changes that keep part of a chunk: a new checksum over it would hide the damage. */
const CHANGES: Readonly<Record<string, (volume: Volume, path: string) => Promise<unknown>>> = {
  'writing a part': async (volume, path) => {
    await using handle = await volume.fs.promises.open(path, 'r+');
    await handle.write(Buffer.from('new'), 0, 3, 40);
  },
  appending: (volume, path) => volume.fs.promises.appendFile(path, 'more'),
  'cutting in the middle': (volume, path) => volume.fs.promises.truncate(path, 50),
};

test('a change that would keep damaged bytes is refused with EIO and changes nothing', async (t) => {
  await withSpoilt({ verifyReads: false }, async (volume) => {
    for (const path of ['/inline', '/one']) {
      for (const [name, change] of Object.entries(CHANGES)) {
        const before = await volume.fs.promises.stat(path);
        await t.throwsAsync(change(volume, path), { code: 'EIO' }, `${name} of ${path}`);
        t.deepEqual(await volume.fs.promises.stat(path), before);
      }
    }
    const { problems } = await volume.check({ content: true });
    t.true(problems.some(({ path }) => path === '/one'));
  });
});

test('writing all of a damaged file heals it', async (t) => {
  await withSpoilt({ verifyReads: true }, async (volume) => {
    const { promises } = volume.fs;
    await promises.rm('/shared');
    for (const [path, data] of Object.entries(FILES)) {
      if (path === '/one') {
        await using handle = await promises.open(path, 'r+');
        await handle.write(data, 0, data.length, 0);
      } else await promises.writeFile(path, data);
      t.deepEqual(await promises.readFile(path), data);
    }
    t.deepEqual((await volume.check({ content: true })).problems, []);
    t.is(volume.health().checks.integrity?.status, 'ok');
  });
});

test('parts that are read one after the other see what is written in between', async (t) => {
  await withFolder(async (folder) => {
    const volume = await openVolume(join(folder, 'test.cabinet'), {
      ...OPTIONS,
      verifyReads: true,
    });
    const { fs } = volume;
    fs.writeFileSync('/file', Buffer.alloc(3 * CHUNK, 'a'));
    const reader = fs.openSync('/file', 'r');
    const writer = fs.openSync('/file', 'r+');
    const part = Buffer.alloc(10);
    for (const mark of ['b', 'c', 'd']) {
      fs.readSync(reader, part, 0, 10, CHUNK + 100);
      fs.writeSync(writer, Buffer.alloc(5, mark), 0, 5, CHUNK + 100);
      fs.readSync(reader, part, 0, 10, CHUNK + 100);
      t.is(part.toString(), `${mark.repeat(5)}aaaaa`);
    }
    fs.closeSync(reader);
    fs.closeSync(writer);
    await volume.close();
  });
});
