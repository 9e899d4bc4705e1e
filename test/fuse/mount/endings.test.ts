/** However the program that serves a mount ends: it does not hang, and the volume is sound. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { readFile, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { openVolume, unmountDirectory } from '#src/index.js';
import { type Child, type ChildEnd, startChild } from '../../support/child.js';
import { runProgram } from '../../support/run-program.js';
import { assertVolumeSound } from '../../support/subject.js';
import { withFolder } from '../../support/temporary-volume.js';
import { mountsIn, shell, mountTest as test } from './mounting.js';

interface Served {
  readonly child: Child;
  readonly dir: string;
  readonly file: string;
  readonly folder: string;
}

/** Runs `work` beside a program that serves a mount; in the end the volume must be sound. */
async function withServed(
  t: ExecutionContext,
  options: object,
  work: (served: Served) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const dir = join(folder, 'mnt');
    const file = join(folder, 'v.cabinet');
    mkdirSync(dir);
    const child = startChild(new URL('./serving-child.js', import.meta.url), [file, dir], {
      silent: true,
    });
    try {
      await child.ask('mount', options);
      await work({ child, dir, file, folder });
    } finally {
      child.process.kill('SIGKILL');
      await child.ended;
      for (const left of mountsIn(folder)) await runProgram('umount', ['-l', left]);
    }
    await using volume = await openVolume(file);
    await assertVolumeSound(volume);
    t.pass();
  });
}

const ENDINGS: readonly (readonly [string, (child: Child) => unknown, ChildEnd])[] = [
  ['process.exit', (child) => child.ask('exit', 3), { code: 3, signal: null }],
  ['an uncaught exception', (child) => child.ask('throw'), { code: 1, signal: null }],
  ['an empty event loop', (child) => child.ask('unref'), { code: 0, signal: null }],
  ['SIGTERM', (child) => child.process.kill('SIGTERM'), { code: null, signal: 'SIGTERM' }],
  ['SIGINT', (child) => child.process.kill('SIGINT'), { code: null, signal: 'SIGINT' }],
  ['SIGHUP', (child) => child.process.kill('SIGHUP'), { code: null, signal: 'SIGHUP' }],
];

for (const [name, end, expected] of ENDINGS) {
  test(`it ends with ${name}: unmounted, everything is there`, async (t) => {
    await withServed(t, {}, async ({ child, dir, file, folder }) => {
      await shell(t, 'seq 50000 > "$1/numbers"', dir);
      await end(child);
      t.deepEqual(await child.ended, expected);
      t.deepEqual(mountsIn(folder), []);
      t.deepEqual(readdirSync(dir), []);
      await using volume = await openVolume(file);
      t.is((await volume.fs.promises.stat('/numbers')).size, 288_894);
    });
  });

  test(`it ends with ${name} while others and itself use the mount`, async (t) => {
    await withServed(t, { threads: 3 }, async ({ child, dir, folder }) => {
      await child.ask('stand');
      const sleeper = spawn('sleep', ['300'], { cwd: dir });
      await once(sleeper, 'spawn');
      await end(child);
      t.deepEqual(await child.ended, expected);
      t.deepEqual(mountsIn(folder), []);
      t.true(await isGone(`/proc/${sleeper.pid}/cwd/.`));
      sleeper.kill('SIGKILL');
      await once(sleeper, 'exit');
    });
  });
}

/** Whether what a process still has of a mount answers with an error and does not hang. */
async function isGone(path: string): Promise<boolean> {
  // What the kernel does not answer by itself.
  const { status } = await runProgram('stat', ['-f', path], { timeoutMs: 10_000 });
  return status === 1;
}

test('a program that listens for a signal decides itself', async (t) => {
  await withServed(t, {}, async ({ child, dir }) => {
    await child.ask('listen', 'SIGTERM');
    child.process.kill('SIGTERM');
    t.is(await child.ask('state'), 'mounted');
    await writeFile(join(dir, 'a'), 'still served');
    t.is(await child.ask('read', '/a'), 'still served');
    await child.end();
    t.deepEqual(await child.ended, { code: 0, signal: null });
  });
});

test('without handleSignals a signal ends the program as ever, and the next start recovers', async (t) => {
  await withServed(t, { handleSignals: false }, async ({ child, dir, file }) => {
    child.process.kill('SIGTERM');
    t.deepEqual(await child.ended, { code: null, signal: 'SIGTERM' });
    await t.throwsAsync(statfs(dir), { code: 'ENOTCONN' });
    await using volume = await openVolume(file);
    await using mount = await volume.mount(dir);
    t.is(mount.dir, dir);
  });
});

test('SIGKILL leaves a mount without a server: recognised, and cleared away by the next', async (t) => {
  await withServed(t, {}, async ({ child, dir, file, folder }) => {
    await writeFile(join(dir, 'a'), 'acknowledged');
    await child.kill();
    await t.throwsAsync(statfs(dir), { code: 'ENOTCONN' });
    t.deepEqual(mountsIn(folder), [dir]);
    const volume = await openVolume(file);
    const mount = await volume.mount(dir);
    t.is(await readFile(join(dir, 'a'), 'utf8'), 'acknowledged');
    t.deepEqual(mountsIn(folder), [dir], 'not one above the other');
    await mount.unmount();
    await volume.close();
    const again = startChild(new URL('./serving-child.js', import.meta.url), [file, dir]);
    await again.ask('mount', {});
    await again.kill();
    const { wasStale } = await unmountDirectory(dir);
    t.true(wasStale);
    t.deepEqual(mountsIn(folder), []);
  });
});

test('a stale mount of somebody else is left alone', async (t) => {
  await withFolder(async (folder) => {
    const dir = join(folder, 'mnt');
    mkdirSync(dir);
    const options = 'fd=3,rootmode=40000,user_id=0,group_id=0,subtype=other';
    await shell(t, `exec 3<>/dev/fuse; mount -i -t fuse -o ${options} other "$1"`, dir);
    await using volume = await openVolume(join(folder, 'v.cabinet'));
    try {
      const attempt = volume.mount(dir);
      await t.throwsAsync(attempt, { code: 'ERR_MOUNT_POINT', message: /another filesystem/ });
      await t.throwsAsync(unmountDirectory(dir), { code: 'ERR_NOT_MOUNTED' });
      t.deepEqual(mountsIn(folder), [dir]);
    } finally {
      await runProgram('umount', [dir]);
    }
  });
});

test('a volume that another program serves and mounts: all see the same', async (t) => {
  await withServed(t, {}, async ({ child, dir, file, folder }) => {
    await using volume = await openVolume(file);
    const own = join(folder, 'own');
    mkdirSync(own);
    await using mount = await volume.mount(own);
    await writeFile(join(dir, 'a'), 'through the other');
    t.is(await readFile(join(own, 'a'), 'utf8'), 'through the other');
    await child.ask('write', '/b', 'through its library');
    t.is(await readFile(join(own, 'b'), 'utf8'), 'through its library');
    await shell(t, 'cd "$1"; mv a c; echo more >> b', own);
    t.is(await shell(t, 'cd "$1"; ls; cat b', dir), 'b\nc\nthrough its librarymore\n');
    await mount.unmount();
    await child.end();
  });
});

test('ending by force does not wait for programs that are being started', async (t) => {
  await withFolder(async (folder) => {
    const program = fileURLToPath(new URL('./forced-child.js', import.meta.url));
    const child = spawn(process.execPath, [program, folder, '12'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (data) => {
      said += data;
    });
    // Who hangs in the kernel cannot be killed: nothing waits for it then.
    const [code] = (await Promise.race([
      once(child, 'exit'),
      pause(60_000, ['hangs']),
    ])) as unknown[];
    t.deepEqual([code, said], [0, '12\n']);
    t.deepEqual(mountsIn(folder), []);
  });
});
