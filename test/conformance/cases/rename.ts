/** rename, beyond the table of all sources and destinations in `two-paths.ts`. */
import type { Case } from '../case.js';
import { pattern } from '../case.js';

export const renameCases: readonly Case[] = [
  {
    title: 'rename of a file over itself changes nothing',
    setup: (c) => c.fs.writeFile(c.at('a'), 'a'),
    run: (c) => c.fs.rename(c.at('a'), c.at('a')),
  },
  {
    title: 'rename over another name of the same file keeps both names',
    setup: async (c) => {
      await c.fs.writeFile(c.at('a'), 'a');
      await c.fs.link(c.at('a'), c.at('b'));
    },
    run: (c) => c.fs.rename(c.at('a'), c.at('b')),
  },
  {
    title: 'rename of a directory over itself, also through dots and links, changes nothing',
    setup: async (c) => {
      await c.fs.mkdir(c.at('dir/sub'), { recursive: true });
      await c.fs.symlink('dir', c.at('link'));
    },
    run: async (c) => [
      await c.attempt(() => c.fs.rename(c.at('dir/sub'), c.at('dir/sub'))),
      await c.attempt(() => c.fs.rename(c.at('dir/sub'), c.at('dir/../dir/sub'))),
      await c.attempt(() => c.fs.rename(c.at('dir/sub'), c.at('link/sub'))),
      await c.attempt(() => c.fs.rename(c.at('dir/sub/'), c.at('dir/sub'))),
    ],
  },
  {
    title: 'rename of a directory into itself or its descendants fails with EINVAL',
    setup: (c) => c.fs.mkdir(c.at('a/b/c'), { recursive: true }),
    run: async (c) => [
      await c.attempt(() => c.fs.rename(c.at('a'), c.at('a/new'))),
      await c.attempt(() => c.fs.rename(c.at('a'), c.at('a/b'))),
      await c.attempt(() => c.fs.rename(c.at('a'), c.at('a/b/c'))),
      await c.attempt(() => c.fs.rename(c.at('a'), c.at('a/b/c/new'))),
      await c.attempt(() => c.fs.rename(c.at('a'), c.at('a/b/c/new/deep'))),
    ],
  },
  {
    title: 'rename of a directory into itself through a link fails with EINVAL',
    setup: async (c) => {
      await c.fs.mkdir(c.at('a/b'), { recursive: true });
      await c.fs.symlink('a/b', c.at('link'));
    },
    run: (c) => c.fs.rename(c.at('a'), c.at('link/new')),
  },
  {
    title: 'rename over an ancestor fails with ENOTEMPTY',
    setup: async (c) => {
      await c.fs.mkdir(c.at('a/b/c'), { recursive: true });
      await c.fs.writeFile(c.at('a/b/file'), '');
    },
    run: async (c) => [
      await c.attempt(() => c.fs.rename(c.at('a/b/c'), c.at('a'))),
      await c.attempt(() => c.fs.rename(c.at('a/b/c'), c.at('a/b'))),
      await c.attempt(() => c.fs.rename(c.at('a/b/file'), c.at('a'))),
    ],
  },
  {
    title: 'rename of a directory with content over an empty directory replaces it',
    setup: async (c) => {
      await c.fs.mkdir(c.at('a'), 0o700);
      await c.fs.writeFile(c.at('a/file'), 'x');
      await c.fs.mkdir(c.at('b'), 0o755);
    },
    run: (c) => c.fs.rename(c.at('a'), c.at('b')),
  },
  {
    title: 'rename over a non-empty directory fails with ENOTEMPTY and keeps both',
    setup: async (c) => {
      await c.fs.mkdir(c.at('a'));
      await c.fs.mkdir(c.at('b/c'), { recursive: true });
    },
    run: (c) => c.fs.rename(c.at('a'), c.at('b')),
  },
  {
    title: 'rename between directories moves the link counts of both',
    setup: async (c) => {
      await c.fs.mkdir(c.at('one/sub'), { recursive: true });
      await c.fs.mkdir(c.at('two'));
    },
    run: async (c) => {
      await c.fs.rename(c.at('one/sub'), c.at('two/sub'));
      return [(await c.fs.stat(c.at('one'))).nlink, (await c.fs.stat(c.at('two'))).nlink];
    },
  },
  {
    title: 'rename of a file over a name with other links lowers their count',
    setup: async (c) => {
      await c.fs.writeFile(c.at('old'), 'old');
      await c.fs.link(c.at('old'), c.at('kept'));
      await c.fs.writeFile(c.at('new'), 'new');
    },
    run: (c) => c.fs.rename(c.at('new'), c.at('old')),
  },
  {
    title: 'rename moves a link itself, replaces a link itself, and follows neither',
    setup: async (c) => {
      await c.fs.writeFile(c.at('file'), 'x');
      await c.fs.symlink('file', c.at('link'));
      await c.fs.symlink('elsewhere', c.at('other'));
    },
    run: async (c) => {
      await c.fs.rename(c.at('link'), c.at('moved'));
      await c.fs.rename(c.at('file'), c.at('other'));
    },
  },
  {
    title: 'rename keeps the inode, so its number stays the same',
    setup: (c) => c.fs.writeFile(c.at('a'), pattern(100_000)),
    run: async (c) => {
      const before = await c.fs.stat(c.at('a'));
      await c.fs.rename(c.at('a'), c.at('b'));
      return (await c.fs.stat(c.at('b'))).ino === before.ino;
    },
  },
  {
    title: 'rename changes only the case of a name',
    setup: (c) => c.fs.writeFile(c.at('name'), 'x'),
    run: async (c) => {
      await c.fs.rename(c.at('name'), c.at('NAME'));
      return await c.attempt(() => c.fs.stat(c.at('name')));
    },
  },
  {
    title: 'rename of a directory takes its descendants along',
    setup: async (c) => {
      await c.fs.mkdir(c.at('a/b/c'), { recursive: true });
      await c.fs.writeFile(c.at('a/b/c/file'), 'deep');
      await c.fs.mkdir(c.at('other'));
    },
    run: async (c) => {
      await c.fs.rename(c.at('a/b'), c.at('other/moved'));
      return [
        await c.fs.readFile(c.at('other/moved/c/file'), 'utf8'),
        await c.fs.realpath(c.at('other/moved/c/../../moved')),
        await c.attempt(() => c.fs.stat(c.at('a/b/c'))),
      ];
    },
  },
  {
    title: 'rename swaps two files through a third name',
    setup: async (c) => {
      await c.fs.writeFile(c.at('a'), 'A');
      await c.fs.writeFile(c.at('b'), 'B');
    },
    run: async (c) => {
      await c.fs.rename(c.at('a'), c.at('temporary'));
      await c.fs.rename(c.at('b'), c.at('a'));
      await c.fs.rename(c.at('temporary'), c.at('b'));
    },
  },
];
