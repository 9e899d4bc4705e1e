/** link, symlink, readlink, realpath, unlink. */
import type { Case, CaseContext } from '../case.js';
import { wrong } from '../case.js';

/** Links `l1` to `l<count>`, each to the one before, `l0` being a directory with a file. */
async function chain(c: CaseContext, count: number): Promise<void> {
  await c.fs.mkdir(c.at('l0'));
  await c.fs.writeFile(c.at('l0/file'), 'end');
  for (let index = 1; index <= count; index += 1) {
    await c.fs.symlink(`l${index - 1}`, c.at(`l${index}`));
  }
}

const WRONG_OPTIONS: readonly unknown[] = [
  ...['klingon', 1, true, { encoding: 'klingon' }, { encoding: 1 }, null],
  () => undefined,
];

/** In the place of options a function is the callback, and the one behind it is never called. */
function isNoCallback({ style }: CaseContext, options: unknown): boolean {
  return style !== 'callback' || typeof options !== 'function';
}

export const linkCases: readonly Case[] = [
  {
    title: 'link makes a second name of one file',
    setup: (c) => c.fs.writeFile(c.at('a'), 'one'),
    run: async (c) => {
      await c.fs.link(c.at('a'), c.at('b'));
      await c.fs.writeFile(c.at('b'), 'two');
      await c.fs.chmod(c.at('b'), 0o600);
      return [
        await c.fs.readFile(c.at('a'), 'utf8'),
        (await c.fs.stat(c.at('a'))).ino === (await c.fs.stat(c.at('b'))).ino,
      ];
    },
  },
  {
    title: 'link to a symbolic link makes a second name of the link',
    setup: (c) => c.fs.symlink('nowhere', c.at('a')),
    run: (c) => c.fs.link(c.at('a'), c.at('b')),
  },
  {
    title: 'link counts go up and down with names and the last unlink frees the file',
    setup: (c) => c.fs.writeFile(c.at('0'), 'x'),
    run: async (c) => {
      const counts: number[] = [];
      for (let name = 1; name < 5; name += 1) {
        await c.fs.link(c.at('0'), c.at(String(name)));
        counts.push((await c.fs.stat(c.at('0'))).nlink);
      }
      for (let name = 4; name > 0; name -= 1) {
        await c.fs.unlink(c.at(String(name)));
        counts.push((await c.fs.stat(c.at('0'))).nlink);
      }
      await c.fs.unlink(c.at('0'));
      return counts;
    },
  },
  {
    title: 'link of a directory fails with EPERM',
    setup: (c) => c.fs.mkdir(c.at('dir')),
    run: async (c) => [
      await c.attempt(() => c.fs.link(c.at('dir'), c.at('new'))),
      await c.attempt(() => c.fs.link(c.at('dir/'), c.at('new'))),
      await c.attempt(() => c.fs.link(c.at('dir'), c.at('dir'))),
      await c.attempt(() => c.fs.link(c.at('dir'), c.at('dir/new'))),
    ],
  },
  {
    title: 'readlink gives the target as it was written',
    run: async (c) => {
      const targets = ['a', './a', 'a/', '../a//b', '/', '.', '..', ' ', 'é€😀', 'a\nb'];
      const read: unknown[] = [];
      for (const [index, target] of targets.entries()) {
        await c.fs.symlink(target, c.at(`link-${index}`));
        read.push(await c.fs.readlink(c.at(`link-${index}`)));
      }
      return read;
    },
  },
  {
    title: 'readlink gives the target in the encoding asked for',
    setup: (c) => c.fs.symlink('é€😀', c.at('link')),
    run: async (c) => {
      const encodings = ['utf8', 'buffer', 'hex', 'base64', 'base64url', 'latin1', 'ascii', 'ucs2'];
      const read: unknown[] = [];
      for (const encoding of encodings) {
        read.push(await c.attempt(() => c.fs.readlink(c.at('link'), wrong(encoding))));
        read.push(
          await c.attempt(() => c.fs.readlink(c.at('link'), { encoding: wrong(encoding) })),
        );
      }
      return read;
    },
  },
  {
    title: 'readlink and realpath refuse wrong options',
    setup: (c) => c.fs.symlink('a', c.at('link')),
    run: (c) =>
      Promise.all(
        WRONG_OPTIONS.filter((options) => isNoCallback(c, options)).flatMap((options) => [
          c.attempt(() => c.fs.readlink(c.at('link'), wrong(options))),
          c.attempt(() => c.fs.realpath(c.at(), wrong(options))),
        ]),
      ),
  },
  {
    title: 'symlink refuses an empty target and one of 4096 bytes, and takes 4095',
    run: async (c) => {
      const outcomes = [
        await c.attempt(() => c.fs.symlink('', c.at('empty'))),
        await c.attempt(() => c.fs.symlink('t'.repeat(4096), c.at('long'))),
        await c.attempt(() => c.fs.symlink('t'.repeat(4095), c.at('longest'))),
      ];
      return [...outcomes, (await c.fs.lstat(c.at('longest'))).size];
    },
  },
  {
    title: 'symlink size is the length of its target in bytes',
    run: async (c) => {
      await c.fs.symlink('€€', c.at('link'));
      return (await c.fs.lstat(c.at('link'))).size;
    },
  },
  {
    title: 'symlink takes and ignores each type, and refuses unknown ones',
    run: async (c) => {
      const types = ['file', 'dir', 'junction', null, undefined, 'other', 1, {}];
      const outcomes: unknown[] = [];
      for (const [index, type] of types.entries()) {
        outcomes.push(await c.attempt(() => c.fs.symlink('a', c.at(`l${index}`), wrong(type))));
      }
      return outcomes;
    },
  },
  {
    title: 'symlink takes Buffer and URL targets',
    run: async (c) => {
      await c.fs.symlink(Buffer.from('some/target'), c.at('buffer'));
      await c.fs.symlink(new URL('file:///some/target'), c.at('url'));
      return [await c.fs.readlink(c.at('buffer')), await c.fs.readlink(c.at('url'))];
    },
  },
  {
    title: 'symlink over anything that exists fails with EEXIST',
    setup: async (c) => {
      await c.fs.mkdir(c.at('dir'));
      await c.fs.writeFile(c.at('file'), '');
      await c.fs.symlink('nowhere', c.at('dangling'));
    },
    run: async (c) => [
      await c.attempt(() => c.fs.symlink('x', c.at('dir'))),
      await c.attempt(() => c.fs.symlink('x', c.at('file'))),
      await c.attempt(() => c.fs.symlink('x', c.at('dangling'))),
    ],
  },
  {
    title: 'resolution follows 40 links and refuses 41 with ELOOP',
    setup: (c) => chain(c, 41),
    run: async (c) => [
      await c.attempt(() => c.fs.stat(c.at('l40'))),
      await c.attempt(() => c.fs.stat(c.at('l41'))),
      await c.attempt(() => c.fs.readFile(c.at('l40/file'), 'utf8')),
      await c.attempt(() => c.fs.readFile(c.at('l41/file'), 'utf8')),
      await c.attempt(() => c.fs.lstat(c.at('l41'))),
      await c.attempt(() => c.fs.realpath(c.at('l40'))),
      await c.attempt(() => c.fs.realpath(c.at('l41'))),
      await c.attempt(() => c.fs.writeFile(c.at('l41/new'), '')),
    ],
  },
  {
    title: 'the bound on links counts those of every component together',
    setup: async (c) => {
      await chain(c, 20);
      await c.fs.symlink('..', c.at('l0/up'));
    },
    run: async (c) => [
      // 20 + 1 + 19 links, then 20 + 1 + 20.
      await c.attempt(() => c.fs.stat(c.at('l20/up/l19/file'))),
      await c.attempt(() => c.fs.stat(c.at('l20/up/l20/file'))),
    ],
  },
  {
    title: 'dot-dot after a link is the parent of its target',
    setup: async (c) => {
      await c.fs.mkdir(c.at('a/b'), { recursive: true });
      await c.fs.writeFile(c.at('a/near'), 'in a');
      await c.fs.writeFile(c.at('near'), 'outside');
      await c.fs.symlink('a/b', c.at('link'));
    },
    run: async (c) => [
      await c.fs.readFile(c.at('link/../near'), 'utf8'),
      await c.fs.realpath(c.at('link/..')),
      await c.fs.realpath(c.at('link/../../near')),
    ],
  },
  {
    title: 'absolute and relative targets lead to the same file',
    setup: async (c) => {
      await c.fs.mkdir(c.at('dir'));
      await c.fs.writeFile(c.at('dir/file'), 'x');
      await c.fs.symlink(c.at('dir/file'), c.at('absolute'));
      await c.fs.symlink('./dir/../dir//file', c.at('relative'));
      await c.fs.symlink('../absolute', c.at('dir/back'));
    },
    run: (c) =>
      Promise.all(
        ['absolute', 'relative', 'dir/back'].flatMap((name) => [
          c.fs.readFile(c.at(name), 'utf8'),
          c.fs.realpath(c.at(name)),
        ]),
      ),
  },
  {
    title: 'a target with a trailing slash must lead to a directory',
    setup: async (c) => {
      await c.fs.mkdir(c.at('dir'));
      await c.fs.writeFile(c.at('file'), '');
      await c.fs.symlink('dir/', c.at('to-dir'));
      await c.fs.symlink('file/', c.at('to-file'));
      await c.fs.symlink('missing/', c.at('to-missing'));
    },
    run: async (c) => [
      await c.attempt(() => c.fs.stat(c.at('to-dir'))),
      await c.attempt(() => c.fs.stat(c.at('to-file'))),
      await c.attempt(() => c.fs.readFile(c.at('to-file'))),
      await c.attempt(() => c.fs.writeFile(c.at('to-missing'), '')),
      await c.attempt(() => c.fs.mkdir(c.at('to-missing'))),
    ],
  },
  {
    title: 'writing through a dangling link makes its target',
    setup: (c) => c.fs.symlink('target', c.at('link')),
    run: async (c) => {
      await c.fs.writeFile(c.at('link'), 'made');
      return await c.fs.readFile(c.at('target'), 'utf8');
    },
  },
  {
    title: 'realpath gives the path in the encoding asked for',
    setup: (c) => c.fs.mkdir(c.at('é')),
    run: async (c) => {
      const buffer: unknown = await c.fs.realpath(c.at('é/.'), wrong('buffer'));
      const hex = await c.fs.realpath(c.at('é'), 'hex');
      const base64 = await c.fs.realpath(c.at('é'), { encoding: 'base64' });
      return [buffer, Buffer.from(hex, 'hex').toString(), Buffer.from(base64, 'base64').toString()];
    },
  },
  {
    title: 'the root is its own parent',
    run: async (c) => [
      await c.fs.realpath('/'),
      await c.fs.realpath('/..'),
      await c.fs.realpath('/../../.'),
      await c.fs.realpath('//'),
      await c.fs.realpath(`/../..${c.at()}`),
    ],
  },
  {
    title: 'unlink removes a link and not its target',
    setup: async (c) => {
      await c.fs.writeFile(c.at('file'), '');
      await c.fs.mkdir(c.at('dir'));
      await c.fs.symlink('file', c.at('to-file'));
      await c.fs.symlink('dir', c.at('to-dir'));
    },
    run: async (c) => {
      await c.fs.unlink(c.at('to-file'));
      await c.fs.unlink(c.at('to-dir'));
    },
  },
];
