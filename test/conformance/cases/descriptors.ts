/** Descriptors as numbers: what is no descriptor, and descriptors that are closed. */
import { constants } from 'node:fs';
import { type Case, type CaseContext, NUMBERED, only, pattern } from '../case.js';

/** Each function that takes a descriptor, with arguments that are right. */
export const DESCRIPTOR_CALLS: Readonly<Record<string, () => readonly unknown[]>> = {
  close: () => [],
  fchmod: () => [0o600],
  fchown: () => [0, 0],
  fdatasync: () => [],
  fstat: () => [],
  fsync: () => [],
  ftruncate: () => [3],
  futimes: () => [1, 2],
  read: () => [Buffer.alloc(4), 0, 4, 0],
  readv: () => [[Buffer.alloc(2), Buffer.alloc(2)], 0],
  write: () => [Buffer.from('abcd'), 0, 4, 0],
  writev: () => [[Buffer.from('ab'), Buffer.from('cd')], 0],
};

/**
 * Without symbols: over them Node 20 aborts the process. Without bigints and functions: how they are
 * written in a message depends on which functions of Node were moved to C++ in its version.
 */
const BAD_DESCRIPTORS: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  'a string': '3',
  NaN: Number.NaN,
  'a fraction': 3.5,
  '-1': -1,
  '2 ** 31': 2 ** 31,
  '2 ** 32': 2 ** 32,
  Infinity: Number.POSITIVE_INFINITY,
  true: true,
  'an object': {},
  'an object with fd': { fd: 3 },
  'an array': [3],
};

/** A descriptor nobody has, on the disk and in a volume. */
const NOBODYS = 2 ** 31 - 1;

const wrongCases: readonly Case[] = Object.entries(DESCRIPTOR_CALLS).flatMap(
  ([name, args]): Case[] => [
    {
      title: `${name} refuses what is no descriptor`,
      run: async (c) => {
        const outcomes: Record<string, unknown> = {};
        for (const [about, fd] of Object.entries(BAD_DESCRIPTORS)) {
          outcomes[about] = await c.attempt(() => c.call(name, fd, ...args()));
        }
        return outcomes;
      },
    },
    {
      title: `${name} of a descriptor nobody has fails with EBADF`,
      run: (c) => c.attempt(() => c.call(name, NOBODYS, ...args())),
    },
    {
      title: `${name} checks the descriptor before the other arguments`,
      run: async (c) => [
        await c.attempt(() => c.call(name, 'fd', Symbol('wrong'), Symbol('wrong'))),
        await c.attempt(() => c.call(name, NOBODYS, Symbol('wrong'), Symbol('wrong'))),
      ],
    },
  ],
);

const textCases: readonly Case[] = [
  {
    title:
      'readFile, writeFile, appendFile and truncate refuse what is neither path nor descriptor',
    run: async (c) => {
      const outcomes: unknown[] = [];
      // Not -1: Node 20 answers it with an exception nobody can catch.
      for (const fd of [NOBODYS, 1.5, 2 ** 32, Number.NaN]) {
        outcomes.push(
          // With a callback, `readFile` of a descriptor loses its errors in Node 20.
          ...(c.style === 'sync' ? [await c.attempt(() => c.call('readFile', fd))] : []),
          await c.attempt(() => c.call('writeFile', fd, 'x')),
          await c.attempt(() => c.call('appendFile', fd, 'x')),
          await c.attempt(() => c.call('truncate', fd, 1)),
        );
      }
      return outcomes;
    },
  },
  {
    title: 'readFile of a descriptor reads on, and writeFile writes where it stands',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: (c) =>
      withDescriptor(c, 'r+', async (fd) => [
        await c.call('read', fd, Buffer.alloc(2), 0, 2, null),
        await c.call('readFile', fd, 'utf8'),
        await c.call('readFile', fd, 'utf8'),
        await c.call('writeFile', fd, 'more'),
        await c.call('appendFile', fd, 'end', 'utf8'),
        await c.call('fstat', fd),
      ]),
  },
  {
    title: 'truncate of a descriptor is ftruncate',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: (c) =>
      withDescriptor(c, 'r+', async (fd) => [
        await c.attempt(() => c.call('truncate', fd, 4)),
        await c.attempt(() => c.call('ftruncate', fd)),
      ]),
  },
  {
    title: 'writeFile of a descriptor neither empties the file nor takes its flag and mode',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789', { mode: 0o600 }),
    run: (c) =>
      withDescriptor(c, 'r+', (fd) => c.call('writeFile', fd, 'ab', { flag: 'wx', mode: 0o777 })),
  },
];

/** What is refused although the descriptor is right. */
const BAD_ARGUMENTS: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  fchmod: [[undefined], [null], ['rwx'], ['8'], [''], [-1], [2 ** 32], [1.5], [{}], [true]],
  fchown: [[], [0], ['0', 0], [0, '0'], [-2, 0], [0, 2 ** 32], [1.5, 0], [0, Number.NaN]],
  ftruncate: [['3'], [1.5], [{}], [true], [Number.NaN], [2 ** 53], [null], [3n], [-4]],
  futimes: [[], [0], ['tomorrow', 0], [0, ''], [{}, 0], [0, true], [1n, 0], [null, null]],
  fstat: [[null], ['utf8'], [{ bigint: 1 }], [{}]],
  readv: [[], [null], ['ab'], [['ab']], [[1]], [[new ArrayBuffer(2)]], [{}], [[null]]],
  writev: [[], [null], ['ab'], [['ab']], [[1]], [[new ArrayBuffer(2)]], [{}], [[null]]],
};

const argumentCases: readonly Case[] = Object.entries(BAD_ARGUMENTS).map(([name, lists]) => ({
  title: `${name} of an open descriptor refuses wrong arguments`,
  setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
  run: (c) =>
    withDescriptor(c, 'r+', async (fd) => {
      const outcomes: unknown[] = [];
      for (const args of lists) outcomes.push(await c.attempt(() => c.call(name, fd, ...args)));
      return outcomes;
    }),
}));

const lifeCases: readonly Case[] = [
  {
    title: 'open gives numbers, another for each open file',
    setup: (c) => c.fs.writeFile(c.at('file'), 'content'),
    run: async (c) => {
      const first = await c.open('file');
      const second = await c.open('file', constants.O_RDONLY);
      return [typeof first.fd, Number.isInteger(first.fd), first.fd !== second.fd, first.fd > 2];
    },
  },
  {
    title: 'the position belongs to the descriptor, and reads at a position leave it alone',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const [first, second] = [await c.open('file'), await c.open('file')];
      return [
        await first.read(Buffer.alloc(3), 0, 3, null),
        await first.read(Buffer.alloc(3), 0, 3, 7),
        await first.read(Buffer.alloc(3), 0, 3, null),
        await second.read(Buffer.alloc(3), 0, 3, null),
        await first.readv([Buffer.alloc(1), Buffer.alloc(1)]),
        await first.readFile('latin1'),
      ];
    },
  },
  {
    title: 'a file without a name lives as long as its descriptor',
    setup: (c) => c.fs.writeFile(c.at('file'), pattern(80_000)),
    run: async (c) => {
      const handle = await c.open('file', 'r+');
      await c.fs.unlink(c.at('file'));
      await c.fs.writeFile(c.at('file'), 'another');
      await handle.write('changed', 70_000);
      await handle.truncate(70_010);
      return [await handle.stat(), await handle.read(Buffer.alloc(20), 0, 20, 69_995)];
    },
  },
  {
    title: 'fsync and fdatasync of a directory succeed',
    setup: (c) => c.fs.mkdir(c.at('dir')),
    run: async (c) => {
      const handle = await c.open('dir', 'r');
      return [
        await c.attempt(() => handle.sync()),
        await c.attempt(() => handle.datasync()),
        await c.attempt(() => handle.chmod(0o700)),
        await c.attempt(() => handle.utimes(5, 6)),
        await c.attempt(() => handle.truncate(0)),
        await c.attempt(() => handle.write('x')),
      ];
    },
  },
];

async function withDescriptor(
  c: CaseContext,
  flags: string,
  use: (fd: number) => unknown,
): Promise<unknown> {
  const { fd } = await c.open('file', flags);
  return await use(fd);
}

export const descriptorCases: readonly Case[] = only(NUMBERED, [
  ...wrongCases,
  ...textCases,
  ...argumentCases,
  ...lifeCases,
]);
