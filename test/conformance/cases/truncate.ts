/** truncate, holes, and files that grow and shrink around the sizes where storage changes. */
import type { Case } from '../case.js';
import { pattern, wrong } from '../case.js';

const SIZES = [0, 1, 511, 512, 513, 65_535, 65_536, 65_537, 131_072, 150_000];

const resizeCases: readonly Case[] = SIZES.map((size) => ({
  title: `a file of ${size} bytes is right after truncation to every other size`,
  run: async (c) => {
    const read: unknown[] = [];
    for (const to of SIZES) {
      await c.fs.writeFile(c.at('file'), pattern(size));
      await c.fs.truncate(c.at('file'), to);
      read.push(await c.fs.readFile(c.at('file')));
      // What a shrink cut off must not come back.
      await c.fs.truncate(c.at('file'), to + 70_000);
      read.push(await c.fs.readFile(c.at('file')));
      await c.fs.appendFile(c.at('file'), 'end');
      read.push(await c.fs.readFile(c.at('file')));
    }
    return read;
  },
}));

export const truncateCases: readonly Case[] = [
  ...resizeCases,
  {
    title: 'truncate without a length empties the file',
    setup: (c) => c.fs.writeFile(c.at('file'), 'content'),
    run: (c) => c.fs.truncate(c.at('file')),
  },
  {
    title: 'truncate takes a negative length as zero',
    setup: (c) => c.fs.writeFile(c.at('file'), 'content'),
    run: (c) => c.attempt(() => c.fs.truncate(c.at('file'), -5)),
  },
  {
    title: 'truncate follows links and makes no file',
    setup: async (c) => {
      await c.fs.writeFile(c.at('file'), 'content');
      await c.fs.symlink('file', c.at('link'));
      await c.fs.symlink('nowhere', c.at('dangling'));
    },
    run: async (c) => [
      await c.attempt(() => c.fs.truncate(c.at('link'), 3)),
      await c.attempt(() => c.fs.truncate(c.at('dangling'), 3)),
      await c.attempt(() => c.fs.truncate(c.at('missing'), 3)),
    ],
  },
  {
    title: 'truncate refuses wrong lengths',
    setup: (c) => c.fs.writeFile(c.at('file'), 'content'),
    run: (c) =>
      Promise.all(
        ['3', 1.5, {}, true, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, null, 3n].map(
          (length) => c.attempt(() => c.fs.truncate(c.at('file'), wrong(length))),
        ),
      ),
  },
  {
    title: 'a file grown by a gigabyte takes no space for it',
    setup: (c) => c.fs.writeFile(c.at('file'), 'start'),
    run: async (c) => {
      await c.fs.truncate(c.at('file'), 2 ** 30);
      const { size, blocks } = await c.fs.stat(c.at('file'));
      const handle = await c.open('file', 'r');
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(10), 0, 10, 2 ** 30 - 7);
      await handle.close();
      await c.fs.truncate(c.at('file'), 5);
      return [size, blocks < 1000, bytesRead, buffer];
    },
  },
  {
    title: 'a write far beyond the end leaves a hole that reads as zeros',
    run: async (c) => {
      const handle = await c.open('file', 'w+');
      await handle.write('first', 0);
      await handle.write('far', 300_000);
      const { blocks } = await handle.stat();
      return [blocks * 512 < 200_000, await c.fs.readFile(c.at('file'))];
    },
  },
  {
    title: 'writes into a hole fill only what they cover',
    run: async (c) => {
      const handle = await c.open('file', 'w+');
      await handle.truncate(400_000);
      for (const position of [0, 511, 65_530, 65_536, 131_071, 200_000, 399_999]) {
        await handle.write(pattern(10, position), 0, 10, position);
      }
      return await c.fs.readFile(c.at('file'));
    },
  },
  {
    title: 'overlapping writes leave the last bytes written',
    run: async (c) => {
      const handle = await c.open('file', 'w+');
      const writes = [
        [0, 100],
        [50, 100],
        [600, 20],
        [500, 200],
        [65_000, 2000],
        [64_000, 70_000],
        [130_000, 10],
        [10, 140_000],
        [5, 1],
      ] as const;
      const read: unknown[] = [];
      for (const [index, [position, size]] of writes.entries()) {
        await handle.write(pattern(size, index), 0, size, position);
        read.push(await c.fs.readFile(c.at('file')));
      }
      return read;
    },
  },
];
