/** Positions, offsets and lengths at the edges of what a number can be, and odd memory. */
import { type Case, type CaseContext, NUMBERED, only, wrong } from '../case.js';

const CONTENT = '0123456789';

const POSITIONS: Readonly<Record<string, unknown>> = {
  '-1': -1,
  '-2': -2,
  'a fraction': 1.5,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '2 ** 53 - 1': 2 ** 53 - 1,
  '2 ** 53': 2 ** 53,
  '2 ** 64': 2 ** 64,
  '3n': 3n,
  '-1n': -1n,
  '-2n': -2n,
  '2n ** 62n': 2n ** 62n,
  '2n ** 63n - 1n': 2n ** 63n - 1n,
  '2n ** 63n': 2n ** 63n,
  '2n ** 64n': 2n ** 64n,
  'a string': '3',
  null: null,
  undefined: undefined,
  true: true,
  'an object': {},
  'a symbol': Symbol('position'),
};

const OFFSETS: Readonly<Record<string, unknown>> = {
  '-1': -1,
  'a fraction': 1.5,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '4': 4,
  '5': 5,
  '2 ** 53': 2 ** 53,
  '1n': 1n,
  'a string': '1',
  null: null,
  undefined: undefined,
  true: true,
  'a symbol': Symbol('offset'),
};

/** Without fractions and NaN: over them Node 20 aborts the process. */
const LENGTHS: Readonly<Record<string, unknown>> = {
  '-1': -1,
  '0': 0,
  '5': 5,
  '2 ** 31': 2 ** 31,
  '2 ** 53': 2 ** 53,
  Infinity: Number.POSITIVE_INFINITY,
  null: null,
  undefined: undefined,
};

type Try = (c: CaseContext, fd: number, value: unknown) => Promise<unknown>;

const PLACES: Readonly<Record<string, readonly [Readonly<Record<string, unknown>>, Try]>> = {
  'positions of read': [POSITIONS, (c, fd, at) => c.call('read', fd, Buffer.alloc(4), 0, 4, at)],
  'positions of read of nothing': [
    POSITIONS,
    (c, fd, at) => c.call('read', fd, Buffer.alloc(4), 0, 0, at),
  ],
  'positions in options of read': [
    POSITIONS,
    (c, fd, position) => c.call('read', fd, Buffer.alloc(4), { position }),
  ],
  'positions of readv': [POSITIONS, (c, fd, at) => c.call('readv', fd, [Buffer.alloc(4)], at)],
  'offsets of read': [OFFSETS, (c, fd, at) => c.call('read', fd, Buffer.alloc(4), at, 0, 0)],
  'offsets in options of read': [
    OFFSETS,
    (c, fd, offset) => c.call('read', fd, Buffer.alloc(4), { offset }),
  ],
  'lengths of read': [
    LENGTHS,
    (c, fd, length) => c.call('read', fd, Buffer.alloc(4), 0, length, 0),
  ],
  'lengths in options of read': [
    LENGTHS,
    (c, fd, length) => c.call('read', fd, Buffer.alloc(4), { length, position: 0 }),
  ],
  'offsets of write': [
    OFFSETS,
    (c, fd, at) => c.call('write', fd, Buffer.from('abcd'), at, undefined, 0),
  ],
  'offsets in options of write': [
    OFFSETS,
    (c, fd, offset) => c.call('write', fd, Buffer.from('abcd'), { offset, position: 0 }),
  ],
  'lengths of write': [
    LENGTHS,
    (c, fd, length) => c.call('write', fd, Buffer.from('abcd'), 0, length, 0),
  ],
};

/** Writes far away would make files of exabytes, or fail as the disk pleases. */
const NEAR: readonly string[] = [
  ...['-1', '-2', 'a fraction', 'NaN', '3n', 'a string', 'null'],
  ...['undefined', 'true', 'an object', 'a symbol'],
];

const WRITES: Readonly<Record<string, Try>> = {
  'positions of write': (c, fd, at) => c.call('write', fd, Buffer.from('ab'), 0, 2, at),
  'positions in options of write': (c, fd, position) =>
    c.call('write', fd, Buffer.from('ab'), { position }),
  'positions of write of text': (c, fd, at) => c.call('write', fd, 'ab', at),
  'positions of writev': (c, fd, at) => c.call('writev', fd, [Buffer.from('ab')], at),
};

function placeCase(name: string, values: Readonly<Record<string, unknown>>, attempt: Try): Case {
  return {
    title: `${name} that are odd are taken or refused as Node does`,
    setup: (c) => c.fs.writeFile(c.at('file'), CONTENT),
    run: async (c) => {
      const outcomes: Record<string, unknown> = {};
      for (const [about, value] of Object.entries(values)) {
        const handle = await c.open('file', 'r+');
        const outcome = await c.attempt(() => attempt(c, handle.fd, value));
        // Shows where the position is now.
        outcomes[about] = [outcome, await c.attempt(() => handle.readFile('latin1'))];
        await handle.close();
      }
      return outcomes;
    },
  };
}

function near(): Readonly<Record<string, unknown>> {
  return Object.fromEntries(NEAR.map((about) => [about, POSITIONS[about]]));
}

function detached(): Buffer {
  const memory = new ArrayBuffer(8);
  const view = Buffer.from(memory);
  structuredClone(memory, { transfer: [memory] });
  return view;
}

const MEMORIES: Readonly<Record<string, () => unknown>> = {
  'a view of shared memory': () => new Uint8Array(new SharedArrayBuffer(4)).fill(65),
  'a Buffer of shared memory': () => Buffer.from(new SharedArrayBuffer(4)).fill(65),
  'shared memory itself': () => new SharedArrayBuffer(4),
  'a view of detached memory': detached,
  'a DataView': () => new DataView(Uint8Array.from([65, 66, 67, 68]).buffer, 1, 2),
  'a Float64Array': () => new Float64Array([1.5]),
  'a BigInt64Array': () => new BigInt64Array([1n]),
  'an empty view': () => new Uint8Array(0),
  'an array of numbers': () => [1, 2],
  'an object with a length': () => ({ length: 4 }),
};

/** Each manner of handing memory to a function. */
const TAKERS: Readonly<Record<string, Try>> = {
  read: (c, fd, memory) => c.call('read', fd, memory),
  'read with numbers': (c, fd, memory) => c.call('read', fd, memory, 0, 2, 0),
  'read with options': (c, fd, memory) => c.call('read', fd, memory, { length: 1 }),
  readv: (c, fd, memory) => c.call('readv', fd, [memory], 0),
  write: (c, fd, memory) => c.call('write', fd, memory),
  'write with numbers': (c, fd, memory) => c.call('write', fd, memory, 0, 2, 0),
  writev: (c, fd, memory) => c.call('writev', fd, [memory], 0),
  writeFile: (c, fd, memory) => c.call('writeFile', fd, memory),
  appendFile: (c, fd, memory) => c.call('appendFile', fd, memory),
};

const memoryCases: readonly Case[] = Object.entries(TAKERS).map(([name, take]) => ({
  title: `${name} with shared, detached and odd memory`,
  setup: (c) => c.fs.writeFile(c.at('file'), CONTENT),
  run: async (c) => {
    const outcomes: Record<string, unknown> = {};
    for (const [about, memory] of Object.entries(MEMORIES)) {
      const handle = await c.open('file', 'r+');
      const given = memory();
      const outcome = await c.attempt(() => take(c, handle.fd, given));
      outcomes[about] = [outcome, await c.attempt(() => handle.readFile('latin1'))];
      await handle.close();
    }
    return outcomes;
  },
}));

/** What became of memory that was taken away; as long as it is referenced it is not freed. */
const kept: unknown[] = [];

function takeAway(view: Uint8Array): void {
  kept.push(structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] }));
}

const GIVERS: Readonly<Record<string, Try>> = {
  read: (c, fd, memory) => c.call('read', fd, memory, 0, 4, 0),
  readv: (c, fd, memory) => c.call('readv', fd, [memory], 0),
  write: (c, fd, memory) => c.call('write', fd, memory, 0, 4, 2),
  writev: (c, fd, memory) => c.call('writev', fd, [memory], 2),
};

/** The buffer is detached while the call is under way. */
const takenCases: readonly Case[] = Object.entries(GIVERS).map(([name, give]) => ({
  title: `${name} with memory that is detached after the call`,
  styles: ['callback'],
  setup: (c) => c.fs.writeFile(c.at('file'), CONTENT),
  run: async (c) => {
    const { fd } = await c.open('file', 'r+');
    const memory = new Uint8Array(4).fill(65);
    const outcome = c.attempt(() => give(c, fd, memory));
    takeAway(memory);
    return await outcome;
  },
}));

const pathMemoryCases: readonly Case[] = [
  {
    title: 'a path in detached or shared memory is taken or refused as Node does',
    run: async (c) => {
      const shared = Buffer.from(new SharedArrayBuffer(Buffer.byteLength(c.at('x'))));
      shared.write(c.at('x'));
      return [
        await c.attempt(() => c.fs.stat(detached())),
        await c.attempt(() => c.fs.writeFile(wrong(detached()), 'x')),
        await c.attempt(() => c.fs.writeFile(wrong(shared), 'x')),
        await c.attempt(() => c.fs.readFile(wrong(shared), 'utf8')),
      ];
    },
  },
];

export const numberCases: readonly Case[] = [
  ...only(NUMBERED, [
    ...Object.entries(PLACES).map(([name, [values, attempt]]) => placeCase(name, values, attempt)),
    ...Object.entries(WRITES).map(([name, attempt]) => placeCase(name, near(), attempt)),
    ...memoryCases,
  ]),
  ...takenCases,
  ...pathMemoryCases,
];
