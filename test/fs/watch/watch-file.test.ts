/** `watchFile` and `unwatchFile`. */
import * as nodeFs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { startChild } from '../../support/child.js';
import { withVolume } from '../../support/temporary-volume.js';
import { until } from '../../support/until.js';

const CHILD = new URL('./volume-child.js', import.meta.url);

interface Told {
  readonly size: number;
  readonly ino: number;
}

test('the stats before and after are told when they differ', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/dir');
    await fs.writeFile('/dir/file', 'one');
    const told: [current: Told, previous: Told][] = [];
    const watcher = volume.fs.watchFile('/dir/file', (current: Told, previous: Told) => {
      told.push([current, previous]);
    });
    const sizes = async (work: () => Promise<unknown>): Promise<number[][]> => {
      told.length = 0;
      await work();
      await setImmediate();
      return told.map(([current, previous]) => [current.size, previous.size]);
    };
    t.deepEqual(await sizes(() => fs.appendFile('/dir/file', 'two')), [[6, 3]]);
    t.deepEqual(await sizes(() => fs.chmod('/dir/file', 0o600)), [[6, 6]]);
    t.deepEqual(await sizes(() => fs.readFile('/dir/file')), []);
    t.deepEqual(await sizes(() => fs.writeFile('/dir/else', '')), []);
    t.deepEqual(await sizes(() => fs.rename('/dir', '/away')), [[0, 6]]);
    t.deepEqual(await sizes(() => fs.appendFile('/away/file', 'unseen')), []);
    t.deepEqual(await sizes(() => fs.rename('/away', '/dir')), [[12, 6]]);
    t.deepEqual(await sizes(() => fs.rm('/dir', { recursive: true })), [[0, 12]]);
    await fs.mkdir('/dir');
    t.deepEqual(await sizes(() => fs.writeFile('/dir/file', 'new')), [[3, 12]]);
    t.not(told[0]?.[0].ino, told[0]?.[1].ino);
    watcher.stop();
    t.deepEqual(await sizes(() => fs.appendFile('/dir/file', 'x')), []);
  });
});

test('a path through a symbolic link is followed wherever it leads', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/one');
    await fs.mkdir('/two');
    await fs.writeFile('/one/file', '1');
    await fs.writeFile('/two/file', '22');
    await fs.symlink('one', '/link');
    const sizes: number[] = [];
    volume.fs.watchFile('/link/file', (current: Told) => sizes.push(current.size));
    await fs.symlink('two', '/link2');
    await fs.rename('/link2', '/link');
    await fs.appendFile('/two/file', '3');
    await setImmediate();
    t.deepEqual(sizes, [2, 3]);
    volume.fs.unwatchFile('/link/file');
  });
});

test('a missing file is told once with zeros, as by Node, and when it appears', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'cabinetfs-watch-'));
  const expected = await new Promise<nodeFs.Stats[]>((resolve) => {
    const path = join(folder, 'missing');
    nodeFs.watchFile(path, { interval: 10 }, (...stats) => {
      nodeFs.unwatchFile(path);
      resolve(stats);
    });
  });
  await rm(folder, { recursive: true });
  await withVolume(t, {}, async ({ volume }) => {
    const told: unknown[][] = [];
    volume.fs.watchFile('/missing', (...stats: unknown[]) => told.push(stats));
    t.deepEqual(told, [], 'not before the call has returned');
    await setImmediate();
    t.deepEqual(
      told.map((stats) => stats.map((one) => ({ ...(one as object) }))),
      [expected.map((one) => ({ ...one }))],
    );
    await volume.fs.promises.writeFile('/other', '');
    await volume.fs.promises.writeFile('/missing', 'x');
    await setImmediate();
    t.is(told.length, 2);
    volume.fs.unwatchFile('/missing');
  });
});

test('bigint stats, and one watcher for all listeners of a path', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { watchFile, unwatchFile, promises } = volume.fs;
    await promises.writeFile('/file', 'x');
    const sizes: unknown[] = [];
    const first = (stats: { size: bigint }): void => {
      sizes.push(stats.size);
    };
    const second = (): void => {
      sizes.push('second');
    };
    const watcher = watchFile('/file', { bigint: true }, first);
    t.is(watchFile('file', second), watcher, 'relative paths begin at the root');
    await promises.appendFile('/file', 'y');
    await setImmediate();
    t.deepEqual(sizes, [2n, 'second']);
    unwatchFile('/file', first);
    await promises.appendFile('/file', 'z');
    await setImmediate();
    t.deepEqual(sizes, [2n, 'second', 'second']);
    let stopped = 0;
    watcher.once('stop', () => {
      stopped += 1;
    });
    unwatchFile('/file');
    unwatchFile('/file');
    await setImmediate();
    t.is(stopped, 1);
    t.not(watchFile('/file', second), watcher);
    unwatchFile('/file', second);
    t.is(watcher.ref().unref(), watcher);
  });
});

test('wrong arguments throw as in Node', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const calls: readonly ((fs: typeof nodeFs) => unknown)[] = [
      (fs) => fs.watchFile('/f', undefined as never),
      (fs) => fs.watchFile('/f', {}, 'no function' as never),
      (fs) => fs.watchFile(5 as never, () => undefined),
      (fs) => fs.watchFile('/f\0', () => undefined),
      (fs) => fs.watchFile('/f', { interval: -1 }, () => undefined),
      (fs) => fs.watchFile('/f', { interval: '1' as never }, () => undefined),
      (fs) => fs.unwatchFile({} as never),
    ];
    for (const call of calls) {
      const expected = t.throws(() => call(nodeFs)) as NodeJS.ErrnoException;
      const error = t.throws(() => call(volume.fs as never)) as NodeJS.ErrnoException;
      t.is(error.message, expected.message);
      t.is(error.code, expected.code);
    }
  });
});

test('what another process does to the path is told', async (t) => {
  await withVolume(t, { busyTimeoutMs: 20_000 }, async ({ volume, file }) => {
    await volume.fs.promises.writeFile('/file', 'x');
    const child = startChild(CHILD, [file]);
    await child.ask('call', 'stat', '/');
    const sizes: number[] = [];
    volume.fs.watchFile('/file', (current: Told) => sizes.push(current.size));
    await child.ask('call', 'appendFile', '/file', 'yz');
    await until('the change', () => sizes.length > 0);
    await child.end();
    t.deepEqual(sizes, [3]);
    volume.fs.unwatchFile('/file');
  });
});
