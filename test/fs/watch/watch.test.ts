/** `fs.watch`: what is told where, and the life of a watcher. */
import * as nodeFs from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { withVolume } from '../../support/temporary-volume.js';
import { exitCodeOf } from './exit-code.js';
import { Record, watchAll } from './record.js';

test('with recursive, paths are relative to what is watched, and follow renames', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/top/a/b', { recursive: true });
    await fs.mkdir('/out/c', { recursive: true });
    await fs.writeFile('/top/a/b/file', '');
    await fs.writeFile('/out/c/file', '');
    const record = watchAll(volume, { all: { path: '/top', recursive: true } });
    const told = (work: () => unknown) => record.during(work);
    t.deepEqual(await told(() => fs.appendFile('/top/a/b/file', 'x')), ['all change a/b/file']);
    t.deepEqual(await told(() => fs.mkdir('/top/a/new/deep', { recursive: true })), [
      'all rename a/new',
      'all rename a/new/deep',
    ]);
    t.deepEqual(await told(() => fs.writeFile('/top/a/new/deep/f', '')), [
      'all rename a/new/deep/f',
    ]);
    t.deepEqual(await told(() => fs.rename('/top/a', '/top/z')), ['all rename a', 'all rename z']);
    t.deepEqual(await told(() => fs.chmod('/top/z/b/file', 0o600)), ['all change z/b/file']);
    t.deepEqual(await told(() => fs.rename('/out/c', '/top/z/c')), ['all rename z/c']);
    t.deepEqual(await told(() => fs.appendFile('/top/z/c/file', 'x')), ['all change z/c/file']);
    t.deepEqual(await told(() => fs.rename('/top/z/b', '/out/b')), ['all rename z/b']);
    t.deepEqual(await told(() => fs.appendFile('/out/b/file', 'x')), []);
    t.deepEqual(await told(() => fs.rename('/out/b', '/top/b')), ['all rename b']);
    t.deepEqual(await told(() => fs.appendFile('/top/b/file', 'x')), ['all change b/file']);
    t.deepEqual(await told(() => fs.rm('/top/z', { recursive: true })), ['all rename z']);
    t.deepEqual(await told(() => fs.rename('/top', '/renamed')), ['all rename top']);
    t.deepEqual(await told(() => fs.writeFile('/renamed/b/g', '')), ['all rename b/g']);
    t.deepEqual(await told(() => fs.rm('/renamed', { recursive: true })), ['all rename top']);
  });
});

test('many changes of one transaction, and a tree that is copied, are told one by one', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/src/sub', { recursive: true });
    await fs.writeFile('/src/sub/f', 'x');
    const record = watchAll(volume, { all: { path: '/', recursive: true } });
    const transaction = () =>
      volume.transaction((tx) => {
        tx.mkdir('/made');
        tx.rename('/src/sub/f', '/made/g');
        tx.appendFile('/made/g', 'y');
        tx.rename('/made', '/moved');
      });
    t.deepEqual(await record.during(transaction), [
      'all rename made',
      'all rename src/sub/f',
      'all rename made/g',
      'all change made/g',
      'all rename made',
      'all rename moved',
    ]);
    const copied = await record.during(() => fs.cp('/moved', '/copy', { recursive: true }));
    t.deepEqual(
      copied.filter((event) => event.includes('rename')),
      ['all rename copy', 'all rename copy/g'],
    );
  });
});

test('a file with several names is told under each of them', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/a');
    await fs.mkdir('/b');
    await fs.writeFile('/a/one', '');
    await fs.link('/a/one', '/b/two');
    await fs.link('/a/one', '/b/three');
    const record = watchAll(volume, {
      a: { path: '/a' },
      b: { path: '/b' },
      file: { path: '/b/two' },
    });
    t.deepEqual((await record.during(() => fs.appendFile('/a/one', 'x'))).sort(), [
      'a change one',
      'b change three',
      'b change two',
      'file change two',
    ]);
    t.deepEqual(await record.during(() => fs.unlink('/b/two')), [
      'b rename two',
      'file change two',
    ]);
    t.deepEqual((await record.during(() => fs.truncate('/b/three', 0))).sort(), [
      'a change one',
      'b change three',
      'file change two',
    ]);
  });
});

for (const entries of [3, 2000]) {
  test(`what is watched in a removed tree of ${entries} entries is told once`, async (t) => {
    await withVolume(t, {}, async ({ volume }) => {
      const fs = volume.fs.promises;
      await fs.mkdir('/top/deep', { recursive: true });
      const names = Array.from({ length: entries }, (_, index) => `/top/deep/f${index}`);
      await Promise.all(names.map((name) => fs.writeFile(name, '')));
      const last = names.at(-1) as string;
      await fs.link(last, '/kept');
      await fs.link(names[0] as string, '/top/other');
      const record = watchAll(volume, {
        dir: { path: '/top/deep' },
        only: { path: '/top/deep/f1' },
        both: { path: names[0] as string },
        kept: { path: last },
        root: { path: '/' },
      });
      const told = await record.during(async () => {
        await fs.rm('/top', { recursive: true });
        // The reaper may take a while; its changes of the file that is kept are told as they are made.
        while ((await fs.stat('/kept')).nlink !== 1) await setImmediate();
        await fs.chmod('/kept', 0o600);
      });
      const lost = told.filter((event) => event.includes('rename')).sort();
      t.deepEqual(lost, ['both rename f0', 'dir rename deep', 'only rename f1', 'root rename top']);
      t.deepEqual(
        told.filter((event) => event.startsWith('kept ')),
        [`kept change f${entries - 1}`, `kept change f${entries - 1}`],
      );
    });
  });
}

test('a file that is open when it loses its name is still watched', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    const handle = await fs.open('/file', 'w');
    const record = watchAll(volume, { file: { path: '/file' } });
    t.deepEqual(await record.during(() => fs.unlink('/file')), ['file rename file']);
    t.deepEqual(await record.during(() => handle.write('x')), ['file change file']);
    t.deepEqual(await record.during(() => handle.close()), []);
  });
});

test('a directory that is watched in several ways keeps each of them until it is closed', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/top/dir/sub', { recursive: true });
    const record = new Record();
    const open = (label: string, path: string, recursive: boolean) =>
      volume.fs.watch(path, { recursive }, record.listener(label));
    const all = open('all', '/', true);
    const top = open('top', '/top', true);
    const dir = open('dir', '/top/dir', false);
    const write = (path: string) => record.during(() => fs.writeFile(path, ''));
    t.deepEqual((await write('/top/dir/sub/1')).sort(), [
      'all rename top/dir/sub/1',
      'top rename dir/sub/1',
    ]);
    all.close();
    t.deepEqual(await write('/top/dir/sub/2'), ['top rename dir/sub/2']);
    t.deepEqual((await write('/top/dir/3')).sort(), ['dir rename 3', 'top rename dir/3']);
    top.close();
    t.deepEqual(await write('/top/dir/sub/4'), []);
    t.deepEqual(await write('/top/dir/5'), ['dir rename 5']);
    const again = open('again', '/top', true);
    t.deepEqual((await write('/top/dir/sub/6')).sort(), ['again rename dir/sub/6']);
    dir.close();
    again.close();
    t.deepEqual(await write('/top/dir/sub/7'), []);
  });
});

test('names come in the encoding that was asked for', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const names: unknown[] = [];
    const listener = (_type: string, name: unknown) => names.push(name);
    volume.fs.watch('/', 'buffer', listener);
    volume.fs.watch('/', { encoding: 'hex' }, listener);
    volume.fs.watch(Buffer.from('/'), listener);
    volume.fs.watch(new URL('file:///'), listener);
    await volume.fs.promises.writeFile('/ä', '');
    await setImmediate();
    t.deepEqual(names, [Buffer.from('ä'), 'c3a4', 'ä', 'ä']);
  });
});

test('a path that leads nowhere throws as in Node', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const path = '/cabinetfs-no-such-directory/file';
    const shape = (error: unknown) => ({ ...(error as object), message: (error as Error).message });
    for (const given of [path, Buffer.from(path)]) {
      const expected = t.throws(() => nodeFs.watch(given));
      t.deepEqual(shape(t.throws(() => volume.fs.watch(given))), shape(expected));
    }
    await volume.fs.promises.writeFile('/file', '');
    const error = t.throws(() => volume.fs.watch('/file/')) as NodeJS.ErrnoException;
    t.is(error.message, "ENOTDIR: not a directory, watch '/file/'");
    t.throws(() => volume.fs.watch('/missing', { recursive: true }), { code: 'ENOENT' });
  });
});

test('the functions have the types of Node’s', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const watch: typeof nodeFs.watch = volume.fs.watch;
    const watchFile: typeof nodeFs.watchFile = volume.fs.watchFile;
    const events: typeof nodeFs.promises.watch = volume.fs.promises.watch;
    t.is(typeof events, 'function');
    watch('/').close();
    watchFile('/', () => undefined);
    volume.fs.unwatchFile('/');
  });
});

test('wrong arguments throw as in Node', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const calls: readonly ((fs: typeof nodeFs) => unknown)[] = [
      (fs) => fs.watch(5 as never),
      (fs) => fs.watch('/\0'),
      (fs) => fs.watch('/', 5 as never),
      (fs) => fs.watch('/', 'no encoding' as never),
      (fs) => fs.watch('/', { encoding: 'no encoding' as never }),
      (fs) => fs.watch('/', { signal: {} as never }),
      (fs) => fs.watch('/', { recursive: 'yes' as never }),
      (fs) => fs.watch('/', { recursive: true, persistent: 'no' as never }),
      (fs) => fs.watch('/cabinetfs-none', { persistent: false }, 'no function' as never),
    ];
    for (const call of calls) {
      const expected = t.throws(() => call(nodeFs)) as NodeJS.ErrnoException;
      const error = t.throws(() => call(volume.fs as never)) as NodeJS.ErrnoException;
      t.is(error.message, expected.message);
      t.is(error.code, expected.code);
    }
    t.throws(() => volume.fs.watch('/', 'utf8', 'no function' as never), {
      code: 'ERR_INVALID_ARG_TYPE',
    });
  });
});

test('a watcher that is closed in its own listener tells no more', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    const events: string[] = [];
    const watcher = volume.fs.watch('/', (_type: string, name: string) => {
      events.push(name);
      watcher.close();
    });
    watcher.on('close', () => events.push('close'));
    await Promise.all(['a', 'b', 'c'].map((name) => fs.writeFile(`/${name}`, '')));
    await setImmediate();
    t.deepEqual(events, ['a', 'close']);
    watcher.close();
    t.is(watcher.ref().unref(), watcher);
    await setImmediate();
    t.deepEqual(events, ['a', 'close']);
  });
});

test('a listener that closes another watcher, or opens one, disturbs nobody', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    const record = new Record();
    let inner = 0;
    volume.fs.watch('/', (type: string, name: string) => {
      record.note(`first ${type} ${name}`);
      second.close();
      volume.fs.watch('/', () => {
        inner += 1;
      });
    });
    const second = volume.fs.watch('/', record.listener('second'));
    volume.fs.watch('/', record.listener('third'));
    t.deepEqual(await record.during(() => fs.writeFile('/a', '')), [
      'first rename a',
      'third rename a',
    ]);
    t.is(inner, 0);
    await record.during(() => fs.writeFile('/b', ''));
    t.is(inner, 1);
  });
});

test('a signal closes the watcher, before it has told anything or later', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const record = new Record();
    const controller = new AbortController();
    const { signal } = controller;
    volume.fs.watch('/', { signal }, record.listener('first')).on('close', () => {
      record.note('first closed');
    });
    t.deepEqual(await record.during(() => volume.fs.promises.writeFile('/a', '')), [
      'first rename a',
    ]);
    t.deepEqual(await record.during(() => controller.abort()), ['first closed']);
    volume.fs.watch('/', { signal }, record.listener('second')).on('close', () => {
      record.note('second closed');
    });
    t.deepEqual(await record.during(() => volume.fs.promises.writeFile('/b', '')), [
      'second closed',
    ]);
  });
});

test('closing the volume tells what has happened and closes the watchers', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const record = new Record();
    volume.fs
      .watch('/', record.listener())
      .on('close', () => record.note('close'))
      .on('error', () => record.note('error'));
    volume.fs.watchFile('/', () => record.note('stat')).on('stop', () => record.note('stop'));
    const written = volume.fs.promises.writeFile('/a', '');
    await volume.close();
    await written;
    t.deepEqual(record.take(), ['rename a', 'stat', 'close', 'stop']);
    t.throws(() => volume.fs.watch('/'), { code: 'ERR_VOLUME_CLOSED' });
    t.throws(() => volume.fs.watchFile('/', () => undefined), { code: 'ERR_VOLUME_CLOSED' });
  });
});

test('a thousand watchers of files, each told of its own', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    const paths = Array.from({ length: 1000 }, (_, index) => `/f${index}`);
    await Promise.all(paths.map((path) => fs.writeFile(path, '')));
    const counts = new Map<string, number>();
    for (const path of paths) {
      volume.fs.watch(path, (_type: string, name: string) => {
        counts.set(`/${name}`, (counts.get(`/${name}`) ?? 0) + 1);
      });
    }
    await Promise.all(paths.map((path) => fs.appendFile(path, 'x')));
    await setImmediate();
    t.deepEqual([...counts.keys()].sort(), [...paths].sort());
    t.true([...counts.values()].every((count) => count === 1));
  });
});

for (const what of ['watch', 'unref', 'watchFile', 'events']) {
  test(`a process ends by itself while it watches without persistence: ${what}`, async (t) => {
    t.is(await exitCodeOf(what), 0);
  });
}

test('what is watched persistently keeps the process alive', async (t) => {
  // The child ends its watch after it was told that nothing else kept it alive.
  t.is(await exitCodeOf('persistent'), 7);
});

test('what a listener throws is an uncaught exception, and the others are told', async (t) => {
  t.is(await exitCodeOf('throw'), 5);
});
