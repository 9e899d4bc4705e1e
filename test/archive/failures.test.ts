/** What keeps an archive from being written, and that it goes on by itself afterwards. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { listArchive, openVolume } from '#src/index.js';
import { between, createRandom, seedFrom } from '../support/random.js';
import type { OpenOptions, Volume } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';
import { captureTree } from '../support/tree.js';
import { until } from '../support/until.js';
import { assertRestores, openChild, record, restoredTree, SELDOM_SECONDS } from './stage.js';

function optionsOf(dir: string): OpenOptions {
  return { archive: { dir, everySeconds: SELDOM_SECONDS } };
}

async function assertNewest(
  t: ExecutionContext,
  volume: Volume,
  directory: string,
  folder: string,
): Promise<void> {
  await volume.archive?.settle();
  const tree = await captureTree(volume.fs.promises as never, '/');
  t.deepEqual(await restoredTree(t, directory, undefined, folder), tree);
}

test('two volumes, or two openings of one, do not share an archive', async (t) => {
  await withFolder(async (folder) => {
    const directory = join(folder, 'archive');
    const file = join(folder, 'one.cabinet');
    const other = join(folder, 'other.cabinet');
    const options = optionsOf(directory);
    const first = await openVolume(file, options);
    await t.throwsAsync(openVolume(file, options), { code: 'ERR_ARCHIVE_BUSY' });
    await t.throwsAsync(openVolume(other, options), { code: 'ERR_ARCHIVE_BUSY' });
    await assertNewest(t, first, directory, folder);
    await first.close();
    await t.throwsAsync(openVolume(other, options), {
      code: 'ERR_ARCHIVE_CONFLICT',
      message: /is the archive of the volume [0-9a-f]{32}, and this is [0-9a-f]{32}/,
    });
    // What was refused leaves nothing open behind.
    const again = await openVolume(other);
    await again.close();
    const same = await openVolume(file, options);
    await same.close();
    t.false(readdirSync(directory).includes('lock'));
  });
});

test('a directory that is something else is refused and left as it is', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const full = join(folder, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'letter'), 'x');
    await t.throwsAsync(openVolume(file, optionsOf(full)), { code: 'ERR_ARCHIVE_CONFLICT' });
    t.deepEqual(readdirSync(full), ['letter']);
    writeFileSync(join(full, 'archive.json'), '{"format":"another"}');
    await t.throwsAsync(openVolume(file, optionsOf(full)), { code: 'ERR_ARCHIVE_CONFLICT' });
    const newer = { format: 'cabinetfs archive', version: 99, volumeId: '' };
    writeFileSync(join(full, 'archive.json'), JSON.stringify(newer));
    await t.throwsAsync(openVolume(file, optionsOf(full)), {
      code: 'ERR_ARCHIVE_CONFLICT',
      message: /format 99/,
    });
    await t.throwsAsync(openVolume(file, optionsOf(join(full, 'letter'))), { code: 'ERR_IO' });
    await t.throwsAsync(openVolume(file, { ...optionsOf(full), readOnly: true }), {
      code: 'ERR_OPTION_INVALID',
    });
  });
});

test('while the directory is away the volume works, and the archive misses nothing', async (t) => {
  await withFolder(async (folder) => {
    const directory = join(folder, 'archive');
    const away = join(folder, 'away');
    const volume = await openVolume(join(folder, 'test.cabinet'), optionsOf(directory));
    await volume.fs.promises.writeFile('/before', 'x');
    await volume.archive?.settle();
    renameSync(directory, away);
    await volume.fs.promises.writeFile('/meanwhile', Buffer.alloc(100_000, 'x'));
    await t.throwsAsync(volume.archive?.ship() ?? Promise.resolve(), {
      code: 'ERR_IO',
      message: /is not where it was/,
    });
    t.is(volume.archive?.status.failure?.code, 'ERR_IO');
    t.is(volume.state, 'open');
    await until('a record', () => volume.records('archive').some(({ ok }) => !ok));
    // An empty directory in its place is not the archive.
    mkdirSync(directory);
    await t.throwsAsync(volume.archive?.ship() ?? Promise.resolve(), { code: 'ERR_IO' });
    t.deepEqual(readdirSync(directory), []);
    rmSync(directory, { recursive: true });
    renameSync(away, directory);
    await until('it to go on by itself', () => volume.archive?.status.failure === null);
    await assertNewest(t, volume, directory, folder);
    t.is(new Set(listArchive(directory).map(({ generation }) => generation)).size, 1);
    await volume.close();
  });
});

test('a full disk under the archive ends nothing but the archive, and only for so long', async (t) => {
  await withFolder(async (folder) => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk]);
    if (mount.status !== 0) {
      t.log(`not run: mounting failed (${String(mount.stderr ?? mount.error).trim()})`);
      t.pass();
      return;
    }
    try {
      const directory = join(disk, 'archive');
      const volume = await openVolume(join(folder, 'test.cabinet'), optionsOf(directory));
      await volume.archive?.settle();
      const ballast = join(disk, 'ballast');
      writeFileSync(ballast, Buffer.alloc(4_500_000));
      const random = createRandom(1);
      const noise = Buffer.from(Array.from({ length: 2_000_000 }, () => between(random, 0, 255)));
      await volume.fs.promises.writeFile('/noise', noise);
      await t.throwsAsync(volume.archive?.ship() ?? Promise.resolve(), {
        code: 'ERR_IO',
        message: /ENOSPC/,
      });
      const names = readdirSync(directory, { recursive: true }).map(String);
      t.deepEqual(
        names.filter((name) => name.includes('partial')),
        [],
      );
      rmSync(ballast);
      await volume.archive?.ship();
      t.is(volume.archive?.status.failure, null);
      await assertNewest(t, volume, directory, folder);
      await volume.close();
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
});

test('an archive that cannot be written gives the log up before it grows without end', async (t) => {
  await withFolder(async (folder) => {
    const directory = join(folder, 'archive');
    const away = join(folder, 'away');
    const file = join(folder, 'test.cabinet');
    const archive = { dir: directory, everySeconds: SELDOM_SECONDS, walBytesMax: 4_000_000 };
    const volume = await openVolume(file, { archive, checkpointWalBytes: 500_000 });
    await volume.archive?.settle();
    renameSync(directory, away);
    await t.throwsAsync(volume.archive?.ship() ?? Promise.resolve(), { code: 'ERR_IO' });
    // While it hopes to go on it keeps the log; then it lets go, and checkpoints take it back.
    await until('the log to grow and to be let go', async () => {
      await volume.fs.promises.writeFile('/big', Buffer.alloc(300_000, String(Math.random())));
      const { frames } = await volume.checkpoint('restart').then((result) => ({
        frames: result.walFrames === result.checkpointedFrames && !result.busy,
      }));
      return frames;
    });
    await volume.fs.promises.writeFile('/after', 'x');
    t.true(statSync(`${file}-wal`).size < 40_000_000);
    renameSync(away, directory);
    await until('it to go on by itself', () => volume.archive?.status.failure === null);
    await assertNewest(t, volume, directory, folder);
    t.is(new Set(listArchive(directory).map(({ generation }) => generation)).size, 2);
    await volume.close();
  });
});

test('an archiver that is killed at any instant leaves no gap and nothing unfinished', async (t) => {
  t.timeout(120_000);
  const seed = seedFrom('CABINET_ARCHIVE_SEED');
  t.log(`CABINET_ARCHIVE_SEED=${seed}`);
  const random = createRandom(seed);
  await withFolder(async (folder) => {
    const directory = join(folder, 'archive');
    const file = join(folder, 'test.cabinet');
    const archive = { dir: directory, everySeconds: 1, baseEverySeconds: 1 };
    const options: OpenOptions = { archive, checkpointWalBytes: 500_000 };
    for (let round = 0; round < 8; round += 1) {
      const child = openChild(file, options);
      if (round % 4 !== 3) {
        await child.ask('startWriting', `/round${round}`);
        // Ships follow one another, so that a kill hits one.
        const shipping = (async () => {
          for (;;) await child.ask('ship');
        })();
        shipping.catch(() => undefined);
      }
      await new Promise((resolve) => setTimeout(resolve, between(random, 0, 900)));
      await child.kill();
    }
    const child = openChild(file, options);
    const state = await record(child);
    const names = readdirSync(directory, { recursive: true }).map(String);
    t.deepEqual(
      names.filter((name) => name.includes('partial')),
      [],
    );
    await child.end();
    await assertRestores(t, directory, state, folder);
    const points = listArchive(directory);
    for (let index = 0; index < 4; index += 1) {
      const point = points[between(random, 0, points.length - 1)];
      // Sound, whatever it holds: `restoredTree` checks it.
      await restoredTree(t, directory, { commit: point?.commit ?? 0 }, folder);
    }
    t.true(points.length > 1);
  });
});

test('what is unfinished is cleaned up by the next archiver', async (t) => {
  await withFolder(async (folder) => {
    const directory = join(folder, 'archive');
    const file = join(folder, 'test.cabinet');
    const first = await openVolume(file, optionsOf(directory));
    await first.archive?.settle();
    const generation = first.archive?.status.generation as string;
    await first.close();
    const chain = join(directory, generation);
    const leftovers = [
      join(directory, 'archive.json.partial'),
      join(chain, '00000009-00000000000000000099-1795207722222.segment.partial'),
      join(chain, '00000009-00000000000000000099-1795207722222.base.json'),
    ];
    for (const path of leftovers) writeFileSync(path, 'x');
    const unusable = join(directory, '1795207722222-00000000');
    mkdirSync(unusable);
    writeFileSync(join(directory, 'lock'), JSON.stringify({ pid: 1, identity: 'none', token: '' }));
    await t.throwsAsync(openVolume(file, optionsOf(directory)), { code: 'ERR_ARCHIVE_BUSY' });
    writeFileSync(join(directory, 'lock'), '');
    await t.throwsAsync(openVolume(file, optionsOf(directory)), { code: 'ERR_ARCHIVE_CONFLICT' });
    rmSync(join(directory, 'lock'));
    const second = await openVolume(file, optionsOf(directory));
    await second.close();
    const names = readdirSync(directory, { recursive: true }).map(String);
    for (const path of leftovers) t.false(names.includes(path.slice(directory.length + 1)), path);
    t.false(names.includes('1795207722222-00000000'));
  });
});
