/** fs.promises.readFile. */
import type { Case } from '../case.js';
import { pattern, wrong } from '../case.js';

const ENCODINGS = ['utf8', 'UTF-8', 'hex', 'base64', 'base64url', 'latin1', 'binary', 'ascii'];
/** Around the sizes where a volume changes how it keeps content. */
const SIZES = [0, 1, 511, 512, 513, 4096, 65_535, 65_536, 65_537, 131_072, 1_000_003];

export const readFileCases: readonly Case[] = [
  {
    title: 'readFile gives a Buffer, or a string in each encoding',
    setup: (c) => c.fs.writeFile(c.at('file'), 'é€😀\0\n'),
    run: async (c) => {
      const read: unknown[] = [await c.fs.readFile(c.at('file'))];
      for (const encoding of [...ENCODINGS, 'ucs2', 'utf16le', 'buffer', null, undefined, '']) {
        read.push(await c.attempt(() => c.fs.readFile(c.at('file'), wrong(encoding))));
        read.push(
          await c.attempt(() => c.fs.readFile(c.at('file'), { encoding: wrong(encoding) })),
        );
      }
      return read;
    },
  },
  ...SIZES.map(
    (size): Case => ({
      title: `readFile gives all ${size} bytes`,
      setup: (c) => c.fs.writeFile(c.at('file'), pattern(size)),
      run: async (c) => [
        await c.fs.readFile(c.at('file')),
        (await c.fs.readFile(c.at('file'), 'latin1')).length,
        (await c.fs.stat(c.at('file'))).size,
      ],
    }),
  ),
  {
    title: 'readFile decodes characters that lie across pieces',
    setup: (c) => c.fs.writeFile(c.at('file'), `a${'€'.repeat(400_000)}`),
    run: async (c) => {
      const text = await c.fs.readFile(c.at('file'), 'utf8');
      return [text.length, text.includes('\ufffd')];
    },
  },
  {
    title: 'readFile turns bytes that are not UTF-8 into replacement characters',
    setup: (c) => c.fs.writeFile(c.at('file'), Buffer.from([0x61, 0xff, 0xfe, 0xc3, 0x28, 0xe2])),
    run: (c) => c.fs.readFile(c.at('file'), 'utf8'),
  },
  {
    title: 'readFile of a file that does not exist names flag-dependent errors',
    run: async (c) => [
      await c.attempt(() => c.fs.readFile(c.at('missing'))),
      await c.attempt(() => c.fs.readFile(c.at('made'), { flag: 'w+' })),
      await c.attempt(() => c.fs.readFile(c.at('made'), { flag: 'a+' })),
      await c.attempt(() => c.fs.readFile(c.at('made'), { flag: 'wx+' })),
      await c.attempt(() => c.fs.readFile(c.at('made'), { flag: 'w' })),
      await c.attempt(() => c.fs.readFile(c.at('made'), { flag: 'x' })),
    ],
  },
  {
    title: 'readFile of a directory fails with EISDIR in read',
    run: async (c) => [
      await c.attempt(() => c.fs.readFile(c.at())),
      await c.attempt(() => c.fs.readFile(c.at(), 'utf8')),
    ],
  },
  {
    title: 'readFile with an aborted signal fails with AbortError',
    eager: true,
    setup: (c) => c.fs.writeFile(c.at('file'), pattern(100)),
    run: async (c) => [
      await c.attempt(() => c.fs.readFile(c.at('file'), { signal: AbortSignal.abort() })),
      await c.attempt(() =>
        c.fs.readFile(c.at('file'), { signal: AbortSignal.abort(new Error('why')) }),
      ),
      await c.attempt(() => c.fs.readFile(c.at('missing'), { signal: AbortSignal.abort() })),
    ],
  },
  {
    title: 'readFile with a signal aborted at once fails with AbortError',
    setup: (c) => c.fs.writeFile(c.at('file'), pattern(3_000_000)),
    run: (c) => {
      const controller = new AbortController();
      const reading = c.fs.readFile(c.at('file'), { signal: controller.signal });
      controller.abort();
      return reading;
    },
  },
  {
    title: 'readFile takes a FileHandle and reads from its position',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      await handle.read(Buffer.alloc(4), 0, 4, null);
      return [await c.fs.readFile(handle, 'utf8'), await c.fs.readFile(handle, 'utf8')];
    },
  },
  {
    title: 'readFile refuses wrong options',
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: (c) =>
      Promise.all(
        [
          'klingon',
          1,
          true,
          { encoding: 'klingon' },
          { encoding: 1 },
          { flag: 'rw' },
          { flag: 1.5 },
          { flag: null },
          { signal: {} },
          { signal: 'abort' },
        ].map((options) => c.attempt(() => c.fs.readFile(c.at('file'), wrong(options)))),
      ),
  },
];
