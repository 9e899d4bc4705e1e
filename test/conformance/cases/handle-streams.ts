/** FileHandle: createReadStream, createWriteStream, readableWebStream. */
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Case, CaseContext } from '../case.js';
import { only, pattern, wrong } from '../case.js';

const EVENTS = ['open', 'ready', 'end', 'finish', 'error', 'close'];

interface Watched {
  /** Names of the events so far, in order. */
  readonly events: string[];
  /** Resolves when the stream closed, or ended without closing. */
  readonly done: Promise<void>;
}

function watched(stream: Readable | Writable, last = 'close'): Watched {
  const events: string[] = [];
  const done = new Promise<void>((resolve) => {
    for (const name of EVENTS) {
      stream.on(name, () => {
        events.push(name);
        if (name === last) setImmediate(resolve);
      });
    }
  });
  return { events, done };
}

/** Reads a stream of the file to its end and reports everything about it. */
async function readStream(c: CaseContext, options: object, last?: string): Promise<unknown> {
  const handle = await c.open('file', 'r');
  const stream = handle.createReadStream(wrong(options));
  const { events, done } = watched(stream, last);
  const chunks: unknown[] = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  await done;
  const { bytesRead, path, pending } = stream as unknown as Record<string, unknown>;
  return {
    chunks: chunks.length > 20 ? chunks.length : chunks,
    events,
    bytesRead,
    path,
    pending,
    encoding: stream.readableEncoding,
    highWaterMark: stream.readableHighWaterMark,
    destroyed: stream.destroyed,
    handle: await c.attempt(async () => (await handle.stat()).size),
  };
}

const READ_OPTIONS: Readonly<Record<string, object>> = {
  'no options': {},
  'an encoding': { encoding: 'utf8' },
  start: { start: 3 },
  'start and end': { start: 3, end: 6 },
  end: { end: 2 },
  'start beyond the end': { start: 100 },
  'start equal to end': { start: 4, end: 4 },
  'end of Infinity': { start: 1, end: Number.POSITIVE_INFINITY },
  'highWaterMark 3': { highWaterMark: 3 },
  'highWaterMark 3 and a range': { highWaterMark: 3, start: 2, end: 8 },
  'highWaterMark 3 and an encoding': { highWaterMark: 3, encoding: 'hex' },
  'emitClose false': { emitClose: true, encoding: 'latin1' },
};

const READ_REFUSED: readonly unknown[] = [
  { start: -1 },
  { start: '1' },
  { start: 1.5 },
  { end: -1 },
  { end: '1' },
  { end: Number.NaN },
  { start: 5, end: 4 },
  { encoding: 'klingon' },
  { highWaterMark: -1 },
  { highWaterMark: 'x' },
  { signal: {} },
  { fs: {} },
  'klingon',
  1,
];

const readCases: readonly Case[] = [
  ...Object.entries(READ_OPTIONS).map(
    ([about, options]): Case => ({
      title: `createReadStream with ${about}`,
      setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
      run: (c) => readStream(c, options),
    }),
  ),
  {
    title: 'createReadStream with autoClose false leaves the handle open',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: (c) => readStream(c, { autoClose: false }, 'end'),
  },
  {
    title: 'createReadStream of an empty file ends at once',
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: (c) => readStream(c, {}),
  },
  {
    title: 'createReadStream gives a large file in pieces of 64 KiB',
    setup: (c) => c.fs.writeFile(c.at('file'), pattern(300_000)),
    run: (c) => readStream(c, {}),
  },
  {
    title: 'createReadStream begins at the position of the handle',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      await handle.read(Buffer.alloc(4));
      const text: string[] = [];
      for await (const chunk of handle.createReadStream({ encoding: 'utf8' })) text.push(chunk);
      return text;
    },
  },
  {
    title: 'createReadStream with an aborted signal fails with AbortError',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      const stream = handle.createReadStream(wrong({ signal: AbortSignal.abort() }));
      return await c.attempt(async () => {
        for await (const _ of stream);
      });
    },
  },
  {
    title: 'createReadStream of a directory fails with EISDIR',
    run: async (c) => {
      await c.fs.mkdir(c.at('dir'));
      const handle = await c.open('dir', 'r');
      return await c.attempt(async () => {
        for await (const _ of handle.createReadStream());
      });
    },
  },
  {
    title: 'destroying a read stream closes the handle',
    setup: (c) => c.fs.writeFile(c.at('file'), pattern(300_000)),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      const stream = handle.createReadStream();
      const { events, done } = watched(stream);
      stream.destroy();
      await done;
      return [events, await c.attempt(() => handle.stat())];
    },
  },
  {
    title: 'createReadStream refuses wrong options',
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: async (c) => {
      const outcomes: unknown[] = [];
      for (const options of READ_REFUSED) {
        const handle = await c.open('file', 'r');
        outcomes.push(
          await c.attempt(() => {
            const stream = handle.createReadStream(wrong(options));
            stream.on('error', () => undefined);
            stream.destroy();
            return 'taken';
          }),
        );
      }
      return outcomes;
    },
  },
];

const closedByHandle: Case = {
  title: 'closing the handle of a read stream destroys it',
  setup: (c) => c.fs.writeFile(c.at('file'), 'content'),
  run: async (c) => {
    const handle = await c.open('file', 'r');
    const stream = handle.createReadStream();
    const { events, done } = watched(stream);
    await c.attempt(() => handle.close());
    await done;
    return [events, stream.destroyed];
  },
};

/** Writes pieces through a stream of the file and reports everything about it. */
async function writeStream(
  c: CaseContext,
  options: object,
  pieces: readonly unknown[],
  last?: string,
): Promise<unknown> {
  const handle = await c.open('file', 'r+');
  const stream = handle.createWriteStream(wrong(options));
  const { events, done } = watched(stream, last);
  const taken = pieces.map((piece) => stream.write(piece));
  stream.end();
  await done;
  const { bytesWritten, path, pending } = stream as unknown as Record<string, unknown>;
  return {
    taken,
    events,
    bytesWritten,
    path,
    pending,
    highWaterMark: stream.writableHighWaterMark,
    destroyed: stream.destroyed,
    handle: await c.attempt(async () => (await handle.stat()).size),
  };
}

const WRITE_OPTIONS: Readonly<Record<string, object>> = {
  'no options': {},
  start: { start: 4 },
  'start beyond the end': { start: 20 },
  'an encoding': { encoding: 'hex' },
  'highWaterMark 3': { highWaterMark: 3 },
  flush: { flush: true },
};

const WRITE_REFUSED: readonly unknown[] = [
  { start: -1 },
  { start: '1' },
  { encoding: 'klingon' },
  { highWaterMark: -1 },
  { flush: 1 },
  { fs: {} },
  'klingon',
  1,
];

const writeCases: readonly Case[] = [
  ...Object.entries(WRITE_OPTIONS).map(
    ([about, options]): Case => ({
      title: `createWriteStream with ${about}`,
      setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
      run: (c) => writeStream(c, options, ['4142', Buffer.from('cd'), '4546']),
    }),
  ),
  {
    title: 'createWriteStream with autoClose false leaves the handle open',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: (c) => writeStream(c, { autoClose: false }, ['ab'], 'finish'),
  },
  {
    title: 'createWriteStream with nothing to write closes',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: (c) => writeStream(c, {}, []),
  },
  {
    title: 'createWriteStream writes large pieces in order',
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: (c) => writeStream(c, {}, [pattern(100_000), pattern(70_000, 1), pattern(3, 2)]),
  },
  {
    title: 'createWriteStream begins at the position of the handle',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const handle = await c.open('file', 'r+');
      await handle.write('abc');
      const stream = handle.createWriteStream();
      const { done } = watched(stream);
      stream.end('def');
      await done;
    },
  },
  {
    title: 'createWriteStream writes corked pieces together',
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: async (c) => {
      const handle = await c.open('file', 'r+');
      const stream = handle.createWriteStream();
      const { events, done } = watched(stream);
      stream.cork();
      for (const piece of ['one', 'two', 'three']) stream.write(piece);
      stream.uncork();
      stream.end();
      await done;
      return [events, stream.bytesWritten];
    },
  },
  {
    title: 'createWriteStream on a handle opened for reading fails with EBADF',
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      const stream = handle.createWriteStream();
      const error = new Promise((resolve) => stream.once('error', resolve));
      const { events, done } = watched(stream);
      stream.end('x');
      const failure = await error;
      await done;
      return [failure, events];
    },
  },
  {
    title: 'pipeline copies from a read stream to a write stream',
    setup: (c) => c.fs.writeFile(c.at('file'), pattern(400_000)),
    run: async (c) => {
      const from = await c.open('file', 'r');
      const to = await c.open('copy', 'w');
      await pipeline(from.createReadStream(), to.createWriteStream());
      return [await c.attempt(() => from.stat()), await c.attempt(() => to.stat())];
    },
  },
  {
    title: 'createWriteStream refuses wrong options',
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: async (c) => {
      const outcomes: unknown[] = [];
      for (const options of WRITE_REFUSED) {
        const handle = await c.open('file', 'r+');
        outcomes.push(
          await c.attempt(() => {
            const stream = handle.createWriteStream(wrong(options));
            stream.on('error', () => undefined);
            stream.destroy();
            return 'taken';
          }),
        );
      }
      return outcomes;
    },
  },
];

const webCases: readonly Case[] = [
  {
    title: 'readableWebStream gives the whole file',
    setup: (c) => c.fs.writeFile(c.at('file'), pattern(100_000)),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      const pieces: Uint8Array[] = [];
      for await (const piece of handle.readableWebStream() as AsyncIterable<ArrayBuffer>) {
        pieces.push(new Uint8Array(piece));
      }
      return [Buffer.concat(pieces), await c.attempt(() => handle.stat())];
    },
  },
  {
    title: 'readableWebStream of type bytes fills the buffers of its reader',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      const stream = handle.readableWebStream(wrong({ type: 'bytes' }));
      const reader = (stream as ReadableStream).getReader({ mode: 'byob' });
      const first = await reader.read(new Uint8Array(4));
      const second = await reader.read(new Uint8Array(20));
      return [first, second];
    },
  },
  {
    title: 'readableWebStream can be had once',
    setup: (c) => c.fs.writeFile(c.at('file'), 'x'),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      const stream = handle.readableWebStream();
      const again = await c.attempt(() => handle.readableWebStream());
      // Node 20 aborts the process when such a handle is closed before its stream was read.
      for await (const _ of stream as AsyncIterable<ArrayBuffer>);
      return again;
    },
  },
];

/** With a number instead of a handle, the streams are those of `fs.createReadStream(path, { fd })`. */
export const handleStreamCases: readonly Case[] = [
  ...only(['promises', 'callback'], [...readCases, ...writeCases]),
  ...only(['promises'], [closedByHandle, ...webCases]),
];
