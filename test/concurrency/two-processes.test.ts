/** Two processes on one volume. */
import test from 'ava';
import { openVolume } from '#src/index.js';
import { startChild } from '../support/child.js';
import { assertVolumeSound } from '../support/subject.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';
import { increments } from './counter.js';

const CHILD = new URL('./volume-child.js', import.meta.url);
const PATIENT = { busyTimeoutMs: 20_000 };

test('each process sees what the other one was acknowledged', async (t) => {
  await withVolume(t, PATIENT, async ({ volume, file }) => {
    const fs = volume.fs.promises;
    const child = startChild(CHILD, [file]);
    for (let round = 0; round < 20; round += 1) {
      await fs.writeFile('/ours', `ours ${round}`);
      t.is(await child.ask('read', '/ours'), `ours ${round}`);
      await child.ask('write', '/theirs', `theirs ${round}`);
      t.is(await fs.readFile('/theirs', 'utf8'), `theirs ${round}`);
    }
    await fs.mkdir('/dir');
    await child.ask('rename', '/theirs', '/dir/moved');
    t.deepEqual(await fs.readdir('/dir'), ['moved'] as never);
    await fs.rename('/dir', '/else');
    t.deepEqual(await child.ask('list', '/else'), ['moved']);
    await child.end();
  });
});

test('counters moved by compare-and-swap in two processes lose no update', async (t) => {
  await withVolume(t, PATIENT, async ({ volume, file }) => {
    await volume.fs.promises.writeFile('/counter', '0');
    const child = startChild(CHILD, [file]);
    await child.ask('list', '/');
    const conflicts = await Promise.all([
      child.ask('increments', '/counter', 100),
      child.ask('increments', '/counter', 100),
      increments(volume, '/counter', 100),
      increments(volume, '/counter', 100),
    ]);
    t.is(await volume.fs.promises.readFile('/counter', 'utf8'), '400');
    t.true(
      conflicts.some((count) => Number(count) > 0),
      'they did get in each other’s way',
    );
    await child.end();
  });
});

test('appends of two processes to one file are all there, each process in its order', async (t) => {
  await withVolume(t, PATIENT, async ({ volume, file }) => {
    const fs = volume.fs.promises;
    const child = startChild(CHILD, [file]);
    await child.ask('list', '/');
    const ours = Array.from({ length: 200 }, (_, index) =>
      fs.appendFile('/log', `ours ${index}\n`),
    );
    await Promise.all([...ours, child.ask('appendLines', '/log', 'theirs', 200)]);
    const lines = (await fs.readFile('/log', 'utf8')).toString().trimEnd().split('\n');
    t.is(lines.length, 400);
    for (const name of ['ours', 'theirs']) {
      const own = lines.filter((line) => line.startsWith(name));
      t.deepEqual(
        own,
        Array.from({ length: 200 }, (_, index) => `${name} ${index}`),
      );
    }
    await child.end();
  });
});

test('a reader never sees half of another process’s transaction', async (t) => {
  await withVolume(t, PATIENT, async ({ volume, file }) => {
    const fs = volume.fs.promises;
    await Promise.all([fs.writeFile('/left', '0'), fs.writeFile('/right', '0')]);
    const child = startChild(CHILD, [file]);
    await child.ask('startPairs');
    const seen = new Set<string>();
    for (let look = 0; look < 2000 || seen.size < 3; look += 1) {
      const lease = await volume.runner.lease();
      const pair = lease.read((store) =>
        ['left', 'right'].map((name) => {
          const inode = store.dentries.lookup(1 as never, name);
          return inode && store.content.read(inode, 0, inode.size).toString();
        }),
      );
      await lease.release();
      t.is(pair[0], pair[1]);
      seen.add(pair[0] as string);
      if (look > 2000) await new Promise((resolve) => setImmediate(resolve));
    }
    await child.ask('stopPairs');
    await child.end();
  });
});

test('processes that create a volume at the same time make one', async (t) => {
  await withFolder(async (folder) => {
    const file = `${folder}/test.cabinet`;
    const children = Array.from({ length: 4 }, () => startChild(CHILD, [file]));
    await Promise.all(children.map((child, index) => child.ask('write', `/${index}`, 'x')));
    for (const child of children) t.deepEqual(await child.ask('list', '/'), ['0', '1', '2', '3']);
    for (const child of children) await child.end();
    await using volume = await openVolume(file);
    await assertVolumeSound(volume);
  });
});

test('a process that is killed does not keep the other one from working', async (t) => {
  await withVolume(t, PATIENT, async ({ volume, file }) => {
    const child = startChild(CHILD, [file]);
    await child.ask('list', '/');
    const theirs = child.ask('appendLines', '/log', 'theirs', 100_000);
    await volume.fs.promises.writeFile('/before', 'x');
    await child.kill();
    await t.throwsAsync(theirs);
    await volume.fs.promises.writeFile('/after', 'x');
    const names = (await volume.fs.promises.readdir('/')) as string[];
    t.true(names.includes('before') && names.includes('after'));
  });
});
