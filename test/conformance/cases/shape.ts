/** The shape of the module: names, kinds, constants. */
import { type Case, type CaseContext, caught, only } from '../case.js';

function fieldsOf(c: CaseContext): Readonly<Record<string, unknown>> {
  return c.fs as unknown as Readonly<Record<string, unknown>>;
}

const FUNCTIONS: readonly string[] = (
  'access appendFile chmod chown copyFile cp lchmod lchown link lstat lutimes mkdir mkdtemp open ' +
  'opendir readFile readdir readlink realpath rename rm rmdir stat statfs symlink truncate unlink ' +
  'utimes writeFile'
).split(' ');

const promisesCases: readonly Case[] = [
  {
    title: 'fs.promises has every function of Node, each under its name',
    run: (c) =>
      FUNCTIONS.map((name) => {
        const value = fieldsOf(c)[name];
        return [name, typeof value, typeof value === 'function' ? value.name : undefined];
      }),
  },
  {
    title: 'fs.promises.constants has the values of Node',
    run: (c) => Object.fromEntries(Object.entries(c.fs.constants).sort()),
  },
  {
    title: 'the functions work without their object',
    run: async (c) => {
      const { mkdir, writeFile, readFile, stat, readdir, rm } = c.fs;
      await mkdir(c.at('dir'));
      await writeFile(c.at('dir/file'), 'x');
      return [
        await readFile(c.at('dir/file'), 'utf8'),
        (await stat(c.at('dir'))).isDirectory(),
        await readdir(c.at('dir')),
        await rm(c.at('dir'), { recursive: true }),
      ];
    },
  },
  {
    title: 'every function answers with a promise, also when it fails',
    run: async (c) => {
      const answers: unknown[] = [];
      for (const name of FUNCTIONS) {
        const call = fieldsOf(c)[name];
        if (typeof call !== 'function') return name;
        const pending: unknown = call();
        answers.push([name, pending instanceof Promise]);
        await Promise.resolve(pending).catch(() => undefined);
      }
      return answers;
    },
  },
];

// Node promisifies opendir, which then complains about a callback that nobody passes; realpath takes
// undefined for a relative path, but in promises.
function isComparable({ style }: CaseContext, name: string): boolean {
  return name !== 'opendir' && (name !== 'realpath' || style === 'promises');
}

const commonCases: readonly Case[] = [
  {
    title: 'functions called without arguments fail as in Node',
    run: async (c) => {
      const answers: unknown[] = [];
      for (const name of FUNCTIONS.filter((each) => isComparable(c, each))) {
        const call = fieldsOf(c)[name] as () => unknown;
        answers.push([name, await c.attempt(() => call())]);
      }
      return answers;
    },
  },
  {
    title: 'each failure has code, errno, syscall and path as own fields and a stack',
    run: async (c) => {
      const failure = await caught(() => c.fs.stat(c.at('missing')));
      if (!(failure instanceof Error)) return failure;
      const own = ['code', 'errno', 'syscall', 'path'].map((name) => Object.hasOwn(failure, name));
      return [own, typeof failure.stack, 'dest' in failure, String(failure).split(':').at(1)];
    },
  },
];

export const shapeCases: readonly Case[] = [...only(['promises'], promisesCases), ...commonCases];
