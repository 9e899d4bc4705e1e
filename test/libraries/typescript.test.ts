/**
 * The TypeScript compiler builds a part of this project in a volume: sources, its library, types of
 * packages and what it writes are all there. The oracle is its own `ts.sys` on disk.
 *
 * TypeScript 7 is a program without a JavaScript API; this is the last one with it, from the package of
 * ts-morph, because a second package `typescript` would fight for the command `tsc`.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getLibFiles, ts } from '@ts-morph/common';
import test from 'ava';
import { type Place, treeOf, withPlaces } from './places.js';

const PARTS = [
  'src/core',
  'src/tsconfig.json',
  'tsconfig.base.json',
  'package.json',
  'node_modules/@types/node',
  'node_modules/undici-types',
];
const LIBRARY = 'library';

function addLibrary(root: string): void {
  mkdirSync(join(root, LIBRARY));
  for (const { fileName, text } of getLibFiles()) {
    writeFileSync(join(root, LIBRARY, fileName), text);
  }
}

/** The compiler looks for its library beside itself. */
function besideLibrary(root: string): Pick<ts.System, 'getExecutingFilePath'> {
  return { getExecutingFilePath: () => join(root, LIBRARY, 'typescript.js') };
}

function diskSystem({ root }: Place): ts.System {
  return { ...ts.sys, ...besideLibrary(root) };
}

/** What the compiler asks of a system, said with the functions of `node:fs`. */
function systemOf({ fs, root }: Place): ts.System {
  const statsOf = (path: string) => fs.statSync(path, { throwIfNoEntry: false });
  return {
    ...besideLibrary(root),
    args: [],
    createHash: (text) => createHash('sha256').update(text).digest('hex'),
    newLine: '\n',
    useCaseSensitiveFileNames: true,
    write: () => undefined,
    exit: (code) => {
      throw new Error(`the compiler ended with ${code}`);
    },
    getCurrentDirectory: () => root,
    resolvePath: (path) => join(root, path),
    realpath: (path) => fs.realpathSync(path),
    fileExists: (path) => statsOf(path)?.isFile() === true,
    directoryExists: (path) => statsOf(path)?.isDirectory() === true,
    getModifiedTime: (path) => statsOf(path)?.mtime,
    setModifiedTime: (path, time) => fs.utimesSync(path, time, time),
    createDirectory: (path) => fs.mkdirSync(path),
    deleteFile: (path) => fs.unlinkSync(path),
    readFile: (path) => fs.readFileSync(path, 'utf8'),
    writeFile: (path, text) => fs.writeFileSync(path, text),
    getDirectories: (path) =>
      fs
        .readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name),
    readDirectory: (path, extensions = []) =>
      fs
        .readdirSync(path, { recursive: true, encoding: 'utf8' })
        .filter((name) => extensions.some((extension) => name.endsWith(extension)))
        .map((name) => join(path, name)),
  };
}

interface Built {
  readonly isUpToDate: boolean;
  readonly diagnostics: readonly string[];
}

/** `tsc -b src` */
function build(system: ts.System, root: string): Built {
  const diagnostics: string[] = [];
  const report = ({ messageText, file }: ts.Diagnostic): void => {
    const text = ts.flattenDiagnosticMessageText(messageText, '\n');
    diagnostics.push(`${file?.fileName.slice(root.length) ?? ''}: ${text}`);
  };
  const host = ts.createSolutionBuilderHost(system, undefined, report, () => undefined);
  const builder = ts.createSolutionBuilder(host, [join(root, 'src')], {});
  const isUpToDate = builder.getNextInvalidatedProject() === undefined;
  builder.build();
  return { isUpToDate, diagnostics };
}

test('TypeScript builds in a volume what it builds on disk', async (t) => {
  await withPlaces(t, { parts: PARTS, add: addLibrary }, async ({ disk, volume }) => {
    const expected = build(diskSystem(disk), disk.root);
    t.deepEqual(expected.diagnostics, []);
    const system = systemOf(volume);
    t.deepEqual(build(system, volume.root), expected);
    t.deepEqual(await treeOf(volume, 'dist'), await treeOf(disk, 'dist'));
    t.deepEqual(await treeOf(volume, 'build'), await treeOf(disk, 'build'));

    t.deepEqual(build(system, volume.root), { isUpToDate: true, diagnostics: [] });
    const { fs } = volume;
    const path = join(volume.root, 'src/core/limits.ts');
    const source = fs.readFileSync(path, 'utf8');
    fs.appendFileSync(path, '\nexport const wrong: number = "text";\n');
    const { diagnostics, isUpToDate } = build(system, volume.root);
    t.false(isUpToDate);
    t.deepEqual(diagnostics, [
      "/src/core/limits.ts: Type 'string' is not assignable to type 'number'.",
    ]);
    fs.writeFileSync(path, source);
    t.deepEqual(build(system, volume.root), { isUpToDate: false, diagnostics: [] });
  });
});
