/** Compaction and migration without room: a small filesystem in memory that only root may mount. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import {
  compactVolume,
  migrateVolume,
  openVolume,
  planMigration,
  VolumeError,
} from '#src/index.js';
import { assertVolumeSound } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';

const SIZE_BYTES = 8 * 1024 * 1024;
const FROZEN = fileURLToPath(
  new URL('../../../test/upgrade/frozen/schema-v1.cabinet', import.meta.url),
);

/** Runs `fn` with a folder on a filesystem of 8 MiB. */
async function withSmallDisk(
  t: ExecutionContext,
  fn: (folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const size = `size=${SIZE_BYTES}`;
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', folder]);
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

/** Leaves this many bytes. */
function fillDisk(folder: string, leaveBytes: number): string {
  const ballast = join(folder, 'ballast');
  const free = spawnSync('stat', ['-f', '-c', '%a %S', folder]);
  const [blocks = 0, blockBytes = 0] = String(free.stdout).split(' ').map(Number);
  writeFileSync(ballast, Buffer.alloc(Math.max(0, blocks * blockBytes - leaveBytes)));
  return ballast;
}

test('a compaction as a whole without room says how much it needs, and changes nothing', async (t) => {
  await withSmallDisk(t, async (folder) => {
    const file = join(folder, 'test.cabinet');
    const volume = await openVolume(file, { compaction: { auto: false } });
    await volume.fs.promises.writeFile('/kept', Buffer.alloc(2_000_000, 1));
    await volume.close();
    const ballast = fillDisk(folder, 1_000_000);
    const { ino } = statSync(file);
    const error = await t.throwsAsync(compactVolume(file, { full: true }), {
      instanceOf: VolumeError,
    });
    t.is(error.code, 'ERR_NO_SPACE');
    t.regex(error.message, /needs \d{7} bytes beside .*; \d+ are free/);
    t.regex(error.hint ?? '', /Free \d+ bytes, or give free pages back in place/);
    t.is(statSync(file).ino, ino);
    t.deepEqual(readdirSync(folder).sort(), ['ballast', 'test.cabinet']);
    unlinkSync(ballast);
    await compactVolume(file, { full: true });
    await using again = await openVolume(file);
    await assertVolumeSound(again);
  });
});

test('a disk that becomes full during a compaction in place loses nothing', async (t) => {
  await withSmallDisk(t, async (folder) => {
    const file = join(folder, 'test.cabinet');
    const volume = await openVolume(file, { compaction: { auto: false } });
    const fs = volume.fs.promises;
    for (let index = 0; index < 20; index += 1) {
      await fs.writeFile(`/${index}`, Buffer.alloc(100_000, index));
    }
    for (let index = 0; index < 20; index += 2) await fs.unlink(`/${index}`);
    await volume.checkpoint('truncate');
    const ballast = fillDisk(folder, 100_000);
    await volume.compact().catch((error: { code?: string }) => t.is(error.code, 'ERR_IO'));
    t.is(volume.state, 'open');
    unlinkSync(ballast);
    await volume.compact();
    t.is(volume.counters().freePages, 0);
    for (let index = 1; index < 20; index += 2) {
      const bytes = (await fs.readFile(`/${index}`)) as Buffer;
      t.true(bytes.equals(Buffer.alloc(100_000, index)));
    }
    await assertVolumeSound(volume);
    await volume.close();
  });
});

test('a migration without room for its safety copy says so and changes nothing', async (t) => {
  await withSmallDisk(t, async (folder) => {
    const file = join(folder, 'test.cabinet');
    copyFileSync(FROZEN, file);
    fillDisk(folder, 50_000);
    const plan = planMigration(file);
    t.true(plan.freeBytes < (plan.safetyCopy?.bytes ?? 0));
    const error = await t.throwsAsync(migrateVolume(file), { instanceOf: VolumeError });
    t.is(error.code, 'ERR_NO_SPACE');
    t.regex(error.message, /safety copy/i);
    await t.throwsAsync(openVolume(file), { code: 'ERR_NO_SPACE' });
    t.is(planMigration(file).from, 1);
    t.deepEqual(
      readdirSync(folder).filter((name) => name.includes('before')),
      [],
    );
  });
});
