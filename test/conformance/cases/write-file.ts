/** fs.promises.writeFile and appendFile. */
import { Readable } from 'node:stream';
import type { Case } from '../case.js';
import { pattern, wrong } from '../case.js';

const TEXT = 'é€😀 text\n';

/** Each kind of content a file may be written from. */
const CONTENTS: Readonly<Record<string, () => unknown>> = {
  'a string': () => TEXT,
  'an empty string': () => '',
  'a Buffer': () => Buffer.from(TEXT),
  'an empty Buffer': () => Buffer.alloc(0),
  'a Buffer that is part of another': () => Buffer.from('0123456789').subarray(3, 7),
  'a Uint8Array': () => new Uint8Array([1, 2, 3]),
  'a Uint8ClampedArray': () => new Uint8ClampedArray([1, 2, 3]),
  'an Int16Array': () => new Int16Array([1, -2, 3]),
  'a Uint32Array at an offset': () => new Uint32Array(new ArrayBuffer(16), 4, 2).fill(0x01020304),
  'a Float64Array': () => new Float64Array([1.5, -0.25]),
  'a BigInt64Array': () => new BigInt64Array([1n, -1n]),
  'a DataView': () => new DataView(Uint8Array.from([1, 2, 3, 4, 5]).buffer, 1, 3),
  'a lone surrogate': () => 'a\ud800b',
  'an array of strings': () => ['one', 'two', ''],
  'an array of Buffers': () => [Buffer.from('one'), Buffer.from('two')],
  'an empty array': () => [],
  'a Set of strings': () => new Set(['one', 'two']),
  'a generator of strings and views': function* (): Generator<unknown> {
    yield 'one';
    yield Buffer.from('two');
    yield new Uint16Array([0x4141]);
  },
  'an async generator': async function* (): AsyncGenerator<string> {
    yield 'one';
    await Promise.resolve();
    yield 'two';
  },
  'a Readable': () => Readable.from(['one', 'two', 'three']),
  'a Readable of Buffers': () => Readable.from([pattern(70_000), pattern(5)]),
  'a large string': () => TEXT.repeat(30_000),
  'a large Buffer': () => pattern(1_000_003),
};

/** What is not content, or turns out not to be while it is written. */
const REFUSED: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  'a number': () => 42,
  'a boolean': () => true,
  'a bigint': () => 1n,
  'a plain object': () => ({}),
  'an object with toString': () => ({ toString: () => 'text' }),
  'a Date': () => new Date(0),
  'an ArrayBuffer': () => new ArrayBuffer(4),
  'a String object': () => new String('text'),
  'a function': () => () => 'text',
  'a symbol': () => Symbol('text'),
  'a promise': () => Promise.resolve('text'),
  'an array of numbers': () => [1, 2],
  'an array with null': () => ['one', null],
  'a generator that throws': function* (): Generator<string> {
    yield 'one';
    throw new Error('no more');
  },
  'a Readable that fails': () =>
    new Readable({
      read(): void {
        this.destroy(new Error('broken'));
      },
    }),
};

const SIZES = [1, 511, 512, 513, 65_535, 65_536, 65_537, 200_000];

const contentCases: readonly Case[] = Object.entries(CONTENTS).flatMap(([name, content]) => [
  {
    title: `writeFile writes ${name}`,
    setup: (c) => c.fs.writeFile(c.at('existing'), 'longer than before '.repeat(10)),
    run: async (c) => [
      await c.attempt(() => c.fs.writeFile(c.at('new'), wrong(content()))),
      await c.attempt(() => c.fs.writeFile(c.at('existing'), wrong(content()))),
    ],
  },
  {
    title: `appendFile writes ${name}`,
    setup: (c) => c.fs.writeFile(c.at('existing'), 'before:'),
    run: async (c) => [
      await c.attempt(() => c.fs.appendFile(c.at('new'), wrong(content()))),
      await c.attempt(() => c.fs.appendFile(c.at('existing'), wrong(content()))),
    ],
  },
]);

const refusedCases: readonly Case[] = Object.entries(REFUSED).map(([name, content]) => ({
  title: `writeFile and appendFile refuse ${name}`,
  setup: (c) => c.fs.writeFile(c.at('existing'), 'before'),
  run: async (c) => [
    await c.attempt(() => c.fs.writeFile(c.at('new'), wrong(content()))),
    await c.attempt(() => c.fs.writeFile(c.at('existing'), wrong(content()))),
    await c.attempt(() => c.fs.appendFile(c.at('existing'), wrong(content()))),
  ],
}));

const sizeCases: readonly Case[] = SIZES.map((size) => ({
  title: `a file written, appended to and rewritten at ${size} bytes is right each time`,
  run: async (c) => {
    const read: unknown[] = [];
    await c.fs.writeFile(c.at('file'), pattern(size));
    await c.fs.appendFile(c.at('file'), pattern(1, 7));
    read.push(await c.fs.readFile(c.at('file')));
    await c.fs.appendFile(c.at('file'), pattern(size, 9));
    read.push(await c.fs.readFile(c.at('file')));
    await c.fs.writeFile(c.at('file'), pattern(3, 1));
    read.push(await c.fs.readFile(c.at('file')));
    await c.fs.writeFile(c.at('file'), pattern(size, 3));
    return [...read, await c.fs.readFile(c.at('file'))];
  },
}));

const optionCases: readonly Case[] = [
  {
    title: 'writeFile writes strings in each encoding',
    run: async (c) => {
      const outcomes: unknown[] = [];
      for (const encoding of ['utf8', 'latin1', 'ascii', 'hex', 'base64', 'base64url', 'ucs2']) {
        outcomes.push(
          await c.attempt(() => c.fs.writeFile(c.at(encoding), '4142é', wrong(encoding))),
          await c.attempt(() => c.fs.appendFile(c.at(encoding), 'QUJD', wrong({ encoding }))),
        );
      }
      return outcomes;
    },
  },
  {
    title: 'writeFile gives a new file its mode and keeps the mode of an old one',
    setup: (c) => c.fs.writeFile(c.at('old'), '', { mode: 0o600 }),
    run: async (c) => {
      for (const mode of [0o777, 0o640, 0o444, 0, '0755']) {
        await c.fs.writeFile(c.at(`w${mode}`), 'x', { mode });
        await c.fs.appendFile(c.at(`a${mode}`), 'x', { mode });
      }
      await c.fs.writeFile(c.at('old'), 'x', { mode: 0o777 });
    },
  },
  ...['w', 'wx', 'w+', 'a', 'ax', 'a+', 'r+', 'r', 'rs+', 'as'].map(
    (flag): Case => ({
      title: `writeFile and appendFile with flag ${flag}`,
      setup: async (c) => {
        await c.fs.writeFile(c.at('old-write'), 'content');
        await c.fs.writeFile(c.at('old-append'), 'content');
      },
      run: async (c) => [
        await c.attempt(() => c.fs.writeFile(c.at('new-write'), 'NEW', { flag })),
        await c.attempt(() => c.fs.writeFile(c.at('old-write'), 'NEW', { flag })),
        await c.attempt(() => c.fs.appendFile(c.at('new-append'), 'NEW', { flag })),
        await c.attempt(() => c.fs.appendFile(c.at('old-append'), 'NEW', { flag })),
      ],
    }),
  ),
  {
    title: 'writeFile and appendFile flush when asked',
    run: async (c) => {
      await c.fs.writeFile(c.at('file'), 'one', wrong({ flush: true }));
      await c.fs.appendFile(c.at('file'), 'two', wrong({ flush: true }));
      await c.fs.writeFile(c.at('other'), ['a', 'b'], wrong({ flush: true }));
    },
  },
  {
    title: 'writeFile with an aborted signal fails with AbortError and makes no file',
    eager: true,
    run: async (c) => [
      await c.attempt(() => c.fs.writeFile(c.at('a'), 'x', { signal: AbortSignal.abort() })),
      await c.attempt(() =>
        c.fs.writeFile(c.at('b'), ['x'], { signal: AbortSignal.abort(new Error('why')) }),
      ),
    ],
  },
  {
    title: 'writeFile with a signal aborted at once fails with AbortError',
    // On a disk the file is there by then, and empty.
    leavesPart: true,
    run: (c) => {
      const controller = new AbortController();
      const writing = c.fs.writeFile(c.at('file'), pattern(3_000_000), {
        signal: controller.signal,
      });
      controller.abort();
      return writing;
    },
  },
  {
    title: 'writeFile stops between the pieces of an iterable when its signal aborts',
    run: (c) => {
      const controller = new AbortController();
      const pieces = async function* (): AsyncGenerator<string> {
        yield 'one';
        controller.abort();
        yield 'two';
      };
      return c.fs.writeFile(c.at('file'), pieces(), { signal: controller.signal });
    },
  },
  {
    title: 'writeFile and appendFile take a FileHandle and write at its position',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const handle = await c.open('file', 'r+');
      await c.fs.writeFile(handle, 'ab');
      await c.fs.appendFile(handle, 'cd');
      await c.fs.writeFile(handle, ['e', 'f']);
    },
  },
  {
    title: 'writeFile and appendFile refuse wrong options',
    run: (c) =>
      Promise.all(
        [
          'klingon',
          1,
          true,
          { encoding: 'klingon' },
          { flag: 'rw' },
          { flag: {} },
          { mode: 'rwx' },
          { mode: -1 },
          { flush: 1 },
          { flush: 'yes' },
          { signal: {} },
        ].flatMap((options) => [
          c.attempt(() => c.fs.writeFile(c.at('a'), 'x', wrong(options))),
          c.attempt(() => c.fs.appendFile(c.at('b'), 'x', wrong(options))),
        ]),
      ),
  },
  {
    title: 'the bytes of a call are taken when it is made',
    run: async (c) => {
      const bytes = Buffer.from('before');
      const text = await c.fs.writeFile(c.at('settled'), bytes).then(() => 'done');
      bytes.write('after!');
      return text;
    },
  },
  {
    title: 'fifty appends made side by side all arrive, each whole',
    run: async (c) => {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          c.fs.appendFile(c.at('file'), `${String(index).padStart(4, '0')};`),
        ),
      );
      const pieces = (await c.fs.readFile(c.at('file'), 'utf8')).split(';').sort();
      await c.fs.unlink(c.at('file'));
      return pieces;
    },
  },
  {
    title: 'a hundred files written side by side are all there',
    run: (c) =>
      Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          c.fs.writeFile(c.at(`file-${index}`), pattern(index * 20, index)),
        ),
      ),
  },
];

export const writeFileCases: readonly Case[] = [
  ...contentCases,
  ...refusedCases,
  ...sizeCases,
  ...optionCases,
];
