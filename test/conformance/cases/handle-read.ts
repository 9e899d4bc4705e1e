/** FileHandle: read, readv, readFile, readLines in all their forms. */
import type { FileHandle } from 'node:fs/promises';
import type { Case, CaseContext } from '../case.js';
import { only, pattern, wrong } from '../case.js';
import type { Style } from '../styles/style.js';

type HandleAction = (handle: FileHandle, c: CaseContext) => unknown;

/**
 * Each call on a fresh handle of a file with ten digits, already read past the first two. Without
 * lengths that are no integers: Node 20 aborts the process over them.
 */
const READ_FORMS: Readonly<Record<string, HandleAction>> = {
  'read(buffer, offset, length, position)': (h) => h.read(Buffer.alloc(8), 2, 4, 3),
  'read(buffer, offset, length)': (h) => h.read(Buffer.alloc(8), 2, 4),
  'read(buffer, offset)': (h) => h.read(Buffer.alloc(8), 2),
  'read(buffer)': (h) => h.read(Buffer.alloc(4)),
  'read(buffer, options)': (h) =>
    h.read(Buffer.alloc(8), wrong({ offset: 1, length: 3, position: 5 })),
  'read(buffer, {})': (h) => h.read(Buffer.alloc(4), wrong({})),
  'read(buffer, null)': (h) => h.read(Buffer.alloc(4), null),
  'read(buffer, undefined)': (h) => h.read(Buffer.alloc(4), undefined),
  'read(options)': (h) => h.read({ buffer: Buffer.alloc(4), position: 6 }),
  'read(options with nulls)': (h) =>
    h.read({ buffer: Buffer.alloc(4), offset: wrong(null), length: wrong(null), position: null }),
  'read({})': (h) => h.read({}),
  'read()': (h) => h.read(),
  'read of length 0': (h) => h.read(Buffer.alloc(4), 0, 0, 0),
  'read at the end': (h) => h.read(Buffer.alloc(4), 0, 4, 10),
  'read beyond the end': (h) => h.read(Buffer.alloc(4), 0, 4, 1000),
  'read over the end': (h) => h.read(Buffer.alloc(8), 0, 8, 7),
  'position -1': (h) => h.read(Buffer.alloc(4), 0, 4, -1),
  'position null': (h) => h.read(Buffer.alloc(4), 0, 4, null),
  'position undefined': (h) => h.read(Buffer.alloc(4), 0, 4, undefined),
  'position -1n': (h) => h.read(Buffer.alloc(4), 0, 4, -1n as never),
  'position of 2 ** 50': (h) => h.read(Buffer.alloc(4), 0, 4, 2 ** 50),
  'position of -2': (h) => h.read(Buffer.alloc(4), 0, 4, -2),
  'position of 1.5': (h) => h.read(Buffer.alloc(4), 0, 4, 1.5),
  'position of 2 ** 53': (h) => h.read(Buffer.alloc(4), 0, 4, 2 ** 53),
  'position of a string': (h) => h.read(Buffer.alloc(4), 0, 4, wrong('3')),
  'position of true': (h) => h.read(Buffer.alloc(4), 0, 4, wrong(true)),
  'offset null': (h) => h.read(Buffer.alloc(4), null, 2, 0),
  'offset beyond the buffer': (h) => h.read(Buffer.alloc(4), 5, 1, 0),
  'offset at the end of the buffer': (h) => h.read(Buffer.alloc(4), 4, 0, 0),
  'offset negative': (h) => h.read(Buffer.alloc(4), -1, 1, 0),
  'offset of 1.5': (h) => h.read(Buffer.alloc(4), 1.5, 1, 0),
  'offset of a string': (h) => h.read(Buffer.alloc(4), wrong('1'), 1, 0),
  'length beyond the buffer': (h) => h.read(Buffer.alloc(4), 0, 5, 0),
  'length beyond the rest of the buffer': (h) => h.read(Buffer.alloc(4), 2, 3, 0),
  'length negative': (h) => h.read(Buffer.alloc(4), 0, -1, 0),
  'a Uint8Array': (h) => h.read(new Uint8Array(4), 0, 4, 0),
  'a Uint16Array': (h) => h.read(new Uint16Array(4), 0, 8, 0),
  'a part of a larger buffer': (h) => h.read(Buffer.alloc(20).subarray(5, 9), 1, 2, 0),
  'a DataView': (h) => h.read(new DataView(new ArrayBuffer(8), 2, 4), 0, 4, 0),
  'an empty buffer': (h) => h.read(Buffer.alloc(0), 0, 0, 0),
  'an empty buffer without more': (h) => h.read(Buffer.alloc(0)),
  'an ArrayBuffer': (h) => h.read(wrong(new ArrayBuffer(4)), 0, 4, 0),
  'a string as buffer': (h) => h.read(wrong('text'), 0, 4, 0),
  'null as buffer': (h) => h.read(wrong(null)),
  'a number as buffer': (h) => h.read(wrong(4)),
  'options that are a string': (h) => h.read(Buffer.alloc(4), wrong('text')),
};

const READV_FORMS: Readonly<Record<string, HandleAction>> = {
  'readv(buffers)': (h) => h.readv([Buffer.alloc(3), Buffer.alloc(2)]),
  'readv(buffers, position)': (h) => h.readv([Buffer.alloc(3), Buffer.alloc(2)], 4),
  'readv(buffers, null)': (h) => h.readv([Buffer.alloc(3)], wrong(null)),
  'readv over the end': (h) => h.readv([Buffer.alloc(3), Buffer.alloc(3), Buffer.alloc(3)], 6),
  'readv at the end': (h) => h.readv([Buffer.alloc(3)], 10),
  'readv of many views': (h) =>
    h.readv([new Uint8Array(1), new Uint16Array(1), new DataView(new ArrayBuffer(2))], 0),
  'readv with an empty buffer between': (h) =>
    h.readv([Buffer.alloc(2), Buffer.alloc(0), Buffer.alloc(2)], 0),
  'readv of nothing': (h) => h.readv([]),
  'readv with position -1': (h) => h.readv([Buffer.alloc(3)], -1),
  'readv with a string position': (h) => h.readv([Buffer.alloc(3)], wrong('1')),
  'readv with a bigint position': (h) => h.readv([Buffer.alloc(3)], wrong(1n)),
  'readv of one buffer': (h) => h.readv(wrong(Buffer.alloc(3))),
  'readv of strings': (h) => h.readv(wrong(['abc'])),
  'readv of undefined': (h) => h.readv(wrong(undefined)),
};

function formCase([title, action]: [string, HandleAction]): Case {
  return {
    title: `FileHandle ${title}`,
    eager: title === 'readv of nothing',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      await handle.read(Buffer.alloc(2), 0, 2, null);
      return [
        await c.attempt(() => action(handle, c)),
        await c.attempt(() => handle.readFile('latin1')),
      ];
    },
  };
}

/** With a callback, `readFile` of a descriptor loses every error in Node 20: it answers with nothing. */
const WITH_ERRORS: readonly Style[] = ['promises', 'sync'];

async function readWhole(c: CaseContext, handle: FileHandle): Promise<unknown[]> {
  return WITH_ERRORS.includes(c.style) ? [await c.attempt(() => handle.readFile())] : [];
}

const readFileCases: readonly Case[] = [
  {
    title: 'FileHandle.readFile reads from the position to the end and again nothing',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      return [
        await handle.readFile(),
        await handle.readFile({ encoding: 'utf8' }),
        await handle.read(Buffer.alloc(3), 0, 3, 0),
        await handle.readFile('utf8'),
      ];
    },
  },
  {
    title: 'FileHandle.readFile reads a large file in each encoding',
    setup: (c) => c.fs.writeFile(c.at('file'), '€'.repeat(100_000)),
    run: async (c) => {
      const lengths: number[] = [];
      for (const encoding of ['utf8', 'latin1', 'hex', 'base64', null] as const) {
        const handle = await c.open('file', 'r');
        lengths.push((await handle.readFile({ encoding })).length);
      }
      return lengths;
    },
  },
  {
    title: 'FileHandle.readFile with an aborted signal fails with AbortError',
    styles: WITH_ERRORS,
    setup: (c) => c.fs.writeFile(c.at('file'), 'x'),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      return [
        await c.attempt(() => handle.readFile({ signal: AbortSignal.abort() } as never)),
        await c.attempt(() => handle.readFile('utf8')),
      ];
    },
  },
  {
    title: 'reads of a handle of a directory fail with EISDIR',
    run: async (c) => {
      const handle = await c.fs.open(c.at(), 'r');
      const outcomes = [
        ...(await readWhole(c, handle)),
        await c.attempt(() => handle.read(Buffer.alloc(4), 0, 4, 0)),
        await c.attempt(() => handle.read(Buffer.alloc(4))),
        await c.attempt(() => handle.readv([Buffer.alloc(4)])),
        await c.attempt(() => handle.write('x')),
        await c.attempt(() => handle.truncate(0)),
      ];
      await handle.close();
      return outcomes;
    },
  },
  {
    title: 'reads of a handle opened for writing only fail with EBADF',
    run: async (c) => {
      const handle = await c.open('file', 'w');
      return [
        await c.attempt(() => handle.read(Buffer.alloc(4), 0, 4, 0)),
        await c.attempt(() => handle.read(Buffer.alloc(4), 0, 0, 0)),
        await c.attempt(() => handle.readv([Buffer.alloc(4)])),
        ...(await readWhole(c, handle)),
      ];
    },
  },
  {
    title: 'reads side by side at positions of their own give the right bytes',
    setup: (c) => c.fs.writeFile(c.at('file'), pattern(300_000)),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      return await Promise.all(
        [0, 65_530, 65_536, 131_000, 299_990, 5].map((position) =>
          handle.read(Buffer.alloc(20), 0, 20, position),
        ),
      );
    },
  },
];

const LINES: Readonly<Record<string, string>> = {
  nothing: '',
  'one line without end': 'one',
  'lines with one end each': 'one\ntwo\n',
  'lines with mixed ends': 'one\r\ntwo\nthree\rfour',
  'empty lines': '\n\n\r\n',
  'wide characters': 'é€😀\n'.repeat(30_000),
};

const readLinesCases: readonly Case[] = [
  ...Object.entries(LINES).map(
    ([about, content]): Case => ({
      title: `FileHandle.readLines of ${about}`,
      setup: (c) => c.fs.writeFile(c.at('file'), content),
      run: async (c) => {
        const handle = await c.open('file', 'r');
        const lines: string[] = [];
        for await (const line of handle.readLines()) lines.push(line);
        return lines.length > 10 ? [lines.length, lines.at(-1)] : lines;
      },
    }),
  ),
  {
    title: 'FileHandle.readLines takes the options of createReadStream and closes the handle',
    setup: (c) => c.fs.writeFile(c.at('file'), 'one\ntwo\nthree\n'),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      const lines: string[] = [];
      for await (const line of handle.readLines({ start: 4, end: 9 })) lines.push(line);
      await new Promise((resolve) => setImmediate(resolve));
      return [lines, await c.attempt(() => handle.stat())];
    },
  },
];

export const handleReadCases: readonly Case[] = [
  ...Object.entries(READ_FORMS).map(formCase),
  ...Object.entries(READV_FORMS).map(formCase),
  ...readFileCases,
  ...only(['promises'], readLinesCases),
];
