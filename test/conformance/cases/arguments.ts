/** Every function given every kind of thing that is no path. */
import type { Case, CaseContext } from '../case.js';
import { wrong } from '../case.js';

type Call = (c: CaseContext, path: never) => unknown;

const BAD_PATHS: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  'a number': 42,
  NaN: Number.NaN,
  'a bigint': 1n,
  true: true,
  'a symbol': Symbol('path'),
  'an object': {},
  'an object with a path': { path: '/no', toString: () => '/no' },
  'an array': ['/no'],
  'an empty array': [],
  'a function': () => '/no',
  'a String object': new String('/no'),
  'a Uint16Array': new Uint16Array([47]),
  'an ArrayBuffer': new ArrayBuffer(1),
  'a Date': new Date(0),
  'a string with NUL': '/a\0b',
  'a Buffer with NUL': Buffer.from('/a\0b'),
  'a URL with NUL': new URL('file:///a%00b'),
  'an http URL': new URL('http://example.com/a'),
  'a URL with a host': new URL('file://host/a'),
  'a URL with an encoded slash': new URL('file:///a%2Fb'),
};

const CALLS: Readonly<Record<string, Call>> = {
  access: (c, path) => c.fs.access(path),
  appendFile: (c, path) => c.fs.appendFile(path, ''),
  chmod: (c, path) => c.fs.chmod(path, 0o600),
  chown: (c, path) => c.fs.chown(path, 0, 0),
  'copyFile (source)': (c, path) => c.fs.copyFile(path, c.at('x')),
  'copyFile (destination)': (c, path) => c.fs.copyFile(c.at('x'), path),
  'cp (source)': (c, path) => c.fs.cp(path, c.at('x')),
  'cp (destination)': (c, path) => c.fs.cp(c.at('x'), path),
  lchown: (c, path) => c.fs.lchown(path, 0, 0),
  'link (source)': (c, path) => c.fs.link(path, c.at('x')),
  'link (destination)': (c, path) => c.fs.link(c.at('x'), path),
  lstat: (c, path) => c.fs.lstat(path),
  lutimes: (c, path) => c.fs.lutimes(path, 0, 0),
  mkdir: (c, path) => c.fs.mkdir(path),
  'recursive mkdir': (c, path) => c.fs.mkdir(path, { recursive: true }),
  open: (c, path) => c.fs.open(path),
  opendir: (c, path) => c.fs.opendir(path),
  readdir: (c, path) => c.fs.readdir(path),
  'recursive readdir': (c, path) => c.fs.readdir(path, { recursive: true }),
  readFile: (c, path) => c.fs.readFile(path),
  readlink: (c, path) => c.fs.readlink(path),
  realpath: (c, path) => c.fs.realpath(path),
  'rename (source)': (c, path) => c.fs.rename(path, c.at('x')),
  'rename (destination)': (c, path) => c.fs.rename(c.at('x'), path),
  rm: (c, path) => c.fs.rm(path),
  'forced rm': (c, path) => c.fs.rm(path, { force: true }),
  rmdir: (c, path) => c.fs.rmdir(path),
  stat: (c, path) => c.fs.stat(path),
  statfs: (c, path) => c.fs.statfs(path),
  'symlink (target)': (c, path) => c.fs.symlink(path, c.at('missing/x')),
  'symlink (path)': (c, path) => c.fs.symlink('target', path),
  truncate: (c, path) => c.fs.truncate(path),
  unlink: (c, path) => c.fs.unlink(path),
  utimes: (c, path) => c.fs.utimes(path, 0, 0),
  writeFile: (c, path) => c.fs.writeFile(path, ''),
};

/** What is checked first when several arguments are wrong. */
const ORDER: Readonly<Record<string, (c: CaseContext) => unknown>> = {
  'access: path before mode': (c) => c.fs.access(wrong(1), wrong('mode')),
  'chmod: path before mode': (c) => c.fs.chmod(wrong(1), wrong({})),
  'chown: path before ids': (c) => c.fs.chown(wrong(1), wrong('a'), wrong('b')),
  'chown: uid before gid': (c) => c.fs.chown(c.at('missing'), wrong('a'), wrong('b')),
  'copyFile: source before destination': (c) => c.fs.copyFile(wrong(1), wrong(2)),
  'copyFile: mode before existence': (c) => c.fs.copyFile(c.at('x'), c.at('y'), wrong('z')),
  'cp: options before paths': (c) => c.fs.cp(wrong(1), wrong(2), wrong(3)),
  'link: source before destination': (c) => c.fs.link(wrong(1), wrong(2)),
  'mkdir: path and recursive': (c) => c.fs.mkdir(wrong(1), wrong({ recursive: 1, mode: 'x' })),
  'mkdtemp: encoding and prefix': (c) => c.fs.mkdtemp(wrong(1), wrong('klingon')),
  'open: path before flags': (c) => c.fs.open(wrong(1), wrong('flags'), wrong('mode')),
  'open: flags before mode': (c) => c.fs.open(c.at('x'), wrong('flags'), wrong('mode')),
  'open: mode before existence': (c) => c.fs.open(c.at('x'), 'r', wrong('mode')),
  'opendir: path and options': (c) => c.fs.opendir(wrong(1), wrong('klingon')),
  'readdir: options and path': (c) => c.fs.readdir(wrong(1), wrong('klingon')),
  'readFile: options and path': (c) => c.fs.readFile(wrong(1), wrong('klingon')),
  'rename: source before destination': (c) => c.fs.rename(wrong(1), wrong(2)),
  'rm: path before options': (c) => c.fs.rm(wrong(1), wrong({ recursive: 1 })),
  'symlink: target, path and type': (c) => c.fs.symlink(wrong(1), wrong(2), wrong(3)),
  'truncate: path and length': (c) => c.fs.truncate(wrong(1), wrong('a')),
  'truncate: length and existence': (c) => c.fs.truncate(c.at('missing'), wrong('a')),
  'utimes: path before times': (c) => c.fs.utimes(wrong(1), wrong({}), wrong({})),
  'writeFile: options, content and path': (c) => c.fs.writeFile(wrong(1), wrong(2), wrong(3)),
  'writeFile: content and path': (c) => c.fs.writeFile(wrong(1), wrong(2)),
};

const DESCRIPTOR_TAKERS: ReadonlySet<string> = new Set([
  'appendFile',
  'readFile',
  'truncate',
  'writeFile',
]);

/** Numbers are descriptors to some, and realpath makes a relative path of anything, but promises. */
function isTried(c: CaseContext, name: string, path: unknown): boolean {
  if (c.style === 'promises') return true;
  if (typeof path === 'number') return !DESCRIPTOR_TAKERS.has(name) && name !== 'realpath';
  return name !== 'realpath' || /\0|%00|[a-z]:\/\//.test(String(path));
}

export const argumentCases: readonly Case[] = [
  ...Object.entries(CALLS).map(
    ([name, call]): Case => ({
      title: `${name} refuses everything that is no path`,
      run: async (c) => {
        const outcomes: Record<string, unknown> = {};
        for (const [about, path] of Object.entries(BAD_PATHS)) {
          if (!isTried(c, name, path)) continue;
          outcomes[about] = await c.attempt(() => call(c, wrong(path)));
        }
        return outcomes;
      },
    }),
  ),
  ...Object.entries(ORDER).map(
    ([name, call]): Case => ({
      title: `order of checks in ${name}`,
      run: (c) => c.attempt(() => call(c)),
    }),
  ),
];
