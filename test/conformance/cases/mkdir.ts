/** mkdir and mkdtemp: modes, results, recursion. */
import type { Case } from '../case.js';
import { caught, wrong } from '../case.js';

const MODES: readonly (number | string)[] = [0o777, 0o700, 0o000, 0o1777, 0o7777, '0750', '700'];

export const mkdirCases: readonly Case[] = [
  {
    title: 'mkdir without recursive results in undefined',
    run: (c) => c.fs.mkdir(c.at('a')),
  },
  {
    title: 'mkdir takes the mode as second argument and as option, masked by the umask',
    run: async (c) => {
      for (const [index, mode] of MODES.entries()) {
        await c.fs.mkdir(c.at(`argument-${index}`), mode);
        await c.fs.mkdir(c.at(`option-${index}`), { mode });
        await c.fs.mkdir(c.at(`recursive-${index}/below`), { mode, recursive: true });
      }
    },
  },
  {
    title: 'mkdir with null or an empty object as options makes a directory',
    run: async (c) => [
      await c.attempt(() => c.fs.mkdir(c.at('a'), null)),
      await c.attempt(() => c.fs.mkdir(c.at('b'), {})),
      await c.attempt(() => c.fs.mkdir(c.at('c'), undefined)),
    ],
  },
  {
    title: 'recursive mkdir results in the first directory it made',
    setup: (c) => c.fs.mkdir(c.at('a')),
    run: async (c) => [
      await c.fs.mkdir(c.at('a/b/c/d'), { recursive: true }),
      await c.fs.mkdir(c.at('a/b/c/e'), { recursive: true }),
      await c.fs.mkdir(c.at('a/b/c/e'), { recursive: true }),
      await c.fs.mkdir(c.at('x/'), { recursive: true }),
      await c.fs.mkdir(c.at('y//z//'), { recursive: true }),
      await c.fs.mkdir(c.at('p/./q'), { recursive: true }),
      await c.fs.mkdir(c.at('a/../r/s'), { recursive: true }),
    ],
  },
  {
    title: 'recursive mkdir of an existing directory changes nothing',
    setup: (c) => c.fs.mkdir(c.at('a'), 0o700),
    run: (c) => c.fs.mkdir(c.at('a'), { recursive: true, mode: 0o777 }),
  },
  {
    title: 'recursive mkdir over or through a file fails',
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: async (c) => [
      await c.attempt(() => c.fs.mkdir(c.at('file'), { recursive: true })),
      await c.attempt(() => c.fs.mkdir(c.at('file/a'), { recursive: true })),
      await c.attempt(() => c.fs.mkdir(c.at('file/a/b'), { recursive: true })),
    ],
  },
  {
    title: 'recursive mkdir goes through a link to a directory and makes the rest there',
    setup: async (c) => {
      await c.fs.mkdir(c.at('real'));
      await c.fs.symlink('real', c.at('link'));
    },
    run: (c) => c.fs.mkdir(c.at('link/a/b'), { recursive: true }),
  },
  {
    title: 'mkdir counts the link of the parent',
    run: async (c) => {
      const counts: number[] = [];
      for (const name of ['a', 'b', 'a/c']) {
        await c.fs.mkdir(c.at(name));
        counts.push((await c.fs.stat(c.at())).nlink);
      }
      return counts;
    },
  },
  {
    title: 'mkdir refuses wrong options',
    run: (c) =>
      Promise.all(
        [
          { recursive: 1 },
          { recursive: 'yes' },
          { recursive: null },
          { mode: 'rwx' },
          { mode: -1 },
          { mode: 2 ** 32 },
          { mode: 1.5 },
          { mode: {} },
          'rwx',
          '8',
          -1,
          1.5,
          true,
        ].map((options) => c.attempt(() => c.fs.mkdir(c.at('a'), wrong(options)))),
      ),
  },
  {
    title: 'mkdir in a setgid directory inherits the group and the bit',
    needs: 'root',
    setup: async (c) => {
      await c.fs.mkdir(c.at('shared'));
      await c.fs.chown(c.at('shared'), 0, 4321);
      await c.fs.chmod(c.at('shared'), 0o2775);
    },
    run: async (c) => {
      await c.fs.mkdir(c.at('shared/dir'));
      await c.fs.mkdir(c.at('shared/deep/er'), { recursive: true });
      await c.fs.writeFile(c.at('shared/file'), '');
      await c.fs.symlink('file', c.at('shared/link'));
    },
  },
];

export const mkdtempCases: readonly Case[] = [
  {
    title: 'mkdtemp adds six characters to the prefix and makes a directory of mode 700',
    run: async (c) => {
      const path = await c.fs.mkdtemp(c.at('prefix-'));
      const { mode } = await c.fs.stat(path);
      const sixMore = /^prefix-[A-Za-z0-9]{6}$/.test(path.slice(c.at('').length));
      await c.fs.rmdir(path);
      return { sixMore, mode };
    },
  },
  {
    title: 'mkdtemp makes a new directory each time',
    run: async (c) => {
      const made = await Promise.all(
        Array.from({ length: 20 }, () => c.fs.mkdtemp(c.at('prefix-'))),
      );
      for (const path of made) await c.fs.rmdir(path);
      return new Set(made).size;
    },
  },
  {
    title: 'mkdtemp gives the path in the encoding asked for',
    run: async (c) => {
      const buffer: unknown = await c.fs.mkdtemp(c.at('é-'), { encoding: wrong('buffer') });
      const hex = await c.fs.mkdtemp(c.at('é-'), 'hex');
      const latin = await c.fs.mkdtemp(c.at('é-'), 'latin1');
      const isBuffer = Buffer.isBuffer(buffer);
      for (const name of await c.fs.readdir(c.at())) await c.fs.rmdir(c.at(name));
      return {
        isBuffer,
        hex: Buffer.from(hex, 'hex').toString().slice(0, -6),
        latin: Buffer.from(latin, 'latin1').toString().slice(0, -6),
      };
    },
  },
  {
    title: 'mkdtemp takes the prefix as Buffer',
    run: async (c) => {
      const path = await c.fs.mkdtemp(wrong(Buffer.from(c.at('prefix-'))));
      await c.fs.rmdir(path);
      return [typeof path, path.slice(0, -6)];
    },
  },
  {
    title: 'mkdtemp in a missing directory or below a file fails with the template in the error',
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: async (c) => {
      const failures: unknown[] = [];
      for (const prefix of ['missing/a-', 'file/a-', `${'n'.repeat(250)}`]) {
        const error = await caught(() => c.fs.mkdtemp(c.at(prefix)));
        if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return error;
        failures.push([error.code, error.syscall, error.message.split(',')[0]]);
      }
      return failures;
    },
  },
  {
    title: 'mkdtemp with 249 bytes before the six characters is the longest name',
    run: async (c) => (await c.fs.rmdir(await c.fs.mkdtemp(c.at('n'.repeat(249))))) === undefined,
  },
  {
    title: 'mkdtemp refuses wrong arguments',
    run: (c) =>
      Promise.all(
        [undefined, null, 1, {}, [], true, 'a\0b'].map((prefix) =>
          c.attempt(() => c.fs.mkdtemp(wrong(prefix))),
        ),
      ),
  },
  {
    title: 'mkdtemp refuses an unknown encoding',
    run: (c) => c.fs.mkdtemp(c.at('a'), wrong('klingon')),
  },
];
