/** fs.promises.copyFile, beyond the table of sources and destinations in `two-paths.ts`. */
import { constants } from 'node:fs';
import type { Case } from '../case.js';
import { pattern, wrong } from '../case.js';

const { COPYFILE_EXCL, COPYFILE_FICLONE } = constants;

export const copyFileCases: readonly Case[] = [
  {
    title: 'copyFile copies content and mode, not times',
    setup: async (c) => {
      await c.fs.writeFile(c.at('a'), pattern(100_000), { mode: 0o750 });
      await c.fs.utimes(c.at('a'), 5, 5);
    },
    run: async (c) => {
      await c.fs.copyFile(c.at('a'), c.at('b'));
      return (await c.fs.stat(c.at('b'))).mtimeMs > 5000;
    },
  },
  {
    title: 'copyFile over a file replaces its content, gives it the mode and keeps its links',
    setup: async (c) => {
      await c.fs.writeFile(c.at('a'), 'new', { mode: 0o700 });
      await c.fs.writeFile(c.at('b'), 'old and longer', { mode: 0o644 });
      await c.fs.link(c.at('b'), c.at('b2'));
    },
    run: (c) => c.fs.copyFile(c.at('a'), c.at('b')),
  },
  {
    title: 'copyFile over itself or a second name of itself keeps the content',
    setup: async (c) => {
      await c.fs.writeFile(c.at('a'), 'content');
      await c.fs.link(c.at('a'), c.at('b'));
      await c.fs.symlink('a', c.at('link'));
    },
    run: async (c) => [
      await c.attempt(() => c.fs.copyFile(c.at('a'), c.at('a'))),
      await c.attempt(() => c.fs.copyFile(c.at('a'), c.at('b'))),
      await c.attempt(() => c.fs.copyFile(c.at('a'), c.at('link'))),
      await c.attempt(() => c.fs.copyFile(c.at('a'), c.at('a'), COPYFILE_EXCL)),
    ],
  },
  {
    title: 'copyFile follows links on both sides',
    setup: async (c) => {
      await c.fs.writeFile(c.at('a'), 'content');
      await c.fs.symlink('a', c.at('from'));
      await c.fs.symlink('made', c.at('to'));
    },
    run: (c) => c.fs.copyFile(c.at('from'), c.at('to')),
  },
  {
    title: 'a copy and its source change independently',
    setup: (c) => c.fs.writeFile(c.at('a'), pattern(200_000)),
    run: async (c) => {
      await c.fs.copyFile(c.at('a'), c.at('b'), COPYFILE_FICLONE);
      await c.fs.copyFile(c.at('b'), c.at('c'));
      const handle = await c.open('a', 'r+');
      await handle.write('changed', 70_000);
      await handle.close();
      await c.fs.truncate(c.at('b'), 65_540);
      await c.fs.appendFile(c.at('b'), 'grown');
      const read = [await c.fs.readFile(c.at('c'))];
      await c.fs.unlink(c.at('c'));
      return read;
    },
  },
  {
    title: 'copyFile keeps the size of a file with holes',
    setup: async (c) => {
      await c.fs.writeFile(c.at('a'), 'start');
      await c.fs.truncate(c.at('a'), 500_000);
      await c.fs.appendFile(c.at('a'), 'end');
    },
    run: (c) => c.fs.copyFile(c.at('a'), c.at('b')),
  },
  {
    title: 'copyFile keeps setuid bits away from nobody',
    needs: 'root',
    setup: async (c) => {
      await c.fs.writeFile(c.at('a'), 'x');
      await c.fs.chmod(c.at('a'), 0o6755);
    },
    run: (c) => c.fs.copyFile(c.at('a'), c.at('b')),
  },
  {
    title: 'copyFile of an empty file makes an empty file',
    setup: async (c) => {
      await c.fs.writeFile(c.at('a'), '');
      await c.fs.writeFile(c.at('b'), 'content');
    },
    run: async (c) => {
      await c.fs.copyFile(c.at('a'), c.at('b'));
      await c.fs.copyFile(c.at('a'), c.at('c'));
    },
  },
  {
    title: 'copyFile refuses wrong modes',
    setup: (c) => c.fs.writeFile(c.at('a'), 'x'),
    run: (c) =>
      Promise.all(
        [-1, 8, 1.5, '1', {}, null, true].map((mode, index) =>
          c.attempt(() => c.fs.copyFile(c.at('a'), c.at(`b${index}`), wrong(mode))),
        ),
      ),
  },
];
