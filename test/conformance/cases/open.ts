/** open with every flag, on what exists and what does not, and what the handle then allows. */
import { constants } from 'node:fs';
import type { Case, CaseContext } from '../case.js';
import { wrong } from '../case.js';

const FLAGS = 'r rs sr r+ rs+ sr+ w wx xw w+ wx+ xw+ a ax xa as sa a+ ax+ xa+ as+ sa+'.split(' ');

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND } = constants;
const { O_DIRECTORY, O_NOFOLLOW, O_SYNC, O_DSYNC, O_NONBLOCK, O_NOCTTY, O_NOATIME } = constants;

const NUMBERS: Readonly<Record<string, number>> = {
  O_RDONLY,
  O_WRONLY,
  O_RDWR,
  'access mode 3': 3,
  'O_RDONLY|O_TRUNC': O_RDONLY | O_TRUNC,
  'O_WRONLY|O_TRUNC': O_WRONLY | O_TRUNC,
  'O_RDONLY|O_CREAT': O_RDONLY | O_CREAT,
  'O_RDWR|O_CREAT': O_RDWR | O_CREAT,
  'O_RDWR|O_CREAT|O_EXCL': O_RDWR | O_CREAT | O_EXCL,
  'O_RDWR|O_EXCL': O_RDWR | O_EXCL,
  'O_RDWR|O_CREAT|O_TRUNC': O_RDWR | O_CREAT | O_TRUNC,
  'O_WRONLY|O_APPEND': O_WRONLY | O_APPEND,
  'O_RDWR|O_APPEND|O_CREAT': O_RDWR | O_APPEND | O_CREAT,
  'O_RDONLY|O_APPEND': O_RDONLY | O_APPEND,
  'O_RDWR|O_SYNC': O_RDWR | O_SYNC,
  'O_RDWR|O_DSYNC': O_RDWR | O_DSYNC,
  'O_RDWR|O_NONBLOCK|O_NOCTTY': O_RDWR | O_NONBLOCK | O_NOCTTY,
  'O_RDONLY|O_NOATIME': O_RDONLY | O_NOATIME,
  'O_RDONLY|O_DIRECTORY': O_RDONLY | O_DIRECTORY,
  'O_RDWR|O_DIRECTORY': O_RDWR | O_DIRECTORY,
  'O_RDONLY|O_NOFOLLOW': O_RDONLY | O_NOFOLLOW,
  'O_WRONLY|O_CREAT|O_NOFOLLOW': O_WRONLY | O_CREAT | O_NOFOLLOW,
  'O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW': O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
};

async function makeTargets(c: CaseContext): Promise<void> {
  await c.fs.writeFile(c.at('file'), 'content');
  await c.fs.mkdir(c.at('dir'));
  await c.fs.symlink('file', c.at('to-file'));
  await c.fs.symlink('dir', c.at('to-dir'));
  await c.fs.symlink('made-through-link', c.at('dangling'));
}

/** Opens each target and reads and writes through the handle. */
async function tryFlag(c: CaseContext, flag: string | number): Promise<unknown> {
  const outcomes: Record<string, unknown> = {};
  for (const name of ['missing', 'file', 'dir', 'to-file', 'to-dir', 'dangling', 'dir/new/']) {
    outcomes[name] = await c.attempt(async () => {
      const handle = await c.open(name, flag);
      const done = [
        await c.attempt(() => handle.read(Buffer.alloc(4), 0, 4, null)),
        await c.attempt(() => handle.write('NEW')),
        await c.attempt(() => handle.write('@', 1)),
        await c.attempt(() => handle.read(Buffer.alloc(20), 0, 20, 0)),
        await c.attempt(() => handle.truncate(9)),
        await c.attempt(() => handle.stat()),
      ];
      await handle.close();
      return done;
    });
  }
  return outcomes;
}

export const openCases: readonly Case[] = [
  ...FLAGS.map(
    (flag): Case => ({
      title: `open with flag ${flag}`,
      setup: makeTargets,
      run: (c) => tryFlag(c, flag),
    }),
  ),
  ...Object.entries(NUMBERS).map(
    ([name, flag]): Case => ({
      title: `open with ${name}`,
      setup: makeTargets,
      run: (c) => tryFlag(c, flag),
    }),
  ),
  {
    title: 'open gives a new file its mode, masked by the umask',
    run: async (c) => {
      for (const mode of [0o666, 0o777, 0o600, 0o400, 0, '0640', 0o1777]) {
        await (await c.open(`file-${mode}`, 'w', wrong(mode))).close();
      }
      await (await c.open('default', 'w')).close();
    },
  },
  {
    title: 'a handle opened for writing on a new file of mode 0 can write',
    run: async (c) => {
      const handle = await c.open('file', 'wx+', 0);
      await handle.write('text');
      return (await handle.read(Buffer.alloc(4), 0, 4, 0)).buffer;
    },
  },
  {
    title: 'open without flags reads',
    setup: makeTargets,
    run: async (c) => {
      const handle = await c.fs.open(c.at('file'));
      const outcomes = [
        await c.attempt(() => handle.readFile('utf8')),
        await c.attempt(() => handle.write('x')),
        typeof handle.fd,
        handle.fd >= 0,
      ];
      await handle.close();
      return outcomes;
    },
  },
  {
    title: 'open with null or undefined as flags reads',
    setup: makeTargets,
    run: async (c) => {
      for (const flags of [null, undefined]) {
        await (await c.fs.open(c.at('file'), wrong(flags))).close();
      }
    },
  },
  {
    title: 'open refuses wrong flags and modes',
    setup: makeTargets,
    run: (c) =>
      Promise.all([
        ...['rw', 'R', '', 'r++', 'w-', ' r', {}, [], true, 1.5, Number.NaN, 2 ** 31].map((flags) =>
          c.attempt(() => c.fs.open(c.at('file'), wrong(flags))),
        ),
        ...['rwx', '9', -1, 1.5, 2 ** 32, {}, true].map((mode) =>
          c.attempt(() => c.fs.open(c.at('file'), 'r', wrong(mode))),
        ),
      ]),
  },
  {
    title: 'open with x does not follow a dangling link',
    setup: makeTargets,
    run: async (c) => [
      await c.attempt(() => c.fs.open(c.at('dangling'), 'wx')),
      await c.attempt(() => c.fs.open(c.at('dangling'), 'ax')),
    ],
  },
  {
    title: 'many handles on one file have descriptors and positions of their own',
    setup: makeTargets,
    run: async (c) => {
      const handles = await Promise.all(Array.from({ length: 20 }, () => c.open('file', 'r')));
      const read = await Promise.all(
        handles.map(async (handle, index) => {
          await handle.read(Buffer.alloc(index), 0, index % 5, null);
          return await handle.readFile('utf8');
        }),
      );
      return [new Set(handles.map(({ fd }) => fd)).size, read];
    },
  },
];
