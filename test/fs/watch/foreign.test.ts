/** Changes that another process makes: found by comparing, told once, none missing. */
import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { openVolume } from '#src/index.js';
import { type Child, startChild } from '../../support/child.js';
import type { Volume } from '../../support/subject.js';
import { withVolume } from '../../support/temporary-volume.js';
import { until } from '../../support/until.js';
import { Record, watchAll } from './record.js';

const CHILD = new URL('./volume-child.js', import.meta.url);
const PATIENT = { busyTimeoutMs: 20_000 };

/** A volume, and another process that has it open too. */
async function withChild(
  t: ExecutionContext,
  work: (volume: Volume, child: Child) => Promise<void>,
): Promise<void> {
  await withVolume(t, PATIENT, async ({ volume, file }) => {
    const child = startChild(CHILD, [file]);
    try {
      await child.ask('call', 'stat', '/');
      await work(volume, child);
    } finally {
      await child.end();
    }
  });
}

/** Asks the child for something and compares what is told of it, in any order. */
async function isTold(
  t: ExecutionContext,
  record: Record,
  child: Child,
  request: [name: string, ...args: unknown[]],
  expected: readonly string[],
): Promise<void> {
  record.take();
  await child.ask('call', ...request);
  await until(`the events of ${request.join(' ')}`, () => record.length >= expected.length);
  t.deepEqual(record.take().sort(), [...expected].sort());
}

test('what another process does is told', async (t) => {
  await withChild(t, async (volume, child) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/dir/sub', { recursive: true });
    await fs.writeFile('/dir/file', 'one');
    await fs.writeFile('/dir/sub/deep', 'one');
    const record = watchAll(volume, {
      dir: { path: '/dir' },
      all: { path: '/', recursive: true },
      file: { path: '/dir/file' },
    });
    const did = (request: [string, ...unknown[]], expected: readonly string[]) =>
      isTold(t, record, child, request, expected);
    await did(['writeFile', '/dir/new', 'x'], ['dir rename new', 'all rename dir/new']);
    await did(
      ['appendFile', '/dir/file', 'two'],
      ['file change file', 'dir change file', 'all change dir/file'],
    );
    await did(['appendFile', '/dir/sub/deep', 'x'], ['all change dir/sub/deep']);
    await did(['chmod', '/dir/sub', 0o700], ['dir change sub', 'all change dir/sub']);
    await did(
      ['rename', '/dir/new', '/dir/newer'],
      ['all rename dir/new', 'all rename dir/newer', 'dir rename new', 'dir rename newer'],
    );
    await did(['unlink', '/dir/newer'], ['dir rename newer', 'all rename dir/newer']);
    await did(
      ['rename', '/dir/file', '/moved'],
      ['all rename dir/file', 'all rename moved', 'dir rename file', 'file rename file'],
    );
    await did(['appendFile', '/moved', 'x'], ['file change file', 'all change moved']);
    await did(
      ['rename', '/dir/sub', '/sub'],
      ['all rename dir/sub', 'all rename sub', 'all rename sub/deep', 'dir rename sub'],
    );
    await did(['appendFile', '/sub/deep', 'x'], ['all change sub/deep']);
    await did(['rm', '/moved'], ['file rename file', 'all rename moved']);
  });
});

test('a directory that gets entries has not changed to who watches it from above', async (t) => {
  await withChild(t, async (volume, child) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/dir/sub', { recursive: true });
    const record = watchAll(volume, { dir: { path: '/dir' }, all: { path: '/', recursive: true } });
    await isTold(t, record, child, ['writeFile', '/dir/sub/f', ''], ['all rename dir/sub/f']);
    await child.ask('setXattr', '/dir/sub', 'user.a', 'x');
    await child.ask('call', 'writeFile', '/dir/sub/g', '');
    await until('both changes', () => record.length >= 3);
    t.deepEqual(record.take().sort(), [
      'all change dir/sub',
      'all rename dir/sub/g',
      'dir change sub',
    ]);
  });
});

test('a tree that another process removes ends what is watched in it, told once', async (t) => {
  await withChild(t, async (volume, child) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/top/dir', { recursive: true });
    await fs.writeFile('/top/dir/file', '');
    const record = watchAll(volume, {
      dir: { path: '/top/dir' },
      file: { path: '/top/dir/file' },
      root: { path: '/' },
    });
    await child.ask('call', 'rm', '/top', { recursive: true });
    await until('all events', () => record.length >= 3);
    await fs.writeFile('/last', '');
    await setImmediate();
    t.deepEqual(record.take().sort(), [
      'dir rename dir',
      'file rename file',
      'root rename last',
      'root rename top',
    ]);
  });
});

test('own changes are told exactly once while another process changes the same directory', async (t) => {
  await withChild(t, async (volume, child) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/dir');
    const counts = new Map<string, number>();
    volume.fs.watch('/', { recursive: true }, (type: string, path: string) => {
      const event = `${type} ${path}`;
      counts.set(event, (counts.get(event) ?? 0) + 1);
    });
    const OWN = 400;
    const THEIRS = 400;
    const own = Array.from({ length: OWN }, async (_, index) => {
      const path = `/dir/ours${index}`;
      await fs.writeFile(path, 'x');
      await fs.appendFile(path, 'y');
      await fs.rename(path, `${path}b`);
    });
    await Promise.all([...own, child.ask('churn', '/dir', THEIRS)]);
    const theirs = () => [...counts.keys()].filter((event) => event.includes('theirs')).length;
    await until('all of theirs', () => theirs() === THEIRS);
    const expected = Array.from({ length: OWN }, (_, index) => `dir/ours${index}`).flatMap(
      (path) => [`rename ${path}`, `change ${path}`, `rename ${path}b`],
    );
    // The first name comes and goes: two events.
    const wrong = expected.filter(
      (event) => counts.get(event) !== (event.endsWith('b') || event.startsWith('change') ? 1 : 2),
    );
    t.deepEqual(wrong, []);
    t.is(counts.size, OWN * 3 + THEIRS, 'nothing else is told');
    t.deepEqual(
      [...counts].filter(([event, count]) => event.includes('theirs') && count !== 1),
      [],
    );
  });
});

test('a volume that is open for reading only tells what others do', async (t) => {
  await withVolume(t, PATIENT, async ({ volume, file }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/dir');
    const reader = await openVolume(file, { readOnly: true });
    const record = new Record();
    reader.fs.watch('/dir', record.listener());
    await fs.writeFile('/dir/a', '');
    await until('the first', () => record.length > 0);
    await fs.appendFile('/dir/a', 'x');
    await until('the second', () => record.length > 1);
    t.deepEqual(record.take(), ['rename a', 'change a']);
    await reader.close();
  });
});
