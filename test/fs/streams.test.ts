/** The face as libraries patch it, and streams as they make them. */
import { type EventEmitter, once } from 'node:events';
import nodeFs from 'node:fs';
import { finished, pipeline } from 'node:stream/promises';
import test from 'ava';
import type { FsFace } from '#src/index.js';
import { withVolume } from '../support/temporary-volume.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

test('every volume has an object of its own, which may be changed', async (t) => {
  await withVolume(t, {}, async ({ volume: one }) => {
    await withVolume(t, {}, ({ volume: two }) => {
      t.not(one.fs, two.fs);
      t.not(one.fs.ReadStream, two.fs.ReadStream);
      const patched = one.fs as Writable<FsFace>;
      patched.readFileSync = (() => 'patched') as never;
      t.is(one.fs.readFileSync('/nothing', 'utf8'), 'patched');
      t.throws(() => two.fs.readFileSync('/nothing'), { code: 'ENOENT' });
    });
  });
});

test('a class that was put in the place of ReadStream is what createReadStream makes', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs as Writable<FsFace>;
    fs.writeFileSync('/file', 'content');
    const Original = fs.ReadStream;
    // As graceful-fs does it.
    function Patched(this: unknown, ...args: unknown[]): unknown {
      return (Original as unknown as (...args: unknown[]) => void).apply(this, args);
    }
    Patched.prototype = Object.create(Original.prototype);
    fs.ReadStream = Patched as never;
    const stream = fs.createReadStream('/file', 'utf8');
    t.true(stream instanceof Patched);
    t.is((await stream.toArray()).join(''), 'content');
  });
});

test('streams open with the function that the object has at that moment', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs as Writable<FsFace>;
    const opened: unknown[] = [];
    const { open } = fs;
    fs.open = ((...args: unknown[]) => {
      opened.push(args[0]);
      (open as (...args: unknown[]) => void)(...args);
    }) as never;
    await finished(fs.createWriteStream('/file').end('x'));
    t.deepEqual(opened, ['/file']);
  });
});

test('streams are made with and without new, and are those of Node and of the volume', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { fs } = volume;
    const call = fs.WriteStream as unknown as (path: string) => nodeFs.WriteStream;
    const stream = call('/file');
    t.true(stream instanceof fs.WriteStream);
    t.true(stream instanceof nodeFs.WriteStream);
    t.true(stream.pending);
    await finished(stream.end('x'));
    const Own = class extends (fs.ReadStream as unknown as new (
      path: string,
    ) => nodeFs.ReadStream) {};
    const own = new Own('/file');
    t.true(own instanceof fs.ReadStream);
    t.is(Buffer.concat(await own.toArray()).toString(), 'x');
    t.is(own.bytesRead, 1);
  });
});

test('a stream on a handle or a number shares its file, and on a handle with fs is refused', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { fs } = volume;
    fs.writeFileSync('/file', '0123456789');
    const handle = await fs.promises.open('/file', 'r');
    const fd = handle as unknown as number;
    t.throws(() => fs.createReadStream('', { fd, fs: nodeFs } as never), {
      code: 'ERR_METHOD_NOT_IMPLEMENTED',
    });
    const stream = fs.createReadStream('', { fd, start: 2, end: 4, encoding: 'utf8' });
    t.is((await stream.toArray()).join(''), '234');
    t.is(handle.fd, -1);
    const number = fs.openSync('/file', 'r');
    const kept = fs.createReadStream('', { fd: number, autoClose: false, start: 8 });
    t.is(Buffer.concat(await kept.toArray()).toString(), '89');
    fs.closeSync(number);
  });
});

test('a stream that is destroyed halfway gives its file back', async (t) => {
  await withVolume(t, { handlesMax: 2 }, async ({ volume }) => {
    const { fs } = volume;
    fs.writeFileSync('/big', Buffer.alloc(5_000_000));
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const reading = fs.createReadStream('/big', { highWaterMark: 1000 });
      const writing = fs.createWriteStream(`/copy-${attempt}`);
      const copying = pipeline(reading, writing);
      await once(reading, 'data');
      // The pipeline ends before its streams have closed their files.
      const closed = Promise.all([reading, writing].map(untilClosed));
      const [side] = attempt % 2 === 0 ? [reading] : [writing];
      side?.destroy(new Error('halfway'));
      await t.throwsAsync(copying, { message: 'halfway' });
      await closed;
    }
    t.is(fs.readdirSync('/').length, 6);
  });
});

test('a signal ends a stream', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { fs } = volume;
    fs.writeFileSync('/big', Buffer.alloc(1_000_000));
    const controller = new AbortController();
    const stream = fs.createReadStream('/big', { signal: controller.signal, highWaterMark: 100 });
    await once(stream, 'data');
    controller.abort();
    await t.throwsAsync(finished(stream), { name: 'AbortError' });
  });
});

test('who writes faster than the volume takes is told to wait', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { fs } = volume;
    const stream = fs.createWriteStream('/file', { highWaterMark: 100_000, flush: true });
    const piece = Buffer.alloc(60_000, 'x');
    t.true(stream.write(piece));
    t.false(stream.write(piece));
    t.true(stream.writableNeedDrain);
    await once(stream, 'drain');
    await finished(stream.end());
    t.is(fs.statSync('/file').size, 120_000);
    t.is(stream.bytesWritten, 120_000);
  });
});

function untilClosed(stream: EventEmitter): Promise<void> {
  return new Promise((resolve) => stream.on('close', resolve));
}
