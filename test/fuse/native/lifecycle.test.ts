/** A mount through fuse-native from its beginning to its end, with the process that serves it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openVolume } from '#src/index.js';
import { type Child, startChild } from '../../support/child.js';
import { projectPath } from '../../support/project.js';
import { runNode } from '../../support/run-program.js';
import { assertVolumeSound } from '../../support/subject.js';
import { withFolder } from '../../support/temporary-volume.js';
import { until } from '../../support/until.js';
import { testLives } from '../mount/lives.js';
import { mountsIn, shell, shellSync } from '../mount/mounting.js';
import { nativeTest as test, withNative } from './native-mount.js';

testLives(test, withNative, { transport: 'fuse-native' });

test('library and mount see each other at once', async (t) => {
  await withNative(t, {}, async ({ volume, mount, dir }) => {
    const { promises } = volume.fs;
    t.like(mount, { dir, transport: 'fuse-native', state: 'mounted', readOnly: false });
    t.not(mount.pid, process.pid);
    for (let round = 0; round < 20; round += 1) {
      await writeFile(join(dir, 'a'), `mount ${round}`);
      t.is(await promises.readFile('/a', 'utf8'), `mount ${round}`);
      await promises.writeFile('/a', `library ${round}`);
      t.is(await readFile(join(dir, 'a'), 'utf8'), `library ${round}`);
      await promises.mkdir(`/d${round}`);
      t.true((await stat(join(dir, `d${round}`))).isDirectory());
      await promises.rename(`/d${round}`, `/e${round}`);
      await t.throwsAsync(stat(join(dir, `d${round}`)), { code: 'ENOENT' });
    }
    await until('requests are counted', () => Promise.resolve(mount.requests > 100));
    t.is(mount.errors, 0);
  });
});

test('two processes write to one volume at the same time', async (t) => {
  await withNative(t, {}, async ({ volume, dir }) => {
    const script = 'mkdir "$1/m"; for i in $(seq 200); do echo $i > "$1/m/$i"; done';
    const byMount = shell(t, script, dir);
    await volume.fs.promises.mkdir('/l');
    for (let index = 0; index < 200; index += 1) {
      await volume.fs.promises.writeFile(`/l/${index}`, `${index}`);
    }
    await byMount;
    t.is(volume.fs.readdirSync('/m').length, 200);
    t.is(readdirSync(join(dir, 'l')).length, 200);
  });
});

test('a busy mount says who holds it, stays, and ends by force', async (t) => {
  await withNative(t, {}, async ({ volume, mount, dir }) => {
    await writeFile(join(dir, 'a'), '1');
    const sleeper = spawn('sleep', ['300'], { cwd: dir });
    await once(sleeper, 'spawn');
    await until('it sleeps there', async () => readlinkSync(`/proc/${sleeper.pid}/cwd`) === dir);
    const error = await t.throwsAsync(mount.unmount(), { code: 'ERR_MOUNT_BUSY' });
    t.true(error?.message.includes(`${sleeper.pid} (sleep)`), error?.message);
    t.is(mount.state, 'mounted');
    const handle = await open(join(dir, 'a'), 'r+');
    await handle.write('23');
    await mount.unmount({ force: true });
    t.is(mount.state, 'unmounted');
    const gone = await t.throwsAsync<NodeJS.ErrnoException>(handle.stat());
    t.true(['ENOTCONN', 'ECONNABORTED'].includes(gone?.code ?? ''), gone?.code);
    await handle.close().catch(() => undefined);
    t.is(await volume.fs.promises.readFile('/a', 'utf8'), '23');
    sleeper.kill('SIGKILL');
    await once(sleeper, 'exit');
  });
});

test('its process is killed: `closed` rejects, the directory is free again', async (t) => {
  await withNative(t, {}, async ({ volume, mount, dir }) => {
    await writeFile(join(dir, 'a'), 'acknowledged');
    process.kill(mount.pid, 'SIGKILL');
    await t.throwsAsync(mount.closed, { code: 'ERR_MOUNT_LOST' });
    t.is(mount.state, 'failed');
    t.deepEqual(readdirSync(dir), []);
    t.is(await volume.fs.promises.readFile('/a', 'utf8'), 'acknowledged');
    await using again = await volume.mount(dir, { transport: 'fuse-native' });
    t.is(await readFile(join(again.dir, 'a'), 'utf8'), 'acknowledged');
  });
});

test('a read-only mount refuses changes, and so does one of a read-only volume', async (t) => {
  await withNative(t, { readOnly: true }, async ({ volume, mount, dir, file, folder }) => {
    await volume.fs.promises.writeFile('/a', 'x');
    t.true(mount.readOnly);
    await t.throwsAsync(writeFile(join(dir, 'b'), ''), { code: 'EROFS' });
    t.is(await readFile(join(dir, 'a'), 'utf8'), 'x');
    const other = join(folder, 'other');
    await mkdir(other);
    await using reading = await openVolume(file, { readOnly: true });
    await using second = await reading.mount(other, { transport: 'fuse-native' });
    t.true(second.readOnly);
    t.is(await readFile(join(other, 'a'), 'utf8'), 'x');
    await t.throwsAsync(writeFile(join(other, 'b'), ''), { code: 'EROFS' });
  });
});

test('no name gets among the options, and no path into a shell', async (t) => {
  await withFolder(async (folder) => {
    await using volume = await openVolume(join(folder, 'a,ro;b\\$(touch x) "q".cabinet'));
    const dir = join(folder, 'm,$(touch y)"`touch z`');
    mkdirSync(dir);
    const mount = await volume.mount(dir, { transport: 'fuse-native' });
    await writeFile(join(dir, 'a'), '1');
    const source = await shell(t, 'findmnt -n -o SOURCE --target "$1"', dir);
    t.is(source.trim(), volume.path);
    await mount.unmount();
    t.deepEqual(
      readdirSync(folder).filter((name) => /^[xyz]$/.test(name)),
      [],
    );
  });
});

test('every level of durability is that of the volume', async (t) => {
  for (const durability of ['full', 'off'] as const) {
    await withFolder(async (folder) => {
      await using volume = await openVolume(join(folder, 'v.cabinet'), { durability });
      const dir = join(folder, 'mnt');
      mkdirSync(dir);
      await using _mount = await volume.mount(dir, { transport: 'fuse-native' });
      await shell(t, 'echo hello > "$1/a"; sync "$1/a"; sync -f "$1"; cat "$1/a"', dir);
      t.is(await volume.fs.promises.readFile('/a', 'utf8'), 'hello\n');
    });
  }
});

interface Served {
  readonly child: Child;
  readonly dir: string;
  readonly folder: string;
}

/** Runs `work` beside a program that has mounted; in the end the volume must be sound. */
async function withServed(work: (served: Served) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const dir = join(folder, 'mnt');
    const file = join(folder, 'v.cabinet');
    mkdirSync(dir);
    const child = startChild(new URL('../mount/serving-child.js', import.meta.url), [file, dir], {
      silent: true,
    });
    try {
      await child.ask('mount', { transport: 'fuse-native' });
      await work({ child, dir, folder });
    } finally {
      child.process.kill('SIGKILL');
      await child.ended;
      await until('nothing is mounted', async () => mountsIn(folder).length === 0);
    }
    await using volume = await openVolume(file);
    await assertVolumeSound(volume);
  });
}

const ENDINGS: readonly (readonly [string, (child: Child) => unknown])[] = [
  ['process.exit', (child) => child.ask('exit', 3)],
  ['an uncaught exception', (child) => child.ask('throw')],
  ['an empty event loop', (child) => child.ask('unref')],
  ['SIGTERM', (child) => child.process.kill('SIGTERM')],
  ['SIGINT', (child) => child.process.kill('SIGINT')],
  ['SIGKILL', (child) => child.process.kill('SIGKILL')],
];

for (const [name, end] of ENDINGS) {
  test(`the program ends with ${name} while others use the mount: it is gone, nothing hangs`, async (t) => {
    await withServed(async ({ child, dir, folder }) => {
      await shell(t, 'seq 5000 > "$1/numbers"', dir);
      const sleeper = spawn('sleep', ['300'], { cwd: dir });
      await once(sleeper, 'spawn');
      await end(child);
      await child.ended;
      await until('it is unmounted', async () => mountsIn(folder).length === 0);
      t.deepEqual(readdirSync(dir), []);
      const cwd = `/proc/${sleeper.pid}/cwd/.`;
      await until('who used it is told', async () => shellSync('stat -L "$1"', cwd).status === 1);
      sleeper.kill('SIGKILL');
      await once(sleeper, 'exit');
    });
  });
}

test('programs that were started meanwhile have no descriptor of the device', async (t) => {
  await withNative(t, {}, async () => {
    const links = await shell(t, 'ls -l /proc/self/fd');
    t.false(links.includes('/dev/fuse'), links);
    const own = readdirSync('/proc/self/fd').map((name) => {
      try {
        return readlinkSync(`/proc/self/fd/${name}`);
      } catch {
        return '';
      }
    });
    t.false(own.includes('/dev/fuse'));
  });
});

test('cabinet mount --transport fuse-native, in the background', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'v.cabinet');
    const dir = join(folder, 'mnt');
    mkdirSync(dir);
    await (await openVolume(file)).close();
    const cabinet = projectPath('dist/cli/main.js');
    const args = ['mount', file, dir, '--daemon', '--transport', 'fuse-native', '--json'];
    const { stdout, stderr } = await runNode([cabinet, ...args]);
    t.like(JSON.parse(stdout || '{}'), { dir, transport: 'fuse-native' }, stderr);
    await writeFile(join(dir, 'a'), 'by the command');
    const { status } = await runNode([cabinet, 'umount', dir]);
    t.is(status, 0);
    await using volume = await openVolume(file);
    t.is(await volume.fs.promises.readFile('/a', 'utf8'), 'by the command');
  });
});
