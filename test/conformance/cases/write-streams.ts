/** createWriteStream of a path: options, errors, pieces. */
import { type Case, only, pattern, wrong } from '../case.js';
import { eventsOf, outcomeOf, stateOf } from './stream-events.js';

const WRITE_OPTIONS: Readonly<Record<string, unknown>> = {
  'no options': undefined,
  'an encoding as text': 'hex',
  'an encoding': { encoding: 'base64' },
  'flags a': { flags: 'a' },
  'flags r+': { flags: 'r+' },
  'flags r+ and start': { flags: 'r+', start: 3 },
  'start without flags': { start: 3 },
  'flags wx': { flags: 'wx' },
  'a mode': { mode: 0o600 },
  'a highWaterMark': { highWaterMark: 3 },
  flush: { flush: true },
  'emitClose true': { emitClose: true },
};

const WRITE_REFUSED: readonly unknown[] = [
  ...[-1, '1', 1.5, Number.NaN, 2 ** 53, 3n, null].map((start) => ({ start, flags: 'r+' })),
  { encoding: 'klingon' },
  { highWaterMark: -1 },
  { highWaterMark: '4' },
  { flags: 'klingon' },
  { flags: {} },
  { mode: 'rwx' },
  { fd: 'three' },
  { fd: -1 },
  { fs: {} },
  { signal: {} },
  { flush: 1 },
  { flush: 'yes' },
  { flush: null },
  'klingon',
  1,
];

const writeCases: readonly Case[] = [
  ...['new', 'file'].flatMap((name) =>
    Object.entries(WRITE_OPTIONS).map(
      ([about, options]): Case => ({
        title: `a write stream of ${name === 'new' ? 'a new path' : 'a file'} with ${about}`,
        setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
        run: async (c) => {
          const stream = c.face.createWriteStream(c.at(name), wrong(options));
          const before = stateOf(c, stream);
          const taken: unknown[] = [];
          const events = await eventsOf(stream, () => {
            taken.push(stream.write('4142'), stream.write(Buffer.from('cd')));
            stream.end('4344');
          });
          return { before, events, taken, after: stateOf(c, stream) };
        },
      }),
    ),
  ),
  {
    title: 'a write stream of a path refuses wrong options',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const outcomes: unknown[] = [];
      for (const options of WRITE_REFUSED) {
        outcomes.push(
          await outcomeOf(() => c.face.createWriteStream(c.at('file'), wrong(options))),
        );
      }
      return outcomes;
    },
  },
  ...['dir', 'missing/file', 'file/child', 'loop'].map(
    (name): Case => ({
      title: `a write stream of ${name} fails with its events in order`,
      setup: async (c) => {
        await c.fs.writeFile(c.at('file'), '');
        await c.fs.mkdir(c.at('dir'));
        await c.fs.symlink('loop', c.at('loop'));
      },
      run: async (c) => {
        const stream = c.face.createWriteStream(c.at(name));
        const writes: unknown[] = [];
        const events = await eventsOf(stream, () => {
          stream.write('x', (error) => writes.push(error));
          stream.end('y', (error?: Error) => writes.push(error));
        });
        return [events, writes, stateOf(c, stream)];
      },
    }),
  ),
  {
    title: 'a write stream writes large pieces in order',
    run: async (c) => {
      const stream = c.face.createWriteStream(c.at('file'));
      const events = await eventsOf(stream, () => {
        for (let piece = 0; piece < 5; piece += 1) stream.write(pattern(50_000, piece));
        stream.end();
      });
      return [events, stream.bytesWritten];
    },
  },
  {
    title: 'corked pieces of a write stream are written together',
    run: async (c) => {
      const stream = c.face.createWriteStream(c.at('file'));
      stream.cork();
      for (const piece of ['one', 'two', 'three']) stream.write(piece);
      stream.write('616263', 'hex');
      stream.uncork();
      return [await eventsOf(stream, () => stream.end()), stream.bytesWritten];
    },
  },
  {
    title: 'a write stream tells each piece when it was written, and drains',
    run: async (c) => {
      const stream = c.face.createWriteStream(c.at('file'), { highWaterMark: 4 });
      const order: unknown[] = [];
      stream.on('drain', () => order.push('drain'));
      order.push(stream.write('abc', () => order.push('abc')));
      order.push(stream.write('def', () => order.push('def')));
      const events = await eventsOf(stream, () => stream.end('ghi', () => order.push('end')));
      return [events, order];
    },
  },
  {
    title: 'a write stream with autoClose false leaves its descriptor open',
    run: async (c) => {
      const stream = c.face.createWriteStream(c.at('file'), { autoClose: false });
      const events = await eventsOf(stream, () => stream.end('text'), 'finish');
      const { fd } = stream as unknown as { fd: number };
      const size = c.face.fstatSync(fd).size;
      c.face.closeSync(fd);
      return [events, size, stateOf(c, stream)];
    },
  },
  {
    title: 'close of a write stream ends it and calls back when it is closed',
    run: async (c) => {
      const stream = c.face.createWriteStream(c.at('file'));
      stream.write('text');
      const answered: unknown[] = [];
      const events = await eventsOf(stream, () => {
        stream.close((...answer) => answered.push(answer));
      });
      const again = await new Promise((resolve) => stream.close((...answer) => resolve(answer)));
      return [events, answered, again];
    },
  },
];

export const writeStreamCases: readonly Case[] = only(['callback'], writeCases);
