/** Backups and restores to a full disk: a small filesystem in memory, or a limit on the size of files. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openVolume, restoreVolume, VolumeError, verifyVolume } from '#src/index.js';
import { CABINET } from '../cli/cabinet.js';
import { runProgram } from '../support/run-program.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';
import { beside, digestOf, fillVolume } from './place.js';

const SIZE_BYTES = 12 * 1024 * 1024;

async function withSmallDisk(
  t: ExecutionContext,
  fn: (folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_BYTES}`, 'tmpfs', folder]);
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

test('without room nothing is begun, and the numbers are told', async (t) => {
  await withSmallDisk(t, async (disk) => {
    await withVolume(t, {}, async ({ volume, folder }) => {
      await volume.fs.promises.writeFile('/big', Buffer.alloc(14_000_000, 'x'));
      const dest = join(disk, 'copy');
      const error = await t.throwsAsync(volume.backup(dest), { instanceOf: VolumeError });
      t.is(error.code, 'ERR_NO_SPACE');
      t.regex(error.message, /has \d+ bytes free; \d+ are needed/);
      t.deepEqual(readdirSync(disk), []);
      await volume.backup(join(folder, 'copy'));
      const restore = restoreVolume(join(folder, 'copy'), dest);
      await t.throwsAsync(restore, { code: 'ERR_NO_SPACE' });
      t.deepEqual(readdirSync(disk), []);
      t.like(volume.records('backup')[1], { ok: false, detail: { error: 'ERR_NO_SPACE' } });
    });
  });
});

test('a disk that fills up midway ends the backup; the one before stays', async (t) => {
  await withSmallDisk(t, async (disk) => {
    await withVolume(t, {}, async ({ volume }) => {
      await volume.fs.promises.writeFile('/big', Buffer.alloc(3_000_000, 'x'));
      const dest = join(disk, 'copy');
      await volume.backup(dest);
      const before = digestOf(dest);
      let isFull = false;
      const backup = volume.backup(dest, {
        overwrite: true,
        pagesPerStep: 4,
        bytesPerSecondMax: 8_000_000,
        onProgress: ({ pagesDone }) => {
          if (pagesDone === 0 || isFull) return;
          isFull = true;
          fillUp(disk);
        },
      });
      await t.throwsAsync(backup, { code: 'ERR_NO_SPACE' });
      t.true(isFull);
      t.is(digestOf(dest), before);
      t.deepEqual(beside(dest), ['copy', 'copy.json']);
      t.true((await verifyVolume(dest)).ok);
    });
  });
});

/** Takes all the room that is left. */
function fillUp(disk: string): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(bavail * bsize));
}

test('a limit on the size of files ends the command with a clear error', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'v');
    const volume = await openVolume(file);
    await fillVolume(volume);
    await volume.fs.promises.writeFile('/big', Buffer.alloc(6_000_000, 'x'));
    await volume.close();
    const shelf = join(folder, 'shelf');
    mkdirSync(shelf);
    // In blocks of 1024 bytes for bash.
    const command = `ulimit -f 4000; exec "${process.execPath}" "${CABINET}" backup "${file}" "${join(shelf, 'copy')}"`;
    const { status, stderr } = await runProgram('bash', ['-c', command]);
    t.not(status, 0);
    t.regex(stderr, /cabinet: /);
    t.notRegex(stderr, /\n\s+at /);
    t.deepEqual(readdirSync(shelf), []);
    t.true((await verifyVolume(file)).ok);
  });
});
