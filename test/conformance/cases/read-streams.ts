/** createReadStream of a path: options, errors, pieces. */
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { until } from '../../support/until.js';
import { type Case, type CaseContext, only, pattern, wrong } from '../case.js';
import { eventsOf, outcomeOf, stateOf, turns } from './stream-events.js';

async function readWhole(c: CaseContext, options: unknown): Promise<unknown> {
  const stream = c.face.createReadStream(c.at('file'), wrong(options));
  const before = stateOf(c, stream);
  const chunks: unknown[] = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  return { before, events: await eventsOf(stream), chunks, after: stateOf(c, stream) };
}

const READ_OPTIONS: Readonly<Record<string, unknown>> = {
  'no options': undefined,
  null: null,
  'an encoding as text': 'latin1',
  'an encoding': { encoding: 'hex' },
  'start and end': { start: 2, end: 5 },
  'start only': { start: 7 },
  'end only': { end: 3 },
  'start beyond the end of the file': { start: 50 },
  'a highWaterMark': { highWaterMark: 4 },
  'a highWaterMark and a range': { start: 1, end: 8, highWaterMark: 3, encoding: 'utf8' },
  'a highWaterMark of 0': { highWaterMark: 0, end: 3 },
  'flags r+': { flags: 'r+' },
  'flags a+': { flags: 'a+' },
  'emitClose true': { emitClose: true },
  'a signal': { signal: new AbortController().signal },
};

const READ_REFUSED: readonly unknown[] = [
  ...[-1, '1', 1.5, Number.NaN, 2 ** 53, 3n, null, Number.POSITIVE_INFINITY].flatMap((value) => [
    { start: value },
    { end: value },
  ]),
  { start: 5, end: 4 },
  { encoding: 'klingon' },
  { highWaterMark: -1 },
  { highWaterMark: '4' },
  { highWaterMark: 1.5 },
  { flags: 'klingon' },
  { flags: {} },
  { mode: 'rwx' },
  { fd: 'three' },
  { fd: -1 },
  { fd: 1.5 },
  { fd: {} },
  { fs: {} },
  { fs: null },
  { signal: {} },
  { autoClose: 'yes' },
  'klingon',
  1,
  true,
];

const readCases: readonly Case[] = [
  ...Object.entries(READ_OPTIONS).map(
    ([about, options]): Case => ({
      title: `a read stream of a path with ${about}`,
      setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
      run: (c) => readWhole(c, options),
    }),
  ),
  {
    title: 'a read stream of a path refuses wrong options',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const outcomes: unknown[] = [];
      for (const options of READ_REFUSED) {
        outcomes.push(await outcomeOf(() => c.face.createReadStream(c.at('file'), wrong(options))));
      }
      return outcomes;
    },
  },
  ...['missing', 'dir', 'file/child', 'loop'].map(
    (name): Case => ({
      title: `a read stream of ${name} fails with its events in order`,
      setup: async (c) => {
        await c.fs.writeFile(c.at('file'), '');
        await c.fs.mkdir(c.at('dir'));
        await c.fs.symlink('loop', c.at('loop'));
      },
      run: async (c) => {
        const stream = c.face.createReadStream(c.at(name));
        const events = await eventsOf(stream, () => stream.resume());
        return [events, stateOf(c, stream)];
      },
    }),
  ),
  {
    title: 'a read stream refuses what is no path',
    run: async (c) => {
      const outcomes: unknown[] = [];
      for (const path of [undefined, null, 1, {}, [], true, 'a\0b', Symbol('path')]) {
        outcomes.push(await c.attempt(() => void c.face.createReadStream(wrong(path))));
        outcomes.push(await c.attempt(() => void c.face.createWriteStream(wrong(path))));
      }
      return outcomes;
    },
  },
  {
    title: 'streams take a path as Buffer and as URL',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const read = c.face.createReadStream(Buffer.from(c.at('file')));
      const write = c.face.createWriteStream(new URL(`file://${c.at('copy')}`));
      await pipeline(read, write);
      return [typeof read.path, typeof write.path, stateOf(c, read), stateOf(c, write)];
    },
  },
  {
    title: 'a read stream of an empty file ends at once',
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: (c) => readWhole(c, {}),
  },
  {
    title: 'a read stream gives a large file in pieces of 64 KiB',
    setup: (c) => c.fs.writeFile(c.at('file'), pattern(300_000)),
    run: (c) => readWhole(c, {}),
  },
  {
    title: 'a paused read stream reads no more than its highWaterMark',
    setup: (c) => c.fs.writeFile(c.at('file'), pattern(100_000)),
    run: async (c) => {
      const stream = c.face.createReadStream(c.at('file'), { highWaterMark: 1000 });
      await once(stream, 'readable');
      await turns();
      const { bytesRead, readableLength } = stream;
      const events = await eventsOf(stream, () => stream.destroy());
      return [bytesRead, readableLength, events];
    },
  },
  {
    title: 'a read stream without emitClose closes its file in silence',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const stream = c.face.createReadStream(c.at('file'), { emitClose: false });
      const events = await eventsOf(stream, () => stream.resume(), 'end');
      await until('the stream is closed', () => stream.closed);
      return [events, stateOf(c, stream)];
    },
  },
  {
    title: 'a read stream with autoClose false leaves its descriptor open',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const stream = c.face.createReadStream(c.at('file'), { autoClose: false });
      const events = await eventsOf(stream, () => stream.resume(), 'end');
      const { fd } = stream as unknown as { fd: number };
      const size = c.face.fstatSync(fd).size;
      c.face.closeSync(fd);
      return [events, size, stateOf(c, stream)];
    },
  },
];

export const readStreamCases: readonly Case[] = only(['callback'], readCases);
