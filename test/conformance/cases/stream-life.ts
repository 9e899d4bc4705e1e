/** Streams that are destroyed or aborted halfway, streams of descriptors, and streams with an fs. */
import { once } from 'node:events';
import type { ReadStream, WriteStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Case, only, pattern, wrong } from '../case.js';
import { eventsOf, stateOf, turns } from './stream-events.js';

/** A stream that is destroyed at some moment of its life. */
const MOMENTS: Readonly<Record<string, (stream: Readable | Writable) => Promise<unknown>>> = {
  'at once': async () => undefined,
  'when it opened': (stream) => once(stream, 'open'),
  'when it is ready': (stream) => once(stream, 'ready'),
};

const ERRORS: readonly (Error | undefined)[] = [undefined, new Error('given up')];

const destroyCases: readonly Case[] = Object.entries(MOMENTS).flatMap(([moment, wait]) =>
  ERRORS.flatMap((error): Case[] => [
    {
      title: `a read stream destroyed ${moment} ${error ? 'with an error' : 'without error'}`,
      setup: (c) => c.fs.writeFile(c.at('file'), pattern(300_000)),
      run: async (c) => {
        const stream = c.face.createReadStream(c.at('file'));
        const waited = wait(stream);
        const events = eventsOf(stream);
        await waited;
        stream.destroy(error);
        return [await events, stateOf(c, stream)];
      },
    },
    {
      title: `a write stream destroyed ${moment} ${error ? 'with an error' : 'without error'}`,
      run: async (c) => {
        const stream = c.face.createWriteStream(c.at('file'));
        const waited = wait(stream);
        const events = eventsOf(stream);
        await waited;
        stream.destroy(error);
        const writes: unknown[] = [];
        const taken = stream.write('x', (failure) => writes.push(failure));
        return [await events, taken, writes, stateOf(c, stream)];
      },
    },
  ]),
);

const lifeCases: readonly Case[] = [
  {
    title: 'a read stream destroyed halfway closes its descriptor and gives no more',
    setup: (c) => c.fs.writeFile(c.at('file'), pattern(500_000)),
    run: async (c) => {
      const stream = c.face.createReadStream(c.at('file'));
      let chunks = 0;
      const events = await eventsOf(stream, () => {
        stream.on('data', () => {
          chunks += 1;
          if (chunks === 3) stream.destroy();
        });
      });
      const fd = (stream as unknown as { fd: unknown }).fd;
      return [events, chunks, fd, stream.destroyed];
    },
  },
  {
    title: 'leaving a for-await loop destroys the read stream',
    setup: (c) => c.fs.writeFile(c.at('file'), pattern(500_000)),
    run: async (c) => {
      const stream = c.face.createReadStream(c.at('file'));
      const events = eventsOf(stream);
      for await (const _ of stream) break;
      return [await events, stateOf(c, stream)];
    },
  },
  {
    title: 'a write stream destroyed halfway closes its descriptor and refuses the rest',
    run: async (c) => {
      const stream = c.face.createWriteStream(c.at('file'));
      await new Promise((resolve) => stream.write('first', resolve));
      const events = await eventsOf(stream, () => stream.destroy(new Error('enough')));
      const refused = await new Promise((resolve) => stream.write('more', resolve));
      return [events, refused, stateOf(c, stream), c.face.readFileSync(c.at('file'), 'utf8')];
    },
  },
  {
    title: 'a signal that is aborted already destroys a stream with AbortError',
    leavesPart: true,
    setup: (c) => c.fs.writeFile(c.at('file'), 'x'),
    run: async (c) => {
      const signal = AbortSignal.abort();
      const reading = eventsOf(c.face.createReadStream(c.at('file'), { signal }));
      const writing = eventsOf(c.face.createWriteStream(c.at('new'), wrong({ signal })));
      return [
        (await reading).filter((event) => String(event).startsWith('error')),
        // Whether it opens before it is destroyed is a race.
        (await writing).filter((event) => String(event).startsWith('error')),
      ];
    },
  },
  {
    title: 'a signal aborted halfway destroys a stream with AbortError',
    setup: (c) => c.fs.writeFile(c.at('file'), pattern(500_000)),
    run: async (c) => {
      const controller = new AbortController();
      const { signal } = controller;
      const stream = c.face.createReadStream(c.at('file'), { signal });
      const events = await eventsOf(stream, () => {
        stream.once('data', () => controller.abort(new Error('why')));
      });
      return [events, stream.destroyed];
    },
  },
  {
    title: 'pipeline copies a file through both streams',
    setup: (c) => c.fs.writeFile(c.at('file'), pattern(400_000)),
    run: async (c) => {
      const from = c.face.createReadStream(c.at('file'));
      const to = c.face.createWriteStream(c.at('copy'));
      await pipeline(from, to);
      return [from.bytesRead, to.bytesWritten, from.closed, to.closed];
    },
  },
  {
    title: 'pipeline into a path that cannot be opened fails and closes both streams',
    setup: (c) => c.fs.writeFile(c.at('file'), pattern(400_000)),
    run: async (c) => {
      const from = c.face.createReadStream(c.at('file'));
      const to = c.face.createWriteStream(c.at('missing/copy'));
      return [await c.attempt(() => pipeline(from, to)), from.destroyed, to.destroyed];
    },
  },
];

const descriptorCases: readonly Case[] = [
  {
    title: 'streams of a descriptor need no path and emit no open',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const fd = c.face.openSync(c.at('file'), 'r');
      const stream = c.face.createReadStream(wrong(null), { fd, start: 2, end: 6 });
      const before = stateOf(c, stream);
      const chunks: unknown[] = [];
      const events = await eventsOf(stream, () => stream.on('data', (chunk) => chunks.push(chunk)));
      return [before, events, chunks, stateOf(c, stream)];
    },
  },
  {
    title: 'a stream of a descriptor without start reads from its position',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const fd = c.face.openSync(c.at('file'), 'r');
      c.face.readSync(fd, Buffer.alloc(4));
      const text: string[] = [];
      const stream = c.face.createReadStream('', { fd, encoding: 'latin1' });
      for await (const piece of stream) text.push(piece);
      return text;
    },
  },
  {
    title: 'a write stream of a descriptor writes at its position and closes it',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const fd = c.face.openSync(c.at('file'), 'r+');
      c.face.writeSync(fd, 'ab');
      const stream = c.face.createWriteStream('', { fd });
      return [await eventsOf(stream, () => stream.end('cd')), stateOf(c, stream)];
    },
  },
  {
    title: 'streams of a FileHandle use and close it',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const reads = await c.face.promises.open(c.at('file'), 'r');
      const writes = await c.face.promises.open(c.at('copy'), 'w');
      const from = c.face.createReadStream('', { fd: wrong(reads), start: 3 });
      const to = c.face.createWriteStream('', { fd: wrong(writes) });
      await pipeline(from, to);
      await turns();
      return [reads.fd, writes.fd, to.bytesWritten];
    },
  },
  {
    title: 'streams of a descriptor nobody has fail with EBADF',
    run: async (c) => {
      const fd = 2 ** 31 - 1;
      const read = c.face.createReadStream('', { fd });
      const write = c.face.createWriteStream('', { fd });
      return [
        await eventsOf(read, () => read.resume()),
        await eventsOf(write, () => write.end('x')),
      ];
    },
  },
  {
    title: 'a write stream of a descriptor opened for reading fails with EBADF',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const write = c.face.createWriteStream('', { fd: c.face.openSync(c.at('file'), 'r') });
      return await eventsOf(write, () => write.end('x'));
    },
  },
];

/** The functions that a stream calls when the caller brings its own. */
const ownFsCases: readonly Case[] = [
  {
    title: 'streams call the functions of the fs they are given',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const { face } = c;
      const calls: string[] = [];
      const noted = (name: 'open' | 'close' | 'read' | 'write') => {
        return (...args: unknown[]): unknown => {
          calls.push(name);
          return (face[name] as (...args: unknown[]) => unknown)(...args);
        };
      };
      const fs = { open: noted('open'), close: noted('close'), read: noted('read') };
      const stream = face.createReadStream(c.at('file'), wrong({ fs }));
      await eventsOf(stream, () => stream.resume());
      const writer = { open: noted('open'), close: noted('close'), write: noted('write') };
      const write = face.createWriteStream(c.at('new'), wrong({ fs: writer }));
      await eventsOf(write, () => write.end('text'));
      return calls;
    },
  },
  {
    title: 'ReadStream and WriteStream are constructors that work without new',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const { ReadStream, WriteStream } = c.face as unknown as Record<
        string,
        (path: string) => ReadStream & WriteStream
      >;
      const read = ReadStream?.(c.at('file'));
      const write = WriteStream?.(c.at('new'));
      if (read === undefined || write === undefined) return 'missing';
      // Both at once: what the one does while the other is listened to would be missed.
      const events = await Promise.all([
        eventsOf(read, () => read.resume()),
        eventsOf(write, () => write.end('x')),
      ]);
      return [...events, stateOf(c, read), stateOf(c, write)];
    },
  },
];

export const streamLifeCases: readonly Case[] = only(
  ['callback'],
  [...destroyCases, ...lifeCases, ...descriptorCases, ...ownFsCases],
);
