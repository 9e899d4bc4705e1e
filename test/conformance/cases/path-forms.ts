/** Paths as Buffer and URL, and names beyond ASCII. */
import { pathToFileURL } from 'node:url';
import type { Case, CaseContext } from '../case.js';
import { wrong } from '../case.js';
import { STYLES } from '../styles/style.js';

type Form = (path: string) => never;
type PathAction = (c: CaseContext, form: Form) => unknown;

const FORMS: Readonly<Record<string, Form>> = {
  Buffer: (path) => wrong(Buffer.from(path)),
  Uint8Array: (path) => wrong(new Uint8Array(Buffer.from(path))),
  'file URL': (path) => wrong(pathToFileURL(path)),
};

const ACTIONS: Readonly<Record<string, PathAction>> = {
  access: (c, form) => c.fs.access(form(c.at('fi le'))),
  'access of a missing file': (c, form) => c.fs.access(form(c.at('missing'))),
  appendFile: (c, form) => c.fs.appendFile(form(c.at('fi le')), '+'),
  chmod: (c, form) => c.fs.chmod(form(c.at('fi le')), 0o600),
  'chmod of a missing file': (c, form) => c.fs.chmod(form(c.at('missing é')), 0o600),
  chown: (c, form) => c.fs.chown(form(c.at('missing')), 0, 0),
  lchown: (c, form) => c.fs.lchown(form(c.at('missing')), 0, 0),
  copyFile: (c, form) => c.fs.copyFile(form(c.at('fi le')), form(c.at('copy'))),
  'copyFile of a missing file': (c, form) => c.fs.copyFile(form(c.at('x')), form(c.at('y'))),
  cp: (c, form) => c.fs.cp(form(c.at('fi le')), form(c.at('copy'))),
  link: (c, form) => c.fs.link(form(c.at('fi le')), form(c.at('linked'))),
  'link of a missing file': (c, form) => c.fs.link(form(c.at('x')), form(c.at('y'))),
  stat: (c, form) => c.fs.stat(form(c.at('fi le'))),
  'stat of a missing file': (c, form) => c.fs.stat(form(c.at('missing é'))),
  lstat: (c, form) => c.fs.lstat(form(c.at('link'))),
  lutimes: (c, form) => c.fs.lutimes(form(c.at('link')), 1, 1),
  mkdir: (c, form) => c.fs.mkdir(form(c.at('made é'))),
  'recursive mkdir': (c, form) => c.fs.mkdir(form(c.at('made/é')), { recursive: true }),
  mkdtemp: async (c, form) => {
    const path = await c.fs.mkdtemp(form(c.at('made-')));
    await c.fs.rmdir(path);
    return path.slice(0, -6);
  },
  open: async (c, form) => (await c.fs.open(form(c.at('fi le')))).close(),
  'open of a missing file': (c, form) => c.fs.open(form(c.at('missing'))),
  opendir: async (c, form) => {
    const dir = await c.fs.opendir(form(c.at('dir')));
    const found = [typeof dir.path, dir.path, (await dir.read())?.name];
    await dir.close();
    return found;
  },
  readdir: async (c, form) => (await c.fs.readdir(form(c.at()))).sort(),
  'readdir with types': (c, form) => c.fs.readdir(form(c.at('dir')), { withFileTypes: true }),
  'readdir of a missing directory': (c, form) => c.fs.readdir(form(c.at('missing'))),
  readFile: (c, form) => c.fs.readFile(form(c.at('fi le')), 'utf8'),
  readlink: (c, form) => c.fs.readlink(form(c.at('link'))),
  realpath: (c, form) => c.fs.realpath(form(c.at('link'))),
  rename: (c, form) => c.fs.rename(form(c.at('fi le')), form(c.at('moved'))),
  rm: (c, form) => c.fs.rm(form(c.at('fi le'))),
  'recursive rm': (c, form) => c.fs.rm(form(c.at('dir')), { recursive: true }),
  rmdir: (c, form) => c.fs.rmdir(form(c.at('dir'))),
  statfs: async (c, form) => typeof (await c.fs.statfs(form(c.at()))).bsize,
  symlink: (c, form) => c.fs.symlink('target', form(c.at('new'))),
  truncate: (c, form) => c.fs.truncate(form(c.at('fi le')), 2),
  unlink: (c, form) => c.fs.unlink(form(c.at('fi le'))),
  utimes: (c, form) => c.fs.utimes(form(c.at('fi le')), 1, 1),
  writeFile: (c, form) => c.fs.writeFile(form(c.at('new')), 'x'),
};

async function makeNamed(c: CaseContext): Promise<void> {
  await c.fs.writeFile(c.at('fi le'), 'content');
  await c.fs.symlink('fi le', c.at('link'));
  await c.fs.mkdir(c.at('dir'));
  await c.fs.writeFile(c.at('dir/inner'), '');
}

const NAMES: readonly string[] = [
  'é',
  'e\u0301',
  'É',
  '€',
  '😀',
  '漢字',
  'שלום',
  'a b',
  ' ',
  'tab\there',
  'line\nend',
  '\u0001',
  '\\',
  '%41',
  '*?[]',
  '"quoted\'',
  '-rf',
  '...',
  '..a',
  '.hidden',
  'NUL',
  'a:b',
  '\u200b',
  '\ufeff',
  '\ufffd',
  'lone \ud800 surrogate',
];

/** Anything but printable ASCII as its code, since test titles lose odd spaces. */
function visible(name: string): string {
  return name.replace(/[^!-~]/g, (unit) => `<${unit.charCodeAt(0).toString(16)}>`);
}

const nameCases: readonly Case[] = NAMES.map((name) => ({
  title: `the name ${visible(name)} is kept byte for byte`,
  // In the other styles realpath gives the text it was given, not the name it found.
  styles: name.includes('surrogate') ? ['promises'] : STYLES,
  run: async (c) => {
    await c.fs.mkdir(c.at(name));
    await c.fs.writeFile(c.at(`${name}/${name}`), 'x');
    await c.fs.symlink(name, c.at(`${name}/link`));
    await c.fs.rename(c.at(`${name}/${name}`), c.at(`${name}.x`));
    return [
      await c.fs.readdir(c.at(), 'buffer').then((names) => names.sort(Buffer.compare)),
      await c.fs.readdir(c.at(name), { withFileTypes: true }),
      await c.fs.realpath(c.at(name)),
      await c.fs.readlink(c.at(`${name}/link`)),
      await c.attempt(() => c.fs.stat(c.at(`${name}/missing`))),
    ];
  },
}));

export const pathFormCases: readonly Case[] = [
  ...Object.entries(FORMS).flatMap(([form, make]) =>
    Object.entries(ACTIONS).map(
      ([name, action]): Case => ({
        title: `${name} with a path as ${form}`,
        // In the other styles it becomes text, byte by byte in decimal, which is no place of the case.
        ...(name === 'realpath' && form === 'Uint8Array' ? { styles: ['promises'] as const } : {}),
        setup: makeNamed,
        run: (c) => c.attempt(() => action(c, make)),
      }),
    ),
  ),
  ...nameCases,
  {
    title: 'names that Unicode calls equivalent are different names',
    run: async (c) => {
      for (const name of ['é', 'e\u0301', 'É', 'ß', 'SS', 'ı', 'I', 'i']) {
        await c.fs.writeFile(c.at(name), name);
      }
      return (await c.fs.readdir(c.at())).length;
    },
  },
];
