/** readdir and opendir. */
import type { Dirent } from 'node:fs';
import type { Case, CaseContext } from '../case.js';
import { wrong } from '../case.js';

async function makeListed(c: CaseContext): Promise<void> {
  await c.fs.mkdir(c.at('dir/sub/deep'), { recursive: true });
  await c.fs.writeFile(c.at('dir/file'), '');
  await c.fs.writeFile(c.at('dir/sub/inner'), '');
  await c.fs.writeFile(c.at('dir/sub/deep/leaf'), '');
  await c.fs.symlink('sub', c.at('dir/link'));
  await c.fs.symlink('nowhere', c.at('dir/dangling'));
  await c.fs.writeFile(c.at('dir/é€😀'), '');
}

function byPath(left: Dirent, right: Dirent): number {
  return `${left.parentPath}/${left.name}` < `${right.parentPath}/${right.name}` ? -1 : 1;
}

async function readAll(c: CaseContext, options: object): Promise<Dirent[]> {
  const dir = await c.fs.opendir(c.at('dir'), options);
  const found: Dirent[] = [];
  for (;;) {
    const dirent = await dir.read();
    if (dirent === null) break;
    found.push(dirent);
  }
  await dir.close();
  return found.sort(byPath);
}

const ENCODINGS = ['utf8', 'utf-8', 'hex', 'base64', 'latin1', 'ascii', 'ucs2'];

const listingCases: readonly Case[] = [
  {
    title: 'readdir of an empty directory is an empty array',
    run: async (c) => [
      await c.fs.readdir(c.at()),
      await c.fs.readdir(c.at(), { withFileTypes: true }),
      await c.fs.readdir(c.at(), { recursive: true }),
    ],
  },
  {
    title: 'readdir with types tells files, directories and links apart',
    setup: makeListed,
    run: async (c) => (await c.fs.readdir(c.at('dir'), { withFileTypes: true })).sort(byPath),
  },
  {
    title: 'readdir keeps the path as it was given in its entries',
    setup: makeListed,
    run: async (c) => [
      (await c.fs.readdir(c.at('dir/'), { withFileTypes: true })).sort(byPath),
      (await c.fs.readdir(c.at('dir/sub/../.'), { withFileTypes: true })).sort(byPath),
      (await c.fs.readdir(c.at('dir/link'), { withFileTypes: true })).sort(byPath),
    ],
  },
  {
    title: 'recursive readdir gives relative paths and goes where Node goes',
    setup: makeListed,
    run: async (c) => (await c.fs.readdir(c.at('dir'), { recursive: true })).sort(),
  },
  {
    title: 'recursive readdir with types gives the directory of each entry',
    setup: makeListed,
    run: async (c) =>
      (await c.fs.readdir(c.at('dir'), { recursive: true, withFileTypes: true })).sort(byPath),
  },
  {
    title: 'readdir gives names in each encoding',
    setup: makeListed,
    run: async (c) => {
      const lists: unknown[] = [];
      for (const encoding of ENCODINGS) {
        const names = await c.fs.readdir(c.at('dir'), wrong(encoding));
        lists.push([...(names as unknown as string[])].sort());
      }
      return lists;
    },
  },
  {
    title: 'readdir gives names as Buffers, also with types',
    setup: makeListed,
    run: async (c) => {
      const names = await c.fs.readdir(c.at('dir'), 'buffer');
      const typed: unknown = await c.fs.readdir(c.at('dir'), {
        withFileTypes: true,
        encoding: wrong('buffer'),
      });
      const entries = (typed as { name: Buffer }[]).sort((a, b) => a.name.compare(b.name));
      return [names.sort(Buffer.compare), entries];
    },
  },
  {
    title: 'readdir of a Buffer path gives entries with the parent as Node gives it',
    setup: makeListed,
    run: async (c) =>
      (await c.fs.readdir(Buffer.from(c.at('dir')), { withFileTypes: true })).map((dirent) => [
        typeof dirent.name,
        typeof dirent.parentPath,
        dirent.parentPath.toString(),
      ]),
  },
  {
    title: 'readdir lists a thousand names once each',
    setup: async (c) => {
      await c.fs.mkdir(c.at('dir'));
      await Promise.all(
        Array.from({ length: 1000 }, (_, index) => c.fs.writeFile(c.at(`dir/${index}`), '')),
      );
    },
    run: async (c) => {
      const names = await c.fs.readdir(c.at('dir'));
      return [names.length, new Set(names).size, names.includes('999')];
    },
  },
  {
    title: 'readdir refuses wrong options',
    run: (c) =>
      Promise.all(
        [
          'klingon',
          1,
          true,
          { encoding: 'klingon' },
          { recursive: 1 },
          { recursive: 'yes' },
          { recursive: null },
          null,
        ].map((options) => c.attempt(() => c.fs.readdir(c.at(), wrong(options)))),
      ),
  },
];

/** With `recursive` and a callback Node lists on the spot. */
export const readdirCases: readonly Case[] = listingCases.map((each) => ({ ...each, eager: true }));

export const opendirCases: readonly Case[] = [
  ...[1, 2, 3, 32].map(
    (bufferSize): Case => ({
      title: `opendir with a buffer of ${bufferSize} lists every entry`,
      setup: makeListed,
      run: (c) => readAll(c, { bufferSize }),
    }),
  ),
  // Not with a small buffer: Node 20 loses entries then.
  {
    title: 'recursive opendir lists entries at every depth',
    setup: makeListed,
    run: (c) => readAll(c, { recursive: true }),
  },
  {
    title: 'opendir gives names in the encoding asked for',
    setup: makeListed,
    run: async (c) => {
      const dir = await c.fs.opendir(c.at('dir'), { encoding: 'hex' });
      const names: string[] = [];
      for await (const dirent of dir) names.push(dirent.name);
      return names.sort();
    },
  },
  {
    title: 'the path of a Dir is the one given',
    setup: makeListed,
    run: async (c) => {
      const paths: unknown[] = [];
      for (const path of [c.at('dir'), c.at('dir/'), c.at('dir/link')]) {
        const dir = await c.fs.opendir(path);
        paths.push(dir.path);
        await dir.close();
      }
      return paths;
    },
  },
  {
    title: 'for-await closes a Dir, also when it is left early',
    setup: makeListed,
    run: async (c) => {
      const whole = await c.fs.opendir(c.at('dir'));
      for await (const _ of whole);
      const part = await c.fs.opendir(c.at('dir'));
      for await (const _ of part) break;
      return [await c.attempt(() => whole.close()), await c.attempt(() => part.close())];
    },
  },
  {
    title: 'a Dir read past its end keeps answering null',
    run: async (c) => {
      const dir = await c.fs.opendir(c.at());
      const read = [await dir.read(), await dir.read()];
      await dir.close();
      return read;
    },
  },
  {
    title: 'a closed Dir refuses close, read and iteration with ERR_DIR_CLOSED',
    run: async (c) => {
      const dir = await c.fs.opendir(c.at());
      await dir.close();
      return [
        await c.attempt(() => dir.close()),
        await c.attempt(() => dir.read()),
        await c.attempt(() => dir.closeSync()),
        await c.attempt(() => dir.readSync()),
        await c.attempt(async () => {
          for await (const _ of dir);
        }),
      ];
    },
  },
  {
    title: 'a Dir can be read and closed synchronously',
    setup: makeListed,
    run: async (c) => {
      const dir = await c.fs.opendir(c.at('dir'));
      const names: string[] = [];
      for (let dirent = dir.readSync(); dirent !== null; dirent = dir.readSync()) {
        names.push(dirent.name);
      }
      dir.closeSync();
      return names.sort();
    },
  },
  {
    title: 'a Dir can be read and closed with callbacks',
    setup: (c) => c.fs.writeFile(c.at('only'), ''),
    run: async (c) => {
      const dir = await c.fs.opendir(c.at());
      const read = await new Promise((resolve) => {
        dir.read((error, dirent) => resolve([error, dirent]));
      });
      const closed = await new Promise((resolve) => {
        dir.close((error) => resolve(error));
      });
      const again = await new Promise((resolve) => {
        dir.close((error) => resolve(error));
      });
      return [read, closed, again];
    },
  },
  {
    title: 'reads of a Dir made side by side give every entry once',
    setup: makeListed,
    run: async (c) => {
      const dir = await c.fs.opendir(c.at('dir'), { bufferSize: 1 });
      const found = await Promise.all(Array.from({ length: 8 }, () => dir.read()));
      await dir.close();
      return found.map((dirent) => dirent?.name ?? '').sort();
    },
  },
  {
    // Not bufferSize: Node 20 answers a wrong one with an exception nobody can catch.
    title: 'opendir refuses wrong options',
    run: (c) =>
      Promise.all(
        [{ recursive: 1 }, { encoding: 'klingon' }, 'klingon', 1].map((options) =>
          c.attempt(() => c.fs.opendir(c.at(), wrong(options))),
        ),
      ),
  },
];
