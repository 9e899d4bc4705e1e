/** cp: trees, links, options and its own error codes. */
import { constants } from 'node:fs';
import type { Case, CaseContext } from '../case.js';
import { pattern, wrong } from '../case.js';
import type { Style } from '../styles/style.js';
import { makeWorld, tryEach } from '../world.js';

const recursive = true;

async function makeSource(c: CaseContext): Promise<void> {
  await c.fs.mkdir(c.at('from/sub/deep'), { recursive: true });
  await c.fs.mkdir(c.at('from/empty'), 0o700);
  await c.fs.writeFile(c.at('from/file'), 'content', { mode: 0o640 });
  await c.fs.writeFile(c.at('from/sub/program'), pattern(70_000), { mode: 0o755 });
  await c.fs.writeFile(c.at('from/sub/deep/leaf'), 'leaf');
  await c.fs.symlink('file', c.at('from/to-file'));
  await c.fs.symlink('../sub', c.at('from/sub/to-sub'));
  await c.fs.symlink(c.at('from/file'), c.at('from/absolute'));
  await c.fs.link(c.at('from/file'), c.at('from/hard'));
}

async function makeBoth(c: CaseContext): Promise<void> {
  await makeSource(c);
  await c.fs.mkdir(c.at('to/sub'), { recursive: true });
  await c.fs.writeFile(c.at('to/file'), 'old content', { mode: 0o600 });
  await c.fs.writeFile(c.at('to/sub/kept'), 'kept');
  await c.fs.symlink('elsewhere', c.at('to/to-file'));
}

/** Options that are tried on a whole tree, into nothing and over something. */
const OPTIONS: Readonly<Record<string, object>> = {
  'recursive only': { recursive },
  'without force': { recursive, force: false },
  'without force, with errorOnExist': { recursive, force: false, errorOnExist: true },
  'with force and errorOnExist': { recursive, force: true, errorOnExist: true },
  'with verbatimSymlinks': { recursive, verbatimSymlinks: true },
  'with dereference': { recursive, dereference: true },
  'with a filter on names': { recursive, filter: (from: string) => !from.endsWith('deep') },
  'with a filter that promises': {
    recursive,
    filter: async (_from: string, to: string) => !to.endsWith('program'),
  },
  'with a filter that refuses all': { recursive, filter: () => false },
  'with mode COPYFILE_FICLONE': { recursive, mode: constants.COPYFILE_FICLONE },
};

const treeCases: readonly Case[] = Object.entries(OPTIONS).flatMap(([about, options]): Case[] => [
  {
    title: `cp of a tree ${about}`,
    // The link that leads to its own parent cannot be dereferenced.
    setup: async (c) => {
      await makeSource(c);
      if ('dereference' in options) await c.fs.unlink(c.at('from/sub/to-sub'));
    },
    run: (c) => c.fs.cp(c.at('from'), c.at('to'), options),
  },
  {
    title: `cp over a tree ${about}`,
    leavesPart: 'errorOnExist' in options && 'force' in options && options.force === false,
    setup: async (c) => {
      await makeBoth(c);
      await c.fs.unlink(c.at('from/sub/to-sub'));
      await c.fs.unlink(c.at('to/to-file'));
    },
    run: (c) => c.fs.cp(c.at('from'), c.at('to'), options),
  },
]);

const SOURCES = ['file', 'dir', 'empty', 'to-file', 'to-dir', 'dangling', 'loop', 'missing'];
const DESTINATIONS = [
  'new',
  'new/',
  'new/deep/er',
  'file',
  'file/new',
  'dir',
  'dir/new',
  'dir/inner',
  'empty',
  'empty/new',
  'to-file',
  'to-dir',
  'to-dir/new',
  'dangling',
  'loop',
  '.',
];

/** Among links Node has cpSync do other things than cp, and from one version to the next others. */
const LINKS: ReadonlySet<string> = new Set(['to-file', 'to-dir', 'dangling', 'loop']);

/** cp looks at both paths side by side: where both fail, which error it gives is a race. */
function destinationsOf(source: string, style: Style): readonly string[] {
  if (style === 'sync' && LINKS.has(source)) return DESTINATIONS.filter((to) => !LINKS.has(to));
  if (source !== 'missing') return DESTINATIONS;
  return DESTINATIONS.filter((destination) => destination !== 'file/new');
}

const pairCases: readonly Case[] = SOURCES.flatMap((source) =>
  [{}, { recursive }].map((options) => ({
    title: `${'recursive' in options ? 'recursive ' : ''}cp of ${source} to every kind of destination`,
    // Node makes the directories above the destination before it refuses a directory.
    leavesPart: !('recursive' in options),
    run: (c) =>
      tryEach(c, destinationsOf(source, c.style), true, (world, destination) =>
        c.fs.cp(`${world}/${source}`, `${world}/${destination}`, options),
      ),
  })),
);

const otherCases: readonly Case[] = [
  {
    title: 'cp of a file makes the directories of its destination',
    setup: (c) => c.fs.writeFile(c.at('file'), 'x', { mode: 0o640 }),
    run: (c) => c.fs.cp(c.at('file'), c.at('a/b/c')),
  },
  {
    title: 'cp with preserveTimestamps keeps the times of every file',
    setup: async (c) => {
      await makeSource(c);
      for (const name of ['file', 'sub/program', 'sub']) {
        await c.fs.utimes(c.at(`from/${name}`), 1_000, 2_000.5);
      }
    },
    run: async (c) => {
      await c.fs.cp(c.at('from'), c.at('to'), { recursive, preserveTimestamps: true });
      const file = await c.fs.stat(c.at('to/file'));
      const program = await c.fs.stat(c.at('to/sub/program'));
      return [file.mtimeMs, program.mtimeMs];
    },
  },
  {
    title: 'cp with preserveTimestamps of a file that cannot be written',
    setup: async (c) => {
      await c.fs.writeFile(c.at('file'), 'x', { mode: 0o444 });
      await c.fs.utimes(c.at('file'), 1_000, 2_000);
    },
    run: async (c) => {
      await c.fs.cp(c.at('file'), c.at('copy'), { preserveTimestamps: true });
      return (await c.fs.stat(c.at('copy'))).mtimeMs;
    },
  },
  {
    title: 'cp with COPYFILE_EXCL over a file fails',
    setup: async (c) => {
      await c.fs.writeFile(c.at('a'), 'a');
      await c.fs.writeFile(c.at('b'), 'b');
    },
    run: async (c) => [
      await c.attempt(() => c.fs.cp(c.at('a'), c.at('b'), { mode: constants.COPYFILE_EXCL })),
      await c.attempt(() => c.fs.cp(c.at('a'), c.at('new'), { mode: constants.COPYFILE_EXCL })),
    ],
  },
  {
    title: 'cp of a file over itself fails with ERR_FS_CP_EINVAL',
    setup: async (c) => {
      await c.fs.writeFile(c.at('a'), 'a');
      await c.fs.link(c.at('a'), c.at('b'));
      await c.fs.mkdir(c.at('dir'));
    },
    run: async (c) => [
      await c.attempt(() => c.fs.cp(c.at('a'), c.at('a'))),
      await c.attempt(() => c.fs.cp(c.at('a'), c.at('b'))),
      await c.attempt(() => c.fs.cp(c.at('dir'), c.at('dir'), { recursive })),
      await c.attempt(() => c.fs.cp(c.at('dir'), c.at('dir/sub/deeper'), { recursive })),
      await c.attempt(() => c.fs.cp(c.at('dir'), c.at('directory'), { recursive })),
    ],
  },
  {
    title: 'cp of a link over a link that leads into the source fails',
    leavesPart: true,
    setup: async (c) => {
      await c.fs.mkdir(c.at('from/target'), { recursive: true });
      await c.fs.symlink(c.at('from/target'), c.at('from/link'));
      await c.fs.mkdir(c.at('to'));
      await c.fs.symlink(c.at('from/target'), c.at('to/link'));
      await c.fs.mkdir(c.at('second'));
      await c.fs.symlink(c.at('from'), c.at('second/link'));
    },
    run: async (c) => [
      await c.attempt(() => c.fs.cp(c.at('from'), c.at('to'), { recursive })),
      await c.attempt(() => c.fs.cp(c.at('from'), c.at('second'), { recursive })),
    ],
  },
  {
    title: 'cp over links replaces them or follows them as Node does',
    setup: makeBoth,
    run: async (c) => [
      await c.attempt(() => c.fs.cp(c.at('from/file'), c.at('to/to-file'))),
      await c.attempt(() => c.fs.cp(c.at('from/to-file'), c.at('to/file'))),
      await c.attempt(() => c.fs.cp(c.at('from/to-file'), c.at('to/new-link'))),
      await c.attempt(() =>
        c.fs.cp(c.at('from/to-file'), c.at('to/verbatim'), { verbatimSymlinks: true }),
      ),
      await c.attempt(() =>
        c.fs.cp(c.at('from/to-file'), c.at('to/followed'), { dereference: true }),
      ),
    ],
  },
  {
    title: 'the filter of cp sees each pair of paths',
    setup: makeSource,
    run: async (c) => {
      const seen: unknown[] = [];
      const filter = (from: string, to: string): boolean => {
        seen.push([from, to]);
        return true;
      };
      await c.fs.unlink(c.at('from/sub/to-sub'));
      await c.fs.cp(c.at('from'), c.at('to'), { recursive, filter });
      return seen.map(String).sort();
    },
  },
  {
    title: 'a filter of cp that throws or rejects ends the copy',
    styles: ['promises', 'callback'],
    leavesPart: true,
    setup: makeSource,
    run: async (c) => [
      await c.attempt(() =>
        c.fs.cp(c.at('from'), c.at('one'), {
          recursive,
          filter: () => {
            throw new Error('no');
          },
        }),
      ),
      await c.attempt(() =>
        c.fs.cp(c.at('from'), c.at('two'), {
          recursive,
          filter: () => Promise.reject(new Error('no')),
        }),
      ),
    ],
  },
  {
    title: 'a filter of cpSync that throws or promises ends the copy',
    styles: ['sync'],
    leavesPart: true,
    setup: makeSource,
    run: async (c) => [
      await c.attempt(() =>
        c.fs.cp(c.at('from'), c.at('one'), {
          recursive,
          filter: () => {
            throw new Error('no');
          },
        }),
      ),
      await c.attempt(() =>
        c.fs.cp(c.at('from'), c.at('two'), { recursive, filter: () => Promise.resolve(true) }),
      ),
      await c.attempt(() =>
        c.fs.cp(c.at('from'), c.at('three'), { recursive, filter: wrong(() => 'yes') }),
      ),
    ],
  },
  {
    title: 'cp takes URLs and refuses Buffers',
    setup: (c) => c.fs.writeFile(c.at('a'), 'x'),
    run: async (c) => [
      await c.attempt(() =>
        c.fs.cp(new URL(`file://${c.at('a')}`), new URL(`file://${c.at('b')}`)),
      ),
      await c.attempt(() => c.fs.cp(wrong(Buffer.from(c.at('a'))), c.at('c'))),
    ],
  },
  {
    title: 'cp refuses wrong options',
    setup: (c) => makeWorld(c),
    run: (c) =>
      Promise.all(
        [
          { dereference: 1 },
          { errorOnExist: 'yes' },
          { filter: true },
          { force: 0 },
          { mode: -1 },
          { mode: 8 },
          { mode: '1' },
          { preserveTimestamps: 1 },
          { recursive: 1 },
          { verbatimSymlinks: 1 },
          { dereference: true, verbatimSymlinks: true },
          'options',
          1,
          null,
          [],
        ].map((options, index) =>
          c.attempt(() => c.fs.cp(c.at('file'), c.at(`copy-${index}`), wrong(options))),
        ),
      ),
  },
];

export const cpCases: readonly Case[] = [...treeCases, ...pairCases, ...otherCases];
