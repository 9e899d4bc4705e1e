/** The writer of an open volume: order, bytes by value, isolation, what goes past the queue. */
import { constants } from 'node:fs';
import test from 'ava';
import { withVolume } from '../support/temporary-volume.js';

const SMALL_BATCHES = { batchCommandsMax: 7, commitDelayMs: 0 };

test('writes of one client take effect in the order of the calls', async (t) => {
  await withVolume(t, SMALL_BATCHES, async ({ volume }) => {
    const fs = volume.fs.promises;
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    await Promise.all(numbers.map((number) => fs.appendFile('/log', `${number}\n`)));
    t.is(await fs.readFile('/log', 'utf8'), numbers.map((number) => `${number}\n`).join(''));
  });
});

test('a chain of dependent calls needs no await', async (t) => {
  await withVolume(t, SMALL_BATCHES, async ({ volume }) => {
    const fs = volume.fs.promises;
    await Promise.all([
      fs.mkdir('/a'),
      fs.writeFile('/a/file', 'one'),
      fs.rename('/a', '/b'),
      fs.appendFile('/b/file', ' two'),
      fs.copyFile('/b/file', '/c'),
      fs.unlink('/b/file'),
      fs.rmdir('/b'),
    ]);
    t.deepEqual(await fs.readdir('/'), ['c'] as never);
    t.is(await fs.readFile('/c', 'utf8'), 'one two');
  });
});

test('a file is released after the writes that were queued before', async (t) => {
  await withVolume(t, { batchCommandsMax: 1 }, async ({ volume }) => {
    const fs = volume.fs.promises;
    const writer = volume.runner.writer();
    const { ino } = await writer.submit('open', [
      '/file',
      constants.O_CREAT | constants.O_RDWR,
      { mode: 0o644, uid: 0, gid: 0 },
    ]);
    await fs.unlink('/file');
    const data = Buffer.from('x');
    const writes = Array.from({ length: 50 }, (_, at) =>
      writer.submit('write', [ino, at], { data }),
    );
    writer.release(ino);
    const results = await Promise.all(writes);
    t.is(results.at(-1)?.size, 50);
  });
});

test('the buffer of a write may be reused when the call has returned', async (t) => {
  await withVolume(t, { queueCommandsMax: 4 }, async ({ volume }) => {
    const fs = volume.fs.promises;
    for (const size of [10, 3000, 100_000, 1_000_000]) {
      const buffer = Buffer.alloc(size, 'a');
      const writes = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => {
        buffer.fill(letter);
        return fs.writeFile(`/${letter}`, buffer);
      });
      buffer.fill('z');
      await Promise.all(writes);
      for (const letter of 'abcdef') {
        const content = (await fs.readFile(`/${letter}`)) as Buffer;
        t.true(content.equals(Buffer.alloc(size, letter)), `${letter} of ${size} bytes`);
      }
    }
  });
});

test('a handle’s buffer may be reused when the call has returned', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const handle = await volume.fs.promises.open('/file', 'w+');
    const buffer = Buffer.from('first');
    const first = handle.write(buffer);
    buffer.write('later');
    const second = handle.write(buffer);
    buffer.fill(0);
    await Promise.all([first, second]);
    t.is(await volume.fs.promises.readFile('/file', 'utf8'), 'firstlater');
    await handle.close();
  });
});

test('failing calls among good ones fail alone', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    const settled = await Promise.allSettled([
      fs.writeFile('/a', 'a'),
      fs.mkdir('/a'),
      fs.unlink('/missing'),
      fs.writeFile('/b', 'b', { ifVersion: 7 } as never),
      fs.writeFile('/c', 'c'),
    ]);
    const outcomes = settled.map((result) =>
      result.status === 'fulfilled' ? 'ok' : result.reason.code,
    );
    t.deepEqual(outcomes, ['ok', 'EEXIST', 'ENOENT', 'ERR_VERSION_MISMATCH', 'ok']);
    t.deepEqual(await fs.readdir('/'), ['a', 'c'] as never);
  });
});

test('control requests are answered before the queue is empty', async (t) => {
  await withVolume(t, { batchCommandsMax: 64 }, async ({ volume }) => {
    const { writeFile } = volume.fs.promises;
    const data = Buffer.alloc(2000);
    const done: string[] = [];
    const writes = Array.from({ length: 4000 }, (_, index) => writeFile(`/${index}`, data));
    const last = (writes.at(-1) as Promise<unknown>).then(() => done.push('last write'));
    const controls = [
      volume.sync().then(() => done.push('sync')),
      volume.checkpoint().then(() => done.push('checkpoint')),
      volume.fs.promises.open('/', 'r').then(async (handle) => {
        done.push('hold');
        await handle.close();
      }),
    ];
    await Promise.all([last, ...writes, ...controls]);
    t.is(done.at(-1), 'last write');
    t.is(done.length, 4);
  });
});

test('a reader sees what was acknowledged, at once', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    for (let round = 0; round < 200; round += 1) {
      await fs.writeFile('/file', `round ${round}`);
      t.is(await fs.readFile('/file', 'utf8'), `round ${round}`);
    }
  });
});
