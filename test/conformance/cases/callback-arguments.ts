/** The callback itself: missing, wrong, in the place of options, behind nulls; and promisify. */
import { promisify } from 'node:util';
import { type Case, type CaseContext, only } from '../case.js';
import { functionOf } from '../styles/callback.js';

/** Arguments that are right, without the callback; those that may be left out come last. */
interface Call {
  readonly required: (c: CaseContext, fd: number) => readonly unknown[];
  /** What may be left out, or be null where Node takes it. */
  readonly optional?: readonly unknown[];
}

const CALLS: Readonly<Record<string, Call>> = {
  access: { required: (c) => [c.at('file')], optional: [0] },
  appendFile: { required: (c) => [c.at('file'), 'x'], optional: ['utf8'] },
  chmod: { required: (c) => [c.at('file'), 0o600] },
  chown: { required: (c) => [c.at('file'), -1, -1] },
  copyFile: { required: (c) => [c.at('file'), c.at('copy')], optional: [0] },
  cp: { required: (c) => [c.at('file'), c.at('copy')], optional: [{}] },
  fchmod: { required: (_, fd) => [fd, 0o600] },
  fchown: { required: (_, fd) => [fd, -1, -1] },
  fdatasync: { required: (_, fd) => [fd] },
  fstat: { required: (_, fd) => [fd], optional: [{}] },
  fsync: { required: (_, fd) => [fd] },
  ftruncate: { required: (_, fd) => [fd], optional: [3] },
  futimes: { required: (_, fd) => [fd, 1, 2] },
  lchown: { required: (c) => [c.at('file'), -1, -1] },
  link: { required: (c) => [c.at('file'), c.at('linked')] },
  lstat: { required: (c) => [c.at('file')], optional: [{}] },
  lutimes: { required: (c) => [c.at('file'), 1, 2] },
  mkdir: { required: (c) => [c.at('made')], optional: [0o700] },
  open: { required: (c) => [c.at('missing')], optional: ['r', 0o666] },
  opendir: { required: (c) => [c.at('missing')], optional: [{}] },
  read: { required: (_, fd) => [fd], optional: [Buffer.alloc(2), 0, 2, 0] },
  readFile: { required: (c) => [c.at('file')], optional: ['utf8'] },
  readdir: { required: (c) => [c.at('dir')], optional: ['utf8'] },
  readlink: { required: (c) => [c.at('link')], optional: ['utf8'] },
  readv: { required: (_, fd) => [fd, [Buffer.alloc(2)]], optional: [0] },
  realpath: { required: (c) => [c.at('link')], optional: ['utf8'] },
  'realpath.native': { required: (c) => [c.at('link')], optional: ['utf8'] },
  rename: { required: (c) => [c.at('file'), c.at('moved')] },
  rm: { required: (c) => [c.at('file')], optional: [{}] },
  rmdir: { required: (c) => [c.at('dir')], optional: [{}] },
  stat: { required: (c) => [c.at('file')], optional: [{}] },
  statfs: { required: (c) => [c.at('missing')], optional: [{}] },
  symlink: { required: (c) => ['target', c.at('new')], optional: ['file'] },
  truncate: { required: (c) => [c.at('file')], optional: [3] },
  unlink: { required: (c) => [c.at('file')] },
  utimes: { required: (c) => [c.at('file'), 1, 2] },
  write: { required: (_, fd) => [fd, Buffer.from('ab')], optional: [0, 2, 0] },
  writeFile: { required: (c) => [c.at('file'), 'x'], optional: ['utf8'] },
  writev: { required: (_, fd) => [fd, [Buffer.from('ab')]], optional: [0] },
};

const NO_CALLBACKS: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  'a string': 'callback',
  'a number': 1,
  true: true,
  'an object': {},
  'an array': [],
  'a symbol': Symbol('callback'),
};

async function makeFiles(c: CaseContext): Promise<void> {
  await c.fs.writeFile(c.at('file'), '0123456789');
  await c.fs.mkdir(c.at('dir'));
  await c.fs.symlink('file', c.at('link'));
}

/** Calls with exactly `args`; true when it came back without throwing. */
function called(c: CaseContext, name: string, args: readonly unknown[]): Promise<unknown> {
  return c.attempt(() => {
    functionOf(c.face, name)(...args);
    return 'no error';
  });
}

function missingCase(name: string, { required, optional = [] }: Call): Case {
  return {
    title: `${name} without a callback throws at once and does nothing`,
    setup: makeFiles,
    run: async (c) => {
      const { fd } = await c.open('file', 'r+');
      const args = [...required(c, fd), ...optional];
      const outcomes: unknown[] = [];
      for (let count = 0; count <= args.length; count += 1) {
        outcomes.push(await called(c, name, args.slice(0, count)));
      }
      return outcomes;
    },
  };
}

function wrongCase(name: string, { required, optional = [] }: Call): Case {
  return {
    title: `${name} refuses what is no callback`,
    setup: makeFiles,
    run: async (c) => {
      const { fd } = await c.open('file', 'r+');
      const outcomes: Record<string, unknown> = {};
      for (const [about, callback] of Object.entries(NO_CALLBACKS)) {
        outcomes[about] = await called(c, name, [...required(c, fd), ...optional, callback]);
      }
      return outcomes;
    },
  };
}

/** Nothing but the required ones; each optional one left out, undefined, null. */
function optionalCase(name: string, { required, optional = [] }: Call): Case {
  return {
    title: `${name} takes its callback in the place of what may be left out`,
    setup: makeFiles,
    run: async (c) => {
      const outcomes: unknown[] = [];
      for (let count = 0; count <= optional.length; count += 1) {
        for (const filler of [[], [undefined], [null]]) {
          const handle = await c.open('file', 'r+');
          const args = [...required(c, handle.fd), ...optional.slice(0, count), ...filler];
          outcomes.push(await c.attempt(() => c.call(name, ...args)));
          await handle.close();
        }
      }
      return outcomes;
    },
  };
}

/** A call that fails and one that succeeds; results of several parts come as an object. */
function promisifyCase(name: string, { required, optional = [] }: Call): Case {
  return {
    title: `${name} can be promisified`,
    setup: makeFiles,
    run: async (c) => {
      const promised = promisify(functionOf(c.face, name) as never) as (
        ...args: readonly unknown[]
      ) => Promise<unknown>;
      const { fd } = await c.open('file', 'r+');
      return [
        await c.attempt(() => promised(...required(c, fd), ...optional)),
        await c.attempt(() => promised()),
        await c.attempt(() => promised(2 ** 31 - 1, 0, 0)),
      ];
    },
  };
}

/** Names beside the common ones; `close` works without a callback, `exists` never fails. */
const otherCases: readonly Case[] = [
  {
    title: 'close refuses what is no callback and closes without one',
    setup: makeFiles,
    run: async (c) => {
      const outcomes: Record<string, unknown> = {};
      for (const [about, callback] of Object.entries(NO_CALLBACKS)) {
        if (callback === undefined) continue;
        const { fd } = await c.open('file', 'r');
        outcomes[about] = await called(c, 'close', [fd, callback]);
      }
      outcomes.none = await called(c, 'close', []);
      return outcomes;
    },
  },
  {
    title: 'close can be promisified',
    setup: makeFiles,
    run: async (c) => {
      const fd = c.face.openSync(c.at('file'), 'r');
      const close = promisify(c.face.close) as unknown as (fd: number) => Promise<void>;
      return [await c.attempt(() => close(fd)), await c.attempt(() => close(2 ** 31 - 1))];
    },
  },
  {
    title: 'exists answers with a boolean only, whatever it is asked',
    setup: makeFiles,
    run: async (c) => {
      const asked = ['file', 'dir', 'link', 'missing', 'file/child', 'file/'].map((name) =>
        c.at(name),
      );
      const odd = [undefined, null, 1, {}, [], true, 'a\0b', Symbol('path'), ''];
      const outcomes: unknown[] = [];
      for (const path of [...asked, ...odd, Buffer.from(c.at('file'))]) {
        outcomes.push(
          await c.attempt(
            () =>
              new Promise((resolve) => {
                c.face.exists(path as never, (...answer: unknown[]) => resolve(answer));
              }),
          ),
        );
      }
      return outcomes;
    },
  },
  {
    title: 'exists without a callback throws, and can be promisified',
    setup: makeFiles,
    run: async (c) => {
      const exists = promisify(c.face.exists) as (path: unknown) => Promise<boolean>;
      return [
        await called(c, 'exists', [c.at('file')]),
        await called(c, 'exists', []),
        await called(c, 'exists', [c.at('file'), {}]),
        await c.attempt(() => exists(c.at('file'))),
        await c.attempt(() => exists(c.at('missing'))),
        await c.attempt(() => exists(undefined)),
      ];
    },
  },
  {
    title: 'mkdtemp without a callback throws at once and makes nothing',
    run: async (c) => [
      await called(c, 'mkdtemp', [c.at('x')]),
      await called(c, 'mkdtemp', [c.at('x'), 'utf8']),
      await called(c, 'mkdtemp', [c.at('x'), {}, null]),
      await called(c, 'mkdtemp', []),
    ],
  },
  {
    title: 'callbacks are called without this, after the function returned, in their order',
    setup: makeFiles,
    run: async (c) => {
      const order: string[] = [];
      await new Promise<void>((resolve) => {
        c.face.stat(c.at('file'), function (this: unknown, error) {
          order.push(`stat, this is ${typeof this}, error is ${error}`);
          c.face.readFile(c.at('file'), 'utf8', (_, text) => {
            order.push(`readFile ${text}`);
            resolve();
          });
          order.push('readFile was called');
        });
        order.push('stat was called');
      });
      return order;
    },
  },
  {
    title: 'write of text takes position and encoding, each of which may be left out',
    setup: makeFiles,
    run: async (c) => {
      const outcomes: unknown[] = [];
      for (const args of [
        [],
        [4],
        [4, 'latin1'],
        [null, 'hex'],
        [undefined, 'utf8'],
        ['utf8'],
        [4, 'klingon'],
        [4, null],
        [4, undefined],
        ['hex', 4],
        [{}],
      ]) {
        const handle = await c.open('file', 'r+');
        outcomes.push(
          await c.attempt(() => c.call('write', handle.fd, '6162', ...args)),
          await c.attempt(() => handle.readFile('latin1')),
        );
        await handle.close();
      }
      return outcomes;
    },
  },
  {
    title: 'read takes options in each place',
    setup: makeFiles,
    run: async (c) => {
      const buffer = (): Buffer => Buffer.alloc(6);
      const outcomes: unknown[] = [];
      for (const args of [
        [],
        [{}],
        [{ buffer: buffer() }],
        [{ buffer: buffer(), offset: 1, length: 3, position: 2 }],
        [{ position: 3 }],
        [{ length: 2 }],
        [buffer()],
        [buffer(), {}],
        [buffer(), { offset: 2 }],
        [buffer(), { offset: 2, length: 2, position: 5 }],
        [buffer(), { position: null }],
        [buffer(), null],
        [buffer(), 1],
        [buffer(), 1, 2],
        [buffer(), 1, 2, null],
        [buffer(), 1, 2, undefined],
        [null],
        [undefined],
        ['text'],
        [buffer(), 'text'],
        [buffer(), () => undefined, 2, 3],
      ]) {
        const handle = await c.open('file', 'r');
        outcomes.push(await c.attempt(() => c.call('read', handle.fd, ...args)));
        await handle.close();
      }
      return outcomes;
    },
  },
];

const all = Object.entries(CALLS);
/** Without a callback Node's `rm` removes first, and then throws what nobody can catch. */
const checked = all.filter(([name]) => name !== 'rm');

export const callbackArgumentCases: readonly Case[] = only(
  ['callback'],
  [
    ...checked.map(([name, call]) => missingCase(name, call)),
    ...checked.map(([name, call]) => wrongCase(name, call)),
    ...all.map(([name, call]) => optionalCase(name, call)),
    ...all.map(([name, call]) => promisifyCase(name, call)),
    ...otherCases,
  ],
);
