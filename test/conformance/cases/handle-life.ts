/** FileHandle: attributes, closing, use after close, and files without a name. */
import type { EventEmitter } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import type { Case } from '../case.js';
import { pattern, wrong } from '../case.js';
import { STYLES, type Style } from '../styles/style.js';

type HandleAction = (handle: FileHandle) => unknown;

const uid = process.getuid?.() ?? 0;
const gid = process.getgid?.() ?? 0;

const METHODS: Readonly<Record<string, HandleAction>> = {
  read: (h) => h.read(Buffer.alloc(1), 0, 1, 0),
  readv: (h) => h.readv([Buffer.alloc(1)]),
  readFile: (h) => h.readFile(),
  write: (h) => h.write('x'),
  'write of a Buffer': (h) => h.write(Buffer.from('x')),
  writev: (h) => h.writev([Buffer.from('x')]),
  writeFile: (h) => h.writeFile('x'),
  appendFile: (h) => h.appendFile('x'),
  truncate: (h) => h.truncate(0),
  stat: (h) => h.stat(),
  chmod: (h) => h.chmod(0o600),
  chown: (h) => h.chown(uid, gid),
  utimes: (h) => h.utimes(1, 1),
  sync: (h) => h.sync(),
  datasync: (h) => h.datasync(),
  close: (h) => h.close(),
  'the sign of fd': (h) => Math.sign(h.fd),
};

/** Not begun before close: Node 20 aborts the process then. */
const METHODS_AFTER_CLOSE: Readonly<Record<string, HandleAction>> = {
  ...METHODS,
  readableWebStream: (h) => typeof h.readableWebStream(),
};

const attributeCases: readonly Case[] = [
  {
    title: 'FileHandle.stat gives Stats, bigint when asked',
    setup: (c) => c.fs.writeFile(c.at('file'), 'content'),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      return [
        await handle.stat(),
        await handle.stat({ bigint: true }),
        await handle.stat({ bigint: false }),
        (await handle.stat()).ino === (await c.fs.stat(c.at('file'))).ino,
      ];
    },
  },
  {
    title: 'FileHandle.chmod changes the mode, also through a handle opened for reading',
    setup: (c) => c.fs.writeFile(c.at('file'), 'content'),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      await handle.chmod(0o640);
      return [
        await c.attempt(() => handle.chmod('600')),
        await c.attempt(() => handle.chmod(wrong('rwx'))),
        await c.attempt(() => handle.chmod(wrong(undefined))),
        await c.attempt(() => handle.chmod(-1)),
      ];
    },
  },
  {
    title: 'FileHandle.chown changes the owner',
    needs: 'root',
    setup: (c) => c.fs.writeFile(c.at('file'), 'content'),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      await handle.chown(12, 34);
      return [
        await c.attempt(() => handle.chown(-1, 56)),
        await c.attempt(() => handle.chown(wrong('1'), 0)),
        await c.attempt(() => handle.chown(0, -2)),
      ];
    },
  },
  {
    title: 'FileHandle.utimes sets the times',
    setup: (c) => c.fs.writeFile(c.at('file'), 'content'),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      await handle.utimes(100.25, new Date(200_500));
      const { atimeMs, mtimeMs } = await handle.stat();
      return [
        atimeMs,
        mtimeMs,
        await c.attempt(() => handle.utimes(wrong('x'), 0)),
        await c.attempt(() => handle.utimes(0, wrong(null))),
      ];
    },
  },
  {
    title: 'attributes and sync work through a handle of a directory',
    setup: (c) => c.fs.mkdir(c.at('dir')),
    run: async (c) => {
      const handle = await c.open('dir', 'r');
      return [
        await c.attempt(() => handle.stat()),
        await c.attempt(() => handle.chmod(0o700)),
        await c.attempt(() => handle.utimes(5, 6)),
        await c.attempt(() => handle.sync()),
        await c.attempt(() => handle.datasync()),
        await c.attempt(async () => (await handle.stat()).mtimeMs),
      ];
    },
  },
];

function stylesAfterClose(name: string): readonly Style[] {
  // With a callback, `readFile` of a descriptor loses its errors in Node 20.
  if (name === 'readFile') return ['promises', 'sync'];
  return name in METHODS ? STYLES : ['promises'];
}

const closingCases: readonly Case[] = [
  ...Object.entries(METHODS_AFTER_CLOSE).map(
    ([name, action]): Case => ({
      title: `FileHandle.${name} after close`,
      styles: stylesAfterClose(name),
      setup: (c) => c.fs.writeFile(c.at('file'), 'content'),
      run: async (c) => {
        const handle = await c.open('file', 'r+');
        await handle.close();
        return await c.attempt(() => action(handle));
      },
    }),
  ),
  ...Object.entries(METHODS).map(
    ([name, action]): Case => ({
      title: `FileHandle.${name} begun before close completes`,
      // With callbacks both go to the thread pool, and which is first is a race.
      styles: ['promises', 'sync'],
      setup: (c) => c.fs.writeFile(c.at('file'), 'content'),
      run: async (c) => {
        const handle = await c.open('file', 'r+');
        const done = c.attempt(() => action(handle));
        const closed = c.attempt(() => handle.close());
        return [await done, await closed];
      },
    }),
  ),
  {
    title: 'closing twice, also side by side, succeeds',
    styles: ['promises'],
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      const both = await Promise.all([
        c.attempt(() => handle.close()),
        c.attempt(() => handle.close()),
      ]);
      return [both, await c.attempt(() => handle.close()), handle.fd];
    },
  },
  {
    title: 'close emits the event once',
    styles: ['promises'],
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      const events: string[] = [];
      const emitter = handle as unknown as EventEmitter;
      emitter.on('close', () => events.push('close'));
      emitter.once('close', () => events.push('once'));
      await handle.close();
      await handle.close();
      await new Promise((resolve) => setImmediate(resolve));
      return events;
    },
  },
  {
    title: 'Symbol.asyncDispose closes the handle',
    styles: ['promises'],
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      const result = await handle[Symbol.asyncDispose]();
      return [result, handle.fd, await c.attempt(() => handle.stat())];
    },
  },
  {
    title: 'a FileHandle has the methods Node documents',
    styles: ['promises'],
    setup: (c) => c.fs.writeFile(c.at('file'), ''),
    run: async (c) => {
      const handle = await c.open('file', 'r');
      const names = [
        ...Object.keys(METHODS_AFTER_CLOSE),
        'createReadStream',
        'createWriteStream',
        'readLines',
      ];
      return [
        names.map((name) => [name, typeof (handle as unknown as Record<string, unknown>)[name]]),
        ['on', 'once', 'off', 'emit'].map((name) => typeof wrongField(handle, name)),
        handle.fd > 2,
      ];
    },
  },
];

function wrongField(value: object, name: string): unknown {
  return (value as Record<string, unknown>)[name];
}

const namelessCases: readonly Case[] = [
  {
    title: 'an open file without a name still reads, writes, truncates and reports no links',
    setup: (c) => c.fs.writeFile(c.at('file'), pattern(100_000)),
    run: async (c) => {
      const handle = await c.open('file', 'r+');
      await c.fs.unlink(c.at('file'));
      const before = await handle.stat();
      await handle.write('changed', 50_000);
      await handle.truncate(50_010);
      await handle.chmod(0o600);
      await handle.utimes(1, 2);
      await handle.sync();
      return [before, await handle.stat(), await handle.readFile()];
    },
  },
  {
    title: 'a new file of the same name is another file than the one still open',
    setup: (c) => c.fs.writeFile(c.at('file'), 'old'),
    run: async (c) => {
      const handle = await c.open('file', 'r+');
      await c.fs.unlink(c.at('file'));
      await c.fs.writeFile(c.at('file'), 'new');
      await handle.appendFile('OLD');
      return [await c.fs.readFile(c.at('file'), 'utf8'), (await handle.stat()).nlink];
    },
  },
  {
    title: 'an open file that another was renamed over keeps its content',
    setup: async (c) => {
      await c.fs.writeFile(c.at('a'), 'content of a');
      await c.fs.writeFile(c.at('b'), 'content of b');
    },
    run: async (c) => {
      const handle = await c.open('b', 'r');
      await c.fs.rename(c.at('a'), c.at('b'));
      return [await handle.readFile('utf8'), (await handle.stat()).nlink];
    },
  },
  {
    title: 'an open file follows its renames',
    setup: async (c) => {
      await c.fs.mkdir(c.at('dir'));
      await c.fs.writeFile(c.at('a'), 'content');
    },
    run: async (c) => {
      const handle = await c.open('a', 'r+');
      await c.fs.rename(c.at('a'), c.at('dir/b'));
      await c.fs.rename(c.at('dir'), c.at('moved'));
      await handle.write('C');
      return await c.fs.readFile(c.at('moved/b'), 'utf8');
    },
  },
  {
    title: 'an open file whose directory was removed keeps its content',
    setup: async (c) => {
      await c.fs.mkdir(c.at('dir'));
      await c.fs.writeFile(c.at('dir/file'), 'content');
    },
    run: async (c) => {
      const handle = await c.open('dir/file', 'r+');
      await c.fs.rm(c.at('dir'), { recursive: true });
      await handle.write('!', 7);
      return [await handle.readFile('utf8'), (await handle.stat()).nlink];
    },
  },
  {
    title: 'two handles of a file without a name share its content until both are closed',
    setup: (c) => c.fs.writeFile(c.at('file'), 'content'),
    run: async (c) => {
      const first = await c.open('file', 'r+');
      const second = await c.open('file', 'r+');
      await c.fs.unlink(c.at('file'));
      await first.write('C');
      await first.close();
      return await second.readFile('utf8');
    },
  },
];

export const handleLifeCases: readonly Case[] = [
  ...attributeCases,
  ...closingCases,
  ...namelessCases,
];
