/** utimes and lutimes, and which times each change moves. */
import type { BigIntStats } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Case, CaseContext } from '../case.js';
import { pattern, wrong } from '../case.js';

/** Longer than one tick of the clock that filesystems stamp with, in milliseconds. */
const TICK_MS = 12;

const TIMES: readonly (number | string | Date)[] = [
  0,
  1,
  1_500_000_000,
  1_500_000_000.123,
  '1500000000',
  '1500000000.5',
  new Date('2020-02-29T12:34:56.789Z'),
  new Date(0),
  4_000_000_000,
  new Date('1969-12-31T23:59:59.250Z'),
];

/** What each change does to the times of the file `a` and of its directory `dir`. */
const CHANGES: Readonly<Record<string, (c: CaseContext) => unknown>> = {
  'writeFile over a file': (c) => c.fs.writeFile(c.at('dir/a'), 'new'),
  'appendFile of some bytes': (c) => c.fs.appendFile(c.at('dir/a'), 'more'),
  'appendFile of no bytes': (c) => c.fs.appendFile(c.at('dir/a'), ''),
  'truncate to less': (c) => c.fs.truncate(c.at('dir/a'), 1),
  'truncate to more': (c) => c.fs.truncate(c.at('dir/a'), 100),
  chmod: (c) => c.fs.chmod(c.at('dir/a'), 0o600),
  'chown to the same ids': (c) =>
    c.fs.chown(c.at('dir/a'), process.getuid?.() ?? 0, process.getgid?.() ?? 0),
  'link of a new name': (c) => c.fs.link(c.at('dir/a'), c.at('dir/new')),
  'unlink of another name': (c) => c.fs.unlink(c.at('dir/b')),
  'rename in the directory': async (c) => {
    await c.fs.rename(c.at('dir/a'), c.at('dir/moved'));
    await c.fs.link(c.at('dir/moved'), c.at('dir/a'));
  },
  'rename out of the directory and back': async (c) => {
    await c.fs.rename(c.at('dir/a'), c.at('moved'));
    await c.fs.rename(c.at('moved'), c.at('dir/a'));
  },
  'rename over a second name of it': (c) => c.fs.rename(c.at('dir/other'), c.at('dir/b')),
  'rename to itself': (c) => c.fs.rename(c.at('dir/a'), c.at('dir/a')),
  'rename to a second name of itself': (c) => c.fs.rename(c.at('dir/a'), c.at('dir/b')),
  'creation of a file beside it': (c) => c.fs.writeFile(c.at('dir/new'), ''),
  'creation of a directory beside it': (c) => c.fs.mkdir(c.at('dir/new')),
  'creation of a link beside it': (c) => c.fs.symlink('a', c.at('dir/new')),
  'removal of a directory beside it': (c) => c.fs.rmdir(c.at('dir/sub')),
  'change inside a directory beside it': (c) => c.fs.writeFile(c.at('dir/sub/new'), ''),
  'copyFile over it': (c) => c.fs.copyFile(c.at('dir/other'), c.at('dir/a')),
  'open for writing without change': async (c) => (await c.open('dir/a', 'r+')).close(),
  'open with truncation': async (c) => (await c.open('dir/a', 'w')).close(),
  'pwrite inside it': async (c) => (await c.open('dir/a', 'r+')).write('x', 0),
  'write of no bytes': async (c) => (await c.open('dir/a', 'r+')).write(Buffer.alloc(0)),
  'a failing unlink': (c) => c.attempt(() => c.fs.unlink(c.at('dir/missing'))),
  'a failing exclusive open': (c) => c.attempt(() => c.fs.open(c.at('dir/a'), 'wx')),
};

async function makeTimed(c: CaseContext): Promise<void> {
  await c.fs.mkdir(c.at('dir/sub'), { recursive: true });
  await c.fs.writeFile(c.at('dir/a'), pattern(50));
  await c.fs.link(c.at('dir/a'), c.at('dir/b'));
  await c.fs.writeFile(c.at('dir/other'), 'other');
  await delay(TICK_MS);
}

function moved(before: BigIntStats, after: BigIntStats): object {
  return {
    mtime: after.mtimeNs > before.mtimeNs,
    ctime: after.ctimeNs > before.ctimeNs,
    birthtime: after.birthtimeNs !== before.birthtimeNs,
  };
}

const movedCases: readonly Case[] = Object.entries(CHANGES).map(([name, change]) => ({
  title: `${name} moves the times that Linux moves`,
  setup: makeTimed,
  run: async (c) => {
    const big = { bigint: true } as const;
    const before = {
      file: await c.fs.stat(c.at('dir/a'), big),
      folder: await c.fs.stat(c.at('dir'), big),
    };
    await change(c);
    return {
      file: moved(before.file, await c.fs.stat(c.at('dir/a'), big)),
      folder: moved(before.folder, await c.fs.stat(c.at('dir'), big)),
    };
  },
}));

export const timeCases: readonly Case[] = [
  {
    title: 'utimes sets numbers, strings and Dates exactly',
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: async (c) => {
      const set: unknown[] = [];
      for (const time of TIMES) {
        await c.fs.utimes(c.at('file'), time, 1000);
        const first = await c.fs.stat(c.at('file'), { bigint: true });
        await c.fs.utimes(c.at('file'), 1000, time);
        const second = await c.fs.stat(c.at('file'), { bigint: true });
        const { mtimeMs, mtime } = await c.fs.stat(c.at('file'));
        set.push([first.atimeNs, first.mtimeNs, second.atimeNs, second.mtimeNs, mtimeMs, mtime]);
      }
      return set;
    },
  },
  {
    title: 'utimes follows links and lutimes does not',
    setup: async (c) => {
      await c.fs.writeFile(c.at('file'), '');
      await c.fs.symlink('file', c.at('link'));
    },
    run: async (c) => {
      await c.fs.utimes(c.at('link'), 100, 200);
      await c.fs.lutimes(c.at('link'), 300, 400);
      return [(await c.fs.stat(c.at('file'))).mtimeMs, (await c.fs.lstat(c.at('link'))).mtimeMs];
    },
  },
  {
    title: 'utimes of a directory sets its times',
    run: async (c) => {
      await c.fs.utimes(c.at(), 100, 200.5);
      const { atimeMs, mtimeMs } = await c.fs.stat(c.at());
      return [atimeMs, mtimeMs];
    },
  },
  {
    title: 'utimes moves ctime to now',
    setup: makeTimed,
    run: async (c) => {
      const before = await c.fs.stat(c.at('dir/a'), { bigint: true });
      await c.fs.utimes(c.at('dir/a'), 1, 1);
      const after = await c.fs.stat(c.at('dir/a'), { bigint: true });
      return after.ctimeNs > before.ctimeNs;
    },
  },
  {
    title: 'utimes and lutimes refuse wrong times',
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: (c) =>
      Promise.all(
        [undefined, null, 'tomorrow', '', {}, true, Symbol('now'), 1n].flatMap((time) => [
          c.attempt(() => c.fs.utimes(c.at('file'), wrong(time), 0)),
          c.attempt(() => c.fs.utimes(c.at('file'), 0, wrong(time))),
          c.attempt(() => c.fs.lutimes(c.at('file'), wrong(time), 0)),
        ]),
      ),
  },
  {
    title: 'utimes with numbers that are negative or not finite means now',
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: async (c) => {
      const recent: boolean[] = [];
      for (const time of [
        -1,
        -0.5,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
      ]) {
        await c.fs.utimes(c.at('file'), 5, 5);
        await c.fs.utimes(c.at('file'), time, time);
        recent.push((await c.fs.stat(c.at('file'))).mtimeMs > 1e12);
      }
      return recent;
    },
  },
  {
    title: 'cp with preserveTimestamps and utimes keep milliseconds',
    setup: async (c) => {
      await c.fs.writeFile(c.at('a'), 'x');
      await c.fs.utimes(c.at('a'), 1_234_567_890.125, 1_234_567_891.5);
    },
    run: async (c) => {
      await c.fs.cp(c.at('a'), c.at('b'), { preserveTimestamps: true });
      return (await c.fs.stat(c.at('b'))).mtimeMs;
    },
  },
  ...movedCases,
];
