/** A mount from its beginning to its end, in the process that serves it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdir, open, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { ExecutionContext } from 'ava';
import { openVolume, unmountDirectory } from '#src/index.js';
import { runProgram } from '../../support/run-program.js';
import { assertVolumeSound } from '../../support/subject.js';
import { withFolder, withVolume } from '../../support/temporary-volume.js';
import { until } from '../../support/until.js';
import { testLives } from './lives.js';
import { mountsIn, serialMountTest, shell, mountTest as test, withMount } from './mounting.js';

/** Which of the two it is depends on how far the end had come. */
async function throwsThatItIsGone(t: ExecutionContext, attempt: Promise<unknown>): Promise<void> {
  const error = await t.throwsAsync<Error & { code: string }>(attempt);
  t.true(['ENOTCONN', 'ECONNABORTED'].includes(error?.code ?? ''), error?.message);
}

testLives(test, withMount, {});

test('library and mount see each other at once', async (t) => {
  await withMount(t, {}, async ({ volume, mount, dir }) => {
    const { promises } = volume.fs;
    t.is(mount.dir, dir);
    t.like(mount, { transport: 'kernel', state: 'mounted', readOnly: false, threads: 2 });
    for (let round = 0; round < 50; round += 1) {
      await writeFile(join(dir, 'a'), `mount ${round}`);
      t.is(await promises.readFile('/a', 'utf8'), `mount ${round}`);
      await promises.writeFile('/a', `library ${round}`);
      t.is(await readFile(join(dir, 'a'), 'utf8'), `library ${round}`);
      await promises.mkdir(`/d${round}`);
      t.true((await stat(join(dir, `d${round}`))).isDirectory());
      await rmdir(join(dir, `d${round}`));
      await t.throwsAsync(promises.stat(`/d${round}`), { code: 'ENOENT' });
    }
    t.true(mount.requests > 200);
    t.is(mount.errors, 0);
  });
});

test('a busy mount says who holds it, stays, and ends by force', async (t) => {
  await withMount(t, {}, async ({ volume, mount, dir }) => {
    await writeFile(join(dir, 'a'), '1');
    const sleeper = spawn('sh', ['-c', 'exec sleep 300'], { cwd: dir });
    await until('it sleeps there', async () => {
      const [cmdline] = [await readFile(`/proc/${sleeper.pid}/comm`, 'utf8')];
      return cmdline === 'sleep\n';
    });
    const error = await t.throwsAsync(mount.unmount(), { code: 'ERR_MOUNT_BUSY' });
    t.true(error?.message.includes(`held by process ${sleeper.pid} (sleep)`), error?.message);
    t.is(mount.state, 'mounted');
    t.is(await readFile(join(dir, 'a'), 'utf8'), '1');
    await t.throwsAsync(unmountDirectory(dir), {
      code: 'ERR_MOUNT_BUSY',
      message: new RegExp(`${sleeper.pid} \\(sleep\\)`),
    });
    const handle = await open(join(dir, 'a'), 'r+');
    await handle.write('23');
    const own = await t.throwsAsync(mount.unmount(), { code: 'ERR_MOUNT_BUSY' });
    t.true(own?.message.includes(`${process.pid} (this process)`), own?.message);
    await mount.unmount({ force: true });
    t.is(mount.state, 'unmounted');
    await throwsThatItIsGone(t, handle.stat());
    await handle.close().catch(() => undefined);
    t.is(await volume.fs.promises.readFile('/a', 'utf8'), '23');
    sleeper.kill('SIGKILL');
    await once(sleeper, 'exit');
  });
});

test('ending a mount by force leaves alone what stands on top of it', async (t) => {
  await withMount(t, {}, async ({ mount, dir }) => {
    await writeFile(join(dir, 'a'), 'below');
    await runProgram('mount', ['-t', 'tmpfs', 'none', dir]);
    try {
      await writeFile(join(dir, 'b'), 'on top');
      await mount.unmount({ force: true });
      t.is(mount.state, 'unmounted');
      t.is(await readFile(join(dir, 'b'), 'utf8'), 'on top');
    } finally {
      await runProgram('umount', [dir]);
    }
  });
});

serialMountTest('closing the volume ends its mounts, by force where they are in use', async (t) => {
  await withFolder(async (folder) => {
    const volume = await openVolume(join(folder, 'v.cabinet'));
    const dirs = ['one', 'two', 'three'].map((name) => join(folder, name));
    for (const dir of dirs) mkdirSync(dir);
    const mounts = await Promise.all(dirs.map((dir) => volume.mount(dir, { threads: 1 })));
    await writeFile(join(dirs[0] as string, 'a'), 'seen by all');
    for (const dir of dirs) t.is(await readFile(join(dir, 'a'), 'utf8'), 'seen by all');
    const sleeper = spawn('sleep', ['300'], { cwd: dirs[1] });
    await once(sleeper, 'spawn');
    const warned = once(process, 'warning');
    await volume.close();
    const [warning] = (await warned) as [Error & { code: string }];
    t.is(warning.code, 'CABINETFS_MOUNT_BUSY');
    t.regex(warning.message, new RegExp(`${sleeper.pid} \\(sleep\\).*ended by force`));
    for (const mount of mounts) {
      t.is(mount.state, 'unmounted');
      await mount.closed;
    }
    t.deepEqual(mountsIn(folder), []);
    sleeper.kill('SIGKILL');
    await once(sleeper, 'exit');
    await using again = await openVolume(join(folder, 'v.cabinet'));
    t.is(await again.fs.promises.readFile('/a', 'utf8'), 'seen by all');
    await assertVolumeSound(again);
  });
});

test('`await using` ends a mount', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const dir = join(folder, 'mnt');
    await mkdir(dir);
    {
      await using mount = await volume.mount(dir);
      t.deepEqual(mountsIn(folder), [mount.dir]);
    }
    t.deepEqual(mountsIn(folder), []);
  });
});

test('a read-only mount of a volume that is written elsewhere', async (t) => {
  await withMount(t, { readOnly: true }, async ({ volume, mount, dir }) => {
    t.true(mount.readOnly);
    await volume.fs.promises.writeFile('/a', 'readable');
    t.is(await readFile(join(dir, 'a'), 'utf8'), 'readable');
    for (const attempt of [
      writeFile(join(dir, 'a'), 'x'),
      mkdir(join(dir, 'b')),
      rmdir(join(dir, 'a')),
    ]) {
      await t.throwsAsync(attempt, { code: 'EROFS' });
    }
    // The kernel would let it through now; we do not.
    await shell(t, 'mount -i -o remount,rw "$1"', dir);
    await t.throwsAsync(writeFile(join(dir, 'c'), 'x'), { code: 'EROFS' });
    await t.throwsAsync(writeFile(join(dir, 'a'), 'x'), { code: 'EROFS' });
    t.deepEqual(await volume.fs.promises.readdir('/'), ['a']);
  });
});

test('a volume that is open for reading only is mounted for reading only', async (t) => {
  await withVolume(t, {}, async ({ volume, file, folder }) => {
    await volume.fs.promises.writeFile('/a', '1');
    await using reading = await openVolume(file, { readOnly: true });
    const dir = join(folder, 'mnt');
    await mkdir(dir);
    await using mount = await reading.mount(dir);
    t.true(mount.readOnly);
    t.is(await readFile(join(dir, 'a'), 'utf8'), '1');
    await t.throwsAsync(writeFile(join(dir, 'b'), 'x'), { code: 'EROFS' });
    await volume.fs.promises.writeFile('/a', 'two');
    t.is(await readFile(join(dir, 'a'), 'utf8'), 'two');
  });
});

test('a file that is unlinked while open lives until it is closed, whichever thread does it', async (t) => {
  await withMount(t, { threads: 4 }, async ({ volume, dir }) => {
    for (let round = 0; round < 20; round += 1) {
      const handle = await open(join(dir, 'a'), 'w+');
      await handle.write(`round ${round}`);
      await volume.fs.promises.unlink('/a');
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(20), 0, 20, 0);
      t.is(buffer.toString('utf8', 0, bytesRead), `round ${round}`);
      await handle.close();
    }
    await until('all orphans are gone', () => volume.counters().writer?.orphans === 0);
    t.is(volume.counters().writer?.openFiles, 0);
  });
});

serialMountTest('a hundred mounts leave neither descriptors nor threads behind', async (t) => {
  // Starts anew with each assertion.
  t.timeout(60_000);
  await withVolume(t, {}, async ({ volume, folder }) => {
    const dir = join(folder, 'mnt');
    await mkdir(dir);
    const cycle = async (): Promise<void> => {
      const mount = await volume.mount(dir, { threads: 1 });
      writeFileSync(join(dir, 'a'), 'x');
      await mount.unmount();
      t.is(mount.state, 'unmounted');
    };
    const count = (kind: 'fd' | 'task'): number => readdirSync(`/proc/self/${kind}`).length;
    for (let index = 0; index < 5; index += 1) await cycle();
    const before = { fds: count('fd'), threads: count('task') };
    for (let index = 0; index < 95; index += 1) await cycle();
    await until('its threads have ended', () => count('task') <= before.threads);
    await until('its descriptors are closed', () => count('fd') <= before.fds);
    t.is(volume.counters().writer?.clients, 1);
  });
});

serialMountTest('when the serving threads die the mount ends, and nobody hangs', async (t) => {
  await withFolder(async (folder) => {
    await using volume = await openVolume(join(folder, 'v.cabinet'));
    const dir = join(folder, 'mnt');
    mkdirSync(dir);
    const workers: Worker[] = [];
    const collect = (worker: Worker): void => {
      workers.push(worker);
    };
    process.on('worker', collect);
    const mount = await volume.mount(dir, { threads: 1 });
    process.off('worker', collect);
    // The witness is the other one.
    t.is(workers.length, 2);
    void workers[1]?.terminate();
    await throwsThatItIsGone(t, stat(join(dir, 'a')));
    const error = await t.throwsAsync(mount.closed, { code: 'ERR_MOUNT_LOST' });
    t.truthy(error?.cause);
    t.is(mount.state, 'failed');
    t.deepEqual(mountsIn(folder), []);
    await mount.unmount();
    await using again = await volume.mount(dir);
    await writeFile(join(again.dir, 'a'), 'x');
    await again.unmount();
    await assertVolumeSound(volume);
  });
});
