/**
 * A disk that is full to the last block: writes get ENOSPC, deletions still work, and what they free can be
 * used again. Each pattern fills it in another way.
 */
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openVolume } from '#src/index.js';
import {
  fillToTheEnd,
  freeBytes,
  type SmallDiskKind,
  withSmallDisk,
} from '../support/small-disk.js';
import { assertVolumeSound, type OpenOptions, type Volume } from '../support/subject.js';

const MIB = 1024 * 1024;

interface Pattern {
  readonly name: string;
  readonly kind: SmallDiskKind;
  readonly diskBytes: number;
  readonly options: OpenOptions;
  /** Sizes of the files, in turn. */
  readonly sizes: readonly number[];
  /** Writes that are under way at once. */
  readonly width: number;
}

const PATTERNS: readonly Pattern[] = [
  { name: 'inline files', kind: 'tmpfs', diskBytes: 6 * MIB, options: {}, sizes: [300], width: 50 },
  {
    name: 'files of a page',
    kind: 'tmpfs',
    diskBytes: 10 * MIB,
    options: {},
    sizes: [6000],
    width: 8,
  },
  {
    name: 'files of chunks',
    kind: 'tmpfs',
    diskBytes: 16 * MIB,
    options: {},
    sizes: [200_000],
    width: 1,
  },
  {
    name: 'a big file and small ones',
    kind: 'tmpfs',
    diskBytes: 24 * MIB,
    options: {},
    sizes: [7 * MIB, 100, 9000],
    width: 2,
  },
  {
    name: 'a small log, synced',
    kind: 'tmpfs',
    diskBytes: 12 * MIB,
    options: { durability: 'full', checkpointWalBytes: 128 * 1024 },
    sizes: [50_000, 400],
    width: 4,
  },
  {
    name: 'without syncs',
    kind: 'tmpfs',
    diskBytes: 12 * MIB,
    options: { durability: 'off' },
    sizes: [30_000],
    width: 6,
  },
  { name: 'ext4', kind: 'ext4', diskBytes: 20 * MIB, options: {}, sizes: [100_000, 700], width: 4 },
];

/** Writes until all that are under way at once have found the disk full; names of what was written. */
async function fill(volume: Volume, { sizes, width }: Pattern): Promise<string[]> {
  const names: string[] = [];
  for (let next = 0; ; next += width) {
    const results = await Promise.allSettled(
      Array.from({ length: width }, async (_, index) => {
        const size = sizes[(next + index) % sizes.length] as number;
        const name = `${next + index}-${size}`;
        await volume.fs.promises.writeFile(`/${name}`, Buffer.alloc(size, name));
        return name;
      }),
    );
    for (const result of results) if (result.status === 'fulfilled') names.push(result.value);
    const failed = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    for (const { reason } of failed) if (reason.code !== 'ENOSPC') throw reason;
    if (failed.length === width) return names;
  }
}

async function assertContents(t: ExecutionContext, volume: Volume, names: readonly string[]) {
  const found = (await volume.fs.promises.readdir('/')) as string[];
  t.deepEqual([...found].sort(), [...names].sort());
  for (const name of names) {
    const size = Number(name.split('-')[1]);
    const content = (await volume.fs.promises.readFile(`/${name}`)) as Buffer;
    t.true(content.equals(Buffer.alloc(size, name)), name);
  }
}

for (const pattern of PATTERNS) {
  test.serial(`deletions work on a full disk: ${pattern.name}`, async (t) => {
    t.timeout(300_000);
    await withSmallDisk(t, pattern.kind, pattern.diskBytes, async (folder) => {
      const file = join(folder, 'test.cabinet');
      const volume = await openVolume(file, pattern.options);
      const { promises } = volume.fs;
      const names = await fill(volume, pattern);
      t.true(names.length > 1);
      const ballast = fillToTheEnd(folder);
      t.is(freeBytes(folder), 0);
      await t.throwsAsync(promises.writeFile('/late', Buffer.alloc(3 * MIB)), { code: 'ENOSPC' });
      await assertContents(t, volume, names);
      // One by one, half of them; then all the others at once.
      const half = names.splice(0, Math.ceil(names.length / 2));
      for (const name of half) await promises.unlink(`/${name}`);
      await assertContents(t, volume, names);
      // What is free now lies in the volume's file; what is written goes through the log first.
      await promises.writeFile('/1-400', Buffer.alloc(400, '1-400'));
      await volume.compact();
      t.true(freeBytes(folder) > 0);
      const size = Math.floor(freeBytes(folder) / 8);
      const again = `0-${size}`;
      await promises.writeFile(`/${again}`, Buffer.alloc(size, again));
      names.push('1-400');
      await assertContents(t, volume, [...names, again]);
      await Promise.all([...names, again].map((name) => promises.rm(`/${name}`)));
      await assertContents(t, volume, []);
      await assertVolumeSound(volume);
      await volume.compact();
      await volume.checkpoint('truncate');
      t.true(freeBytes(folder) > (pattern.diskBytes - ballast) / 3, 'space comes back');
      t.is(volume.state, 'open');
      await volume.close();
      unlinkSync(join(folder, 'ballast'));
      await using reopened = await openVolume(file, pattern.options);
      await assertVolumeSound(reopened);
    });
  });
}
