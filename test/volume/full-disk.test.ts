/**
 * A full disk: a small filesystem in memory that only root may mount; elsewhere these tests end
 * with a printed reason.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openVolume } from '#src/index.js';
import { assertVolumeSound, type Volume } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';

const SIZE = '12m';
const PIECE_BYTES = 100_000;

/** Runs `fn` with a folder on a filesystem of 12 MiB. */
async function withSmallDisk(
  t: ExecutionContext,
  fn: (folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder]);
    if (mount.status !== 0) {
      t.log(`not run: mounting failed (${String(mount.stderr ?? mount.error).trim()})`);
      t.pass();
      return;
    }
    try {
      await fn(folder);
    } finally {
      execFileSync('umount', ['-l', folder]);
    }
  });
}

async function fill(volume: Volume): Promise<{ names: string[]; error: { code?: string } }> {
  const names: string[] = [];
  for (let index = 0; ; index += 1) {
    try {
      await volume.fs.promises.writeFile(`/${index}`, Buffer.alloc(PIECE_BYTES, String(index)));
      names.push(String(index));
    } catch (error) {
      return { names, error: error as { code?: string } };
    }
  }
}

async function assertContents(t: ExecutionContext, volume: Volume, names: string[]): Promise<void> {
  const found = (await volume.fs.promises.readdir('/')) as string[];
  t.deepEqual([...found].sort(), [...names].sort());
  for (const name of names) {
    const content = (await volume.fs.promises.readFile(`/${name}`)) as Buffer;
    t.true(content.equals(Buffer.alloc(PIECE_BYTES, name)), name);
  }
}

test('writes to a full disk get ENOSPC, reads go on, nothing is half done', async (t) => {
  await withSmallDisk(t, async (folder) => {
    const volume = await openVolume(join(folder, 'test.cabinet'));
    const { names, error } = await fill(volume);
    t.is(error.code, 'ENOSPC');
    t.true(names.length > 10);
    const together = volume.transaction((tx) => {
      tx.mkdir('/dir');
      tx.writeFile('/dir/a', Buffer.alloc(PIECE_BYTES));
      tx.writeFile('/dir/b', Buffer.alloc(5_000_000));
    });
    await t.throwsAsync(together, { code: 'ENOSPC' });
    t.is(volume.state, 'open');
    await assertContents(t, volume, names);
    await assertVolumeSound(volume);
    await volume.close();
  });
});

test('with room on the disk again the volume works on', async (t) => {
  await withSmallDisk(t, async (folder) => {
    const ballast = join(folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(6_000_000));
    await using volume = await openVolume(join(folder, 'test.cabinet'));
    const { names, error } = await fill(volume);
    t.is(error.code, 'ENOSPC');
    await t.throwsAsync(volume.fs.promises.writeFile('/late', Buffer.alloc(PIECE_BYTES)), {
      code: 'ENOSPC',
    });
    unlinkSync(ballast);
    await volume.fs.promises.writeFile('/again', Buffer.alloc(PIECE_BYTES, 'again'));
    await volume.fs.promises.unlink(`/${names.pop()}`);
    await volume.checkpoint('truncate');
    await assertContents(t, volume, [...names, 'again']);
    await assertVolumeSound(volume);
  });
});

test('what was written to a full disk is there after opening again', async (t) => {
  await withSmallDisk(t, async (folder) => {
    const ballast = join(folder, 'ballast');
    const file = join(folder, 'test.cabinet');
    writeFileSync(ballast, Buffer.alloc(3_000_000));
    const volume = await openVolume(file);
    const { names } = await fill(volume);
    await t.notThrowsAsync(volume.close());
    await using reading = await openVolume(file, { readOnly: true });
    await assertContents(t, reading, names);
    unlinkSync(ballast);
    await using again = await openVolume(file);
    await assertContents(t, again, names);
    await assertVolumeSound(again);
  });
});
