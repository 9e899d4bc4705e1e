/** FileHandle: write, writev, writeFile, appendFile, truncate in all their forms. */
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Case, CaseContext } from '../case.js';
import { pattern, wrong } from '../case.js';

type HandleAction = (handle: FileHandle, c: CaseContext) => unknown;

/** Each call on a fresh handle of a file with ten digits, already written over the first two. */
const WRITE_FORMS: Readonly<Record<string, HandleAction>> = {
  'write(buffer, offset, length, position)': (h) => h.write(Buffer.from('abcdef'), 1, 3, 5),
  'write(buffer, offset, length)': (h) => h.write(Buffer.from('abcdef'), 1, 3),
  'write(buffer, offset)': (h) => h.write(Buffer.from('abcdef'), 4),
  'write(buffer)': (h) => h.write(Buffer.from('abc')),
  'write(buffer, options)': (h) =>
    h.write(Buffer.from('abcdef'), wrong({ offset: 2, length: 2, position: 8 })),
  'write(buffer, {})': (h) => h.write(Buffer.from('abc'), wrong({})),
  'write(buffer, null)': (h) => h.write(Buffer.from('abc'), null),
  'write(buffer, undefined)': (h) => h.write(Buffer.from('abc'), undefined),
  'write(string)': (h) => h.write('é€'),
  'write(string, position)': (h) => h.write('abc', 6),
  'write(string, position, encoding)': (h) => h.write('6162', 6, 'hex'),
  'write(string, null, encoding)': (h) => h.write('é', null, 'latin1'),
  'write(string, undefined, encoding)': (h) => h.write('QUJD', undefined, 'base64'),
  'write(empty string)': (h) => h.write(''),
  'write(string, string)': (h) => h.write('abc', wrong('utf8')),
  'write of length 0': (h) => h.write(Buffer.from('abc'), 0, 0, 3),
  'write of an empty buffer': (h) => h.write(Buffer.alloc(0)),
  'write at the end': (h) => h.write('abc', 10),
  'write beyond the end': (h) => h.write('abc', 20),
  'position null': (h) => h.write(Buffer.from('abc'), 0, 3, null),
  'position -1': (h) => h.write(Buffer.from('abc'), 0, 3, -1),
  'position -5': (h) => h.write(Buffer.from('abc'), 0, 3, -5),
  'position of 1.5': (h) => h.write(Buffer.from('abc'), 0, 3, 1.5),
  'position of a bigint': (h) => h.write(Buffer.from('abc'), 0, 3, wrong(4n)),
  'position of a string': (h) => h.write(Buffer.from('abc'), 0, 3, wrong('4')),
  'offset null': (h) => h.write(Buffer.from('abc'), wrong(null), 2, 0),
  'offset beyond the buffer': (h) => h.write(Buffer.from('abc'), 4, 1, 0),
  'offset negative': (h) => h.write(Buffer.from('abc'), -1, 1, 0),
  'offset of 1.5': (h) => h.write(Buffer.from('abc'), 1.5, 1, 0),
  'length beyond the buffer': (h) => h.write(Buffer.from('abc'), 0, 4, 0),
  'length beyond the rest of the buffer': (h) => h.write(Buffer.from('abc'), 2, 2, 0),
  'length negative': (h) => h.write(Buffer.from('abc'), 0, -1, 0),
  'a Uint16Array': (h) => h.write(new Uint16Array([0x4142, 0x4344]), 0, 4, 0),
  'a Uint16Array without length': (h) => h.write(new Uint16Array([0x4142, 0x4344])),
  'a DataView': (h) => h.write(new DataView(Uint8Array.from([65, 66, 67]).buffer, 1), 0, 2, 0),
  'a DataView without length': (h) => h.write(new DataView(Uint8Array.from([65, 66]).buffer)),
  'an ArrayBuffer': (h) => h.write(wrong(new ArrayBuffer(4))),
  'null as buffer': (h) => h.write(wrong(null)),
  'undefined as buffer': (h) => h.write(wrong(undefined)),
  'a number as buffer': (h) => h.write(wrong(123)),
  'an object as buffer': (h) => h.write(wrong({ toString: () => 'text' })),
  'an array as buffer': (h) => h.write(wrong(['a'])),
  'an unknown encoding': (h) => h.write('abc', 0, wrong('klingon')),
  'odd hex': (h) => h.write('abc', 0, 'hex'),
  'writev(buffers)': (h) => h.writev([Buffer.from('ab'), Buffer.from('cd')]),
  'writev(buffers, position)': (h) => h.writev([Buffer.from('ab'), Buffer.from('cd')], 7),
  'writev(buffers, null)': (h) => h.writev([Buffer.from('ab')], wrong(null)),
  'writev of many views': (h) =>
    h.writev([new Uint8Array([65]), new Uint16Array([0x4242]), new DataView(new ArrayBuffer(1))]),
  'writev of nothing': (h) => h.writev([]),
  'writev of empty buffers': (h) => h.writev([Buffer.alloc(0), Buffer.alloc(0)]),
  'writev with position -1': (h) => h.writev([Buffer.from('ab')], -1),
  'writev with a string position': (h) => h.writev([Buffer.from('ab')], wrong('4')),
  'writev of strings': (h) => h.writev(wrong(['ab'])),
  'writev of one buffer': (h) => h.writev(wrong(Buffer.from('ab'))),
  'writev of undefined': (h) => h.writev(wrong(undefined)),
  'writeFile of a string': (h) => h.writeFile('abc'),
  'writeFile of a Buffer': (h) => h.writeFile(Buffer.from('abc')),
  'writeFile of an empty string': (h) => h.writeFile(''),
  'writeFile with an encoding': (h) => h.writeFile('6162', 'hex'),
  'writeFile of an iterable': (h) => h.writeFile(wrong(['a', Buffer.from('b')])),
  'writeFile of a Readable': (h) => h.writeFile(wrong(Readable.from(['a', 'b']))),
  'writeFile of a number': (h) => h.writeFile(wrong(1)),
  'writeFile with an aborted signal': (h) =>
    h.writeFile('abc', wrong({ signal: AbortSignal.abort() })),
  'writeFile with an unknown encoding': (h) => h.writeFile('abc', wrong('klingon')),
  'appendFile of a string': (h) => h.appendFile('abc'),
  'appendFile of a Buffer': (h) => h.appendFile(Buffer.from('abc')),
  'appendFile with an encoding': (h) => h.appendFile('6162', { encoding: 'hex' }),
  'appendFile of an iterable': (h) => h.appendFile(wrong(['a', 'b'])),
  'appendFile of null': (h) => h.appendFile(wrong(null)),
  'truncate()': (h) => h.truncate(),
  'truncate(4)': (h) => h.truncate(4),
  'truncate(15)': (h) => h.truncate(15),
  'truncate(-3)': (h) => h.truncate(-3),
  'truncate(1.5)': (h) => h.truncate(1.5),
  'truncate of a string': (h) => h.truncate(wrong('4')),
  'truncate(null)': (h) => h.truncate(wrong(null)),
  'sync()': (h) => h.sync(),
  'datasync()': (h) => h.datasync(),
};

/** What a handle without the right to write says. */
const WRITES: Readonly<Record<string, HandleAction>> = {
  write: (h) => h.write('x'),
  'write of nothing': (h) => h.write(Buffer.alloc(0)),
  'write at a position': (h) => h.write(Buffer.from('x'), 0, 1, 0),
  writev: (h) => h.writev([Buffer.from('x')]),
  writeFile: (h) => h.writeFile('x'),
  appendFile: (h) => h.appendFile('x'),
  truncate: (h) => h.truncate(1),
};

function formCase([title, action]: [string, HandleAction], flags: string): Case {
  return {
    title: `FileHandle ${title} (opened ${flags})`,
    eager: title.includes('signal'),
    setup: (c) => c.fs.writeFile(c.at('file'), '0123456789'),
    run: async (c) => {
      const handle = await c.open('file', flags);
      await handle.write('##');
      return [
        await c.attempt(() => action(handle, c)),
        // Shows where the position is now.
        await c.attempt(() => handle.write('|')),
        await c.attempt(() => handle.read(Buffer.alloc(20), 0, 20, null)),
      ];
    },
  };
}

const otherCases: readonly Case[] = [
  {
    title: 'writes through a handle opened for reading fail with EBADF, truncate with EINVAL',
    setup: (c) => c.fs.writeFile(c.at('file'), 'content'),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      const outcomes: Record<string, unknown> = {};
      for (const [name, action] of Object.entries(WRITES)) {
        outcomes[name] = await c.attempt(() => action(handle, c));
      }
      return outcomes;
    },
  },
  {
    title: 'a handle in append mode writes at the end whatever the position',
    setup: (c) => c.fs.writeFile(c.at('file'), '0123'),
    run: async (c) => {
      const handle = await c.open('file', 'a+');
      await handle.write('a', 0);
      await c.fs.appendFile(c.at('file'), 'other');
      await handle.write(Buffer.from('b'), 0, 1, 2);
      await handle.writev([Buffer.from('c'), Buffer.from('d')], 1);
      await handle.truncate(3);
      await handle.write('e');
      return [
        await handle.read(Buffer.alloc(2), 0, 2, 1),
        await handle.read(Buffer.alloc(9), 0, 9, null),
      ];
    },
  },
  {
    title: 'two handles have positions of their own and see the writes of each other',
    run: async (c) => {
      const first = await c.open('file', 'w+');
      const second = await c.open('file', 'r+');
      await first.write('abcdef');
      await second.write('XY');
      const seen = [await second.readFile('utf8'), await first.readFile('utf8')];
      await first.truncate(4);
      return [...seen, (await second.stat()).size, await second.read(Buffer.alloc(4))];
    },
  },
  {
    title: 'the position stays beyond the end after truncation, so the next write leaves a hole',
    run: async (c) => {
      const handle = await c.open('file', 'w+');
      await handle.write('0123456789');
      await handle.truncate(2);
      await handle.write('x');
    },
  },
  {
    title: 'large writes at any position arrive whole',
    run: async (c) => {
      const handle = await c.open('file', 'w+');
      const written = [
        await handle.write(pattern(1_000_003), 0, 1_000_003, 0),
        await handle.write(pattern(200_000, 3), 0, 200_000, 65_000),
        await handle.write(pattern(200_000, 4), 0, 200_000, 1_500_001),
      ].map(({ bytesWritten }) => bytesWritten);
      return [written, await c.fs.readFile(c.at('file'))];
    },
  },
  {
    title: 'writes side by side without position follow each other in order',
    run: async (c) => {
      const handle = await c.open('file', 'w+');
      for (let index = 0; index < 20; index += 1) await handle.write(`${index};`);
      await Promise.all([handle.write('A', 100), handle.write('B', 101), handle.write('C', 102)]);
    },
  },
];

export const handleWriteCases: readonly Case[] = [
  ...Object.entries(WRITE_FORMS).map((form) => formCase(form, 'r+')),
  ...Object.entries(WRITE_FORMS).map((form) => formCase(form, 'a+')),
  ...otherCases,
];
