/** stat, lstat, statfs, access, chmod, chown, lchown, and the method Linux lacks. */
import { constants } from 'node:fs';
import type { Case, CaseContext } from '../case.js';
import { wrong } from '../case.js';

const { F_OK, R_OK, W_OK, X_OK } = constants;
const uid = process.getuid?.() ?? 0;
const gid = process.getgid?.() ?? 0;

async function makeLinked(c: CaseContext): Promise<void> {
  await c.fs.writeFile(c.at('file'), '12345');
  await c.fs.symlink('file', c.at('link'));
}

const statCases: readonly Case[] = [
  {
    title: 'stat and lstat differ on a link only',
    setup: makeLinked,
    run: async (c) => [
      await c.fs.stat(c.at('file')),
      await c.fs.lstat(c.at('file')),
      await c.fs.stat(c.at('link')),
      await c.fs.lstat(c.at('link')),
    ],
  },
  {
    title: 'bigint stats have bigint fields and nanoseconds',
    setup: makeLinked,
    run: async (c) => [
      await c.fs.stat(c.at('file'), { bigint: true }),
      await c.fs.lstat(c.at('link'), { bigint: true }),
      await c.fs.stat(c.at(), { bigint: true }),
      await c.fs.stat(c.at('file'), { bigint: false }),
    ],
  },
  {
    title: 'the times of Stats agree with each other in every form',
    setup: makeLinked,
    run: async (c) => {
      const stats = await c.fs.stat(c.at('file'));
      const big = await c.fs.stat(c.at('file'), { bigint: true });
      return [
        stats.mtime.getTime() === Math.round(stats.mtimeMs) ||
          stats.mtime.getTime() === Math.floor(stats.mtimeMs),
        big.mtimeMs === big.mtimeNs / 1_000_000n,
        Math.abs(Number(big.mtimeNs) / 1e6 - stats.mtimeMs) < 1,
        stats.birthtimeMs <= stats.ctimeMs,
      ];
    },
  },
  {
    title: 'the name of a new file has an inode of its own and shares the device',
    setup: makeLinked,
    run: async (c) => {
      await c.fs.writeFile(c.at('other'), '');
      const [file, other] = [await c.fs.stat(c.at('file')), await c.fs.stat(c.at('other'))];
      return [file.ino !== other.ino, file.dev === other.dev, file.ino > 0];
    },
  },
  {
    title: 'stat with null, undefined or odd options answers as Node does',
    setup: makeLinked,
    run: (c) =>
      Promise.all(
        [null, undefined, {}, { bigint: 1 }, 'utf8', 1].map((options) =>
          c.attempt(() => c.fs.stat(c.at('file'), wrong(options))),
        ),
      ),
  },
  {
    title: 'statfs gives numbers, and bigints when asked',
    run: async (c) => {
      const small = await c.fs.statfs(c.at());
      const big = await c.fs.statfs(c.at(), { bigint: true });
      const types = (value: object): string[] =>
        Object.entries(value)
          .map(([field, number]) => `${field}: ${typeof number}`)
          .sort();
      return [types(small), types(big), small.bfree <= small.blocks];
    },
  },
];

const accessCases: readonly Case[] = [
  {
    title: 'access allows everything on an executable file',
    setup: (c) => c.fs.writeFile(c.at('file'), '', { mode: 0o777 }),
    run: async (c) => [
      await c.attempt(() => c.fs.access(c.at('file'))),
      await c.attempt(() => c.fs.access(c.at('file'), F_OK)),
      await c.attempt(() => c.fs.access(c.at('file'), R_OK | W_OK | X_OK)),
    ],
  },
  {
    title: 'access refuses execution without any x bit',
    setup: (c) => c.fs.writeFile(c.at('file'), '', { mode: 0o666 }),
    run: async (c) => [
      await c.attempt(() => c.fs.access(c.at('file'), X_OK)),
      await c.attempt(() => c.fs.access(c.at('file'), R_OK | X_OK)),
      await c.attempt(() => c.fs.access(c.at(), X_OK)),
    ],
  },
  {
    title: 'access as root ignores permission bits, except x where none is set',
    needs: 'root',
    setup: async (c) => {
      await c.fs.writeFile(c.at('file'), '', { mode: 0o001 });
      await c.fs.mkdir(c.at('dir'), 0o000);
      await c.fs.chmod(c.at('file'), 0o001);
    },
    run: async (c) => [
      await c.attempt(() => c.fs.access(c.at('file'), R_OK | W_OK | X_OK)),
      await c.attempt(() => c.fs.chmod(c.at('file'), 0)),
      await c.attempt(() => c.fs.access(c.at('file'), R_OK | W_OK)),
      await c.attempt(() => c.fs.access(c.at('file'), X_OK)),
      await c.attempt(() => c.fs.access(c.at('dir'), R_OK | W_OK | X_OK)),
    ],
  },
  {
    title: 'access follows links',
    setup: async (c) => {
      await makeLinked(c);
      await c.fs.symlink('nowhere', c.at('dangling'));
    },
    run: async (c) => [
      await c.attempt(() => c.fs.access(c.at('link'), R_OK)),
      await c.attempt(() => c.fs.access(c.at('dangling'))),
    ],
  },
  {
    title: 'access refuses wrong modes',
    run: (c) =>
      Promise.all(
        [-1, 8, 1.5, '1', {}, null, true, Number.NaN].map((mode) =>
          c.attempt(() => c.fs.access(c.at(), wrong(mode))),
        ),
      ),
  },
];

const MODES: readonly (number | string)[] = [0, 0o777, 0o4755, 0o2755, 0o1777, 0o7777, '640', '07'];

const chmodCases: readonly Case[] = [
  {
    title: 'chmod sets all twelve bits of files and directories, given as number or octal string',
    run: async (c) => {
      const modes: string[] = [];
      for (const [index, mode] of MODES.entries()) {
        await c.fs.writeFile(c.at(`file-${index}`), '');
        await c.fs.mkdir(c.at(`dir-${index}`));
        await c.fs.chmod(c.at(`file-${index}`), mode);
        await c.fs.chmod(c.at(`dir-${index}`), mode);
        modes.push((await c.fs.stat(c.at(`file-${index}`))).mode.toString(8));
      }
      return modes;
    },
  },
  {
    title: 'chmod ignores the bits of the file type',
    setup: makeLinked,
    run: (c) => c.fs.chmod(c.at('file'), 0o100600),
  },
  {
    title: 'chmod of a link changes its target',
    setup: makeLinked,
    run: (c) => c.fs.chmod(c.at('link'), 0o600),
  },
  {
    title: 'chmod refuses wrong modes',
    setup: makeLinked,
    run: (c) =>
      Promise.all(
        [undefined, null, 'rwx', '8', '', -1, 2 ** 32, 1.5, {}, true].map((mode) =>
          c.attempt(() => c.fs.chmod(c.at('file'), wrong(mode))),
        ),
      ),
  },
  {
    title: 'lchmod is not available on Linux',
    setup: makeLinked,
    run: (c) => c.attempt(() => c.fs.lchmod(c.at('link'), 0o600)),
  },
];

const chownCases: readonly Case[] = [
  {
    title: 'chown follows links and lchown does not',
    needs: 'root',
    setup: makeLinked,
    run: async (c) => {
      await c.fs.chown(c.at('link'), 1234, 2345);
      await c.fs.lchown(c.at('link'), 3456, 4567);
    },
  },
  {
    title: 'chown takes ids up to 32 bits, and -1 keeps an id',
    needs: 'root',
    setup: makeLinked,
    run: async (c) => {
      await c.fs.chown(c.at('file'), 2 ** 32 - 2, 5);
      await c.fs.chown(c.at('file'), -1, 6);
      await c.fs.lchown(c.at('link'), 7, -1);
      return await c.attempt(() => c.fs.chown(c.at('file'), -1, -1));
    },
  },
  {
    title: 'chown of a file takes away its setuid and setgid bits',
    needs: 'root',
    run: async (c) => {
      for (const mode of [0o6755, 0o6644, 0o2755, 0o2745, 0o4700]) {
        const name = mode.toString(8);
        await c.fs.writeFile(c.at(name), '');
        await c.fs.chmod(c.at(name), mode);
        await c.fs.chown(c.at(name), 0, 0);
      }
      await c.fs.mkdir(c.at('dir'));
      await c.fs.chmod(c.at('dir'), 0o6755);
      await c.fs.chown(c.at('dir'), 0, 0);
    },
  },
  {
    title: 'chown to the ids a file has succeeds for everybody',
    setup: makeLinked,
    run: async (c) => {
      await c.fs.chown(c.at('file'), uid, gid);
      await c.fs.lchown(c.at('link'), uid, gid);
    },
  },
  {
    title: 'chown and lchown refuse wrong ids',
    setup: makeLinked,
    run: (c) =>
      Promise.all(
        [undefined, null, '0', -2, 2 ** 32, 1.5, {}, Number.NaN].flatMap((id) => [
          c.attempt(() => c.fs.chown(c.at('file'), wrong(id), 0)),
          c.attempt(() => c.fs.chown(c.at('file'), 0, wrong(id))),
          c.attempt(() => c.fs.lchown(c.at('file'), wrong(id), 0)),
          c.attempt(() => c.fs.lchown(c.at('file'), 0, wrong(id))),
        ]),
      ),
  },
];

export const attributeCases: readonly Case[] = [
  ...statCases,
  ...accessCases,
  ...chmodCases,
  ...chownCases,
];
