/** rm and rmdir, with their options. */
import type { Case, CaseContext } from '../case.js';
import { wrong } from '../case.js';

async function makeDeep(c: CaseContext): Promise<void> {
  await c.fs.mkdir(c.at('top/a/b/c'), { recursive: true });
  await c.fs.writeFile(c.at('top/file'), '1');
  await c.fs.writeFile(c.at('top/a/b/c/file'), '2');
  await c.fs.writeFile(c.at('outside'), 'kept');
  await c.fs.link(c.at('outside'), c.at('top/a/linked'));
  await c.fs.symlink('../outside', c.at('top/to-outside'));
  await c.fs.mkdir(c.at('other'));
  await c.fs.writeFile(c.at('other/kept'), '');
  await c.fs.symlink('../../other', c.at('top/a/to-other'));
}

export const removeCases: readonly Case[] = [
  {
    title: 'recursive rm removes a tree and follows no link in it',
    setup: makeDeep,
    run: (c) => c.fs.rm(c.at('top'), { recursive: true }),
  },
  {
    title: 'recursive rm of a link removes the link only',
    setup: async (c) => {
      await makeDeep(c);
      await c.fs.symlink('top', c.at('link'));
    },
    run: (c) => c.fs.rm(c.at('link'), { recursive: true }),
  },
  {
    title: 'rm of a directory without recursive fails with ERR_FS_EISDIR',
    setup: makeDeep,
    run: async (c) => [
      await c.attempt(() => c.fs.rm(c.at('top'))),
      await c.attempt(() => c.fs.rm(c.at('top'), { force: true })),
      await c.attempt(() => c.fs.rm(c.at('top'), { recursive: false })),
    ],
  },
  {
    title: 'forced rm of what is missing does nothing, also in a missing directory',
    run: async (c) => [
      await c.attempt(() => c.fs.rm(c.at('missing'), { force: true })),
      await c.attempt(() => c.fs.rm(c.at('missing/child'), { force: true })),
      await c.attempt(() => c.fs.rm(c.at('missing/child'), { force: true, recursive: true })),
      await c.attempt(() => c.fs.rm(c.at('missing'), { recursive: true })),
    ],
  },
  {
    title: 'recursive rm of five hundred entries leaves nothing',
    setup: async (c) => {
      await c.fs.mkdir(c.at('many'));
      await Promise.all(
        Array.from({ length: 500 }, (_, index) => c.fs.writeFile(c.at(`many/${index}`), 'x')),
      );
    },
    run: (c) => c.fs.rm(c.at('many'), { recursive: true }),
  },
  {
    title: 'recursive rm of a hundred levels leaves nothing',
    setup: (c) => c.fs.mkdir(c.at('d/'.repeat(100)), { recursive: true }),
    run: (c) => c.fs.rm(c.at('d'), { recursive: true }),
  },
  {
    title: 'rm refuses wrong options',
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: (c) =>
      Promise.all(
        [
          { recursive: 1 },
          { recursive: 'true' },
          { force: 0 },
          { force: null },
          { retryDelay: -1 },
          { retryDelay: 'a' },
          { maxRetries: -1 },
          { maxRetries: 1.5 },
          'options',
          1,
          null,
          [],
        ].map((options) => c.attempt(() => c.fs.rm(c.at('missing'), wrong(options)))),
      ),
  },
  {
    title: 'rmdir of a non-empty directory fails with ENOTEMPTY',
    setup: makeDeep,
    run: (c) => c.fs.rmdir(c.at('top')),
  },
  {
    title: 'rmdir lowers the link count of the parent',
    setup: (c) => c.fs.mkdir(c.at('a/b'), { recursive: true }),
    run: async (c) => {
      await c.fs.rmdir(c.at('a/b'));
      return (await c.fs.stat(c.at('a'))).nlink;
    },
  },
  {
    title: 'rmdir takes options as rm does where it is not recursive, and refuses wrong ones',
    run: async (c) => {
      const outcomes: unknown[] = [];
      const all = [{}, { recursive: false }, { recursive: 1 }, { maxRetries: -1 }, null, 1, 'a'];
      for (const options of all) {
        await c.fs.mkdir(c.at('dir'), { recursive: true });
        outcomes.push(await c.attempt(() => c.fs.rmdir(c.at('dir'), wrong(options))));
      }
      return outcomes;
    },
  },
  {
    title: 'recursive rmdir removes a tree, and refuses a file and a missing name',
    setup: makeDeep,
    run: async (c) => [
      await c.attempt(() => c.fs.rmdir(c.at('top'), { recursive: true })),
      await c.attempt(() => c.fs.rmdir(c.at('outside'), { recursive: true })),
      await c.attempt(() => c.fs.rmdir(c.at('missing'), { recursive: true })),
    ],
  },
  {
    title: 'a name is free again as soon as it was removed',
    run: async (c) => {
      await c.fs.mkdir(c.at('name'));
      await c.fs.rmdir(c.at('name'));
      await c.fs.writeFile(c.at('name'), 'file');
      await c.fs.unlink(c.at('name'));
      await c.fs.symlink('target', c.at('name'));
      await c.fs.rm(c.at('name'));
      await c.fs.mkdir(c.at('name'));
    },
  },
  {
    title: 'a removed directory that is still open as handle lists nothing and takes nothing new',
    setup: (c) => c.fs.mkdir(c.at('dir')),
    run: async (c) => {
      const handle = await c.open('dir', 'r');
      await c.fs.rmdir(c.at('dir'));
      return [
        (await handle.stat()).nlink,
        await c.attempt(() => c.fs.writeFile(c.at('dir/file'), '')),
      ];
    },
  },
];
