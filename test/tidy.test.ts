/** Rules of the sources that no compiler checks. docs/architecture.md names the layers. */
import { basename, posix } from 'node:path';
import test from 'ava';
import { PROGRAMS } from '#src/core/programs.js';
import { projectFiles, projectPath, readProjectFile } from './support/project.js';
import { runNode } from './support/run-program.js';

/**
 * Folders of src/ from the lowest up. A file imports from its own folder and from lower lines; folders
 * on one line do not import each other.
 */
const LAYERS: readonly (readonly string[])[] = [
  ['core'],
  ['sqlite'],
  ['store'],
  ['schema', 'ops'],
  ['writer', 'readers'],
  ['health', 'maintenance'],
  ['fs'],
  ['volume'],
  ['transfer'],
  ['cli', 'http', 'fuse'],
];
const FRONTS = LAYERS.at(-1) as readonly string[];
const LINES_MAX = 500;
const SOURCE_FOLDERS = ['src', 'test', 'bench', 'examples', '.ci'];

const STATIC_IMPORT =
  /^(?:import|export)\s+(?:type\s+)?(?:\w+,?\s*)?(?:\{[^}]*\}|\*(?:\s+as\s+\w+)?)?\s*from\s+'([^']+)'/gm;

interface Import {
  readonly file: string;
  /** As it is written. */
  readonly specifier: string;
  /** Folder of src/ that it leads to; '' for src itself, undefined for a package. */
  readonly folder: string | undefined;
}

function sources(...folders: readonly string[]): string[] {
  return folders.flatMap((folder) => projectFiles(folder, '.ts', '.mjs'));
}

/** Folder of src/ that a file is in; '' for src itself. */
function folderOf(file: string): string {
  const parts = file.split('/');
  return parts.length > 2 ? (parts[1] as string) : '';
}

function importsOf(file: string): Import[] {
  const text = readProjectFile(file);
  const found = [...text.matchAll(STATIC_IMPORT), ...text.matchAll(/\bimport\('([^']+)'\)/g)];
  return found.map(([, specifier = '']) => {
    const isRelative = specifier.startsWith('.');
    const target = posix.join(posix.dirname(file), specifier);
    return { file, specifier, folder: isRelative ? folderOf(target) : undefined };
  });
}

function rankOf(folder: string): number {
  return LAYERS.findIndex((line) => line.includes(folder));
}

function isAllowed({ file, folder }: Import): boolean {
  const from = folderOf(file);
  // index.ts is the outside: it names what users get, and only fronts use it.
  if (from === '' || folder === undefined || folder === from) return true;
  if (folder === '') return FRONTS.includes(from);
  return rankOf(folder) < rankOf(from);
}

const SRC_IMPORTS = sources('src').flatMap(importsOf);

function show({ file, specifier }: Import): string {
  return `${file} imports ${specifier}`;
}

test('every folder of src has a layer', (t) => {
  const folders = new Set(sources('src').map(folderOf));
  t.deepEqual(
    [...folders].filter((folder) => folder !== '' && rankOf(folder) < 0),
    [],
  );
});

test('imports go down the layers only', (t) => {
  t.deepEqual(SRC_IMPORTS.filter((each) => !isAllowed(each)).map(show), []);
});

test('docs/architecture.md lists the layers as they are enforced', (t) => {
  const [, listed] = /```text layers\n([\s\S]*?)```/.exec(
    readProjectFile('docs/architecture.md'),
  ) ?? [undefined, ''];
  const lines = (listed as string)
    .trimEnd()
    .split('\n')
    .map((line) => [...(line.split('  ')[0] ?? '').matchAll(/(\w+)\//g)].map(([, name]) => name));
  t.deepEqual(lines, [...LAYERS].reverse());
});

test('only src/sqlite imports the SQLite driver', (t) => {
  const driver = SRC_IMPORTS.filter(({ specifier }) => specifier === 'better-sqlite3');
  t.deepEqual(
    driver.filter(({ file }) => folderOf(file) !== 'sqlite'),
    [],
  );
  t.true(driver.length > 0);
});

test('fronts do not reach for SQLite', (t) => {
  const reaching = SRC_IMPORTS.filter(
    ({ file, folder }) => FRONTS.includes(folderOf(file)) && folder === 'sqlite',
  );
  t.deepEqual(reaching.map(show), []);
});

test('every package that src imports is a dependency', (t) => {
  const manifest = JSON.parse(readProjectFile('package.json')) as Record<string, object>;
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  const imported = SRC_IMPORTS.filter(
    ({ specifier, folder }) => folder === undefined && !/^(node:|#)/.test(specifier),
  ).map(({ specifier }) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] as string);
  t.deepEqual(
    imported.filter((name) => !declared.includes(name)),
    [],
  );
});

test('file names are in kebab-case', (t) => {
  const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.(ts|mjs)$/;
  t.deepEqual(
    sources(...SOURCE_FOLDERS).filter((file) => !kebab.test(basename(file))),
    [],
  );
});

test(`no source file is longer than ${LINES_MAX} lines`, (t) => {
  const lengths = sources(...SOURCE_FOLDERS).map((file) => ({
    file,
    lines: readProjectFile(file).split('\n').length - 1,
  }));
  t.deepEqual(
    lengths.filter(({ lines }) => lines > LINES_MAX),
    [],
  );
});

test('only entries of worker threads have a default export', (t) => {
  const files = sources('src', 'test', 'bench');
  // Of the product by their list, of tests and benches by what starts them.
  const started = files.flatMap((file) =>
    [...readProjectFile(file).matchAll(/new URL\(\s*'(\.[^']+)\.js'/g)].map(
      ([, path = '']) => `${posix.join(posix.dirname(file), path)}.ts`,
    ),
  );
  const entries = new Set([...PROGRAMS.map((program) => `src/${program}.ts`), ...started]);
  const withDefault = files.filter((file) => /^export default\b/m.test(readProjectFile(file)));
  t.deepEqual(
    withDefault.filter((file) => !entries.has(file)),
    [],
  );
});

test('nothing is left for later in a comment', (t) => {
  // Put together, so that this file does not find itself.
  const marks = new RegExp(`\\b(${['TO'.concat('DO'), 'FIX'.concat('ME')].join('|')})\\b`);
  const files = [
    ...sources(...SOURCE_FOLDERS),
    ...projectFiles('docs', '.md'),
    ...projectFiles('migrations', '.sql'),
  ];
  t.deepEqual(
    files.filter((file) => marks.test(readProjectFile(file))),
    [],
  );
});

test('no test is skipped or run alone', (t) => {
  // What needs a mount may be skipped where there is none; .ci/run-tests.mjs refuses that in CI.
  const files = projectFiles('test', '.ts').filter((file) => !file.startsWith('test/fuse/'));
  const marks = /\b(test|serial|it|describe)\.(skip|only|todo)\b/;
  // Where the system lacks what a test needs, and says so in the condition.
  const conditional = /\? test : test\.skip\b/g;
  t.deepEqual(
    files.filter((file) => marks.test(readProjectFile(file).replace(conditional, ''))),
    [],
  );
});

test('every tsconfig reference leads somewhere', (t) => {
  const { references } = JSON.parse(readProjectFile('tsconfig.json')) as {
    references: { path: string }[];
  };
  for (const { path } of references) t.notThrows(() => readProjectFile(`${path}/tsconfig.json`));
});

test('format and lint are clean', async (t) => {
  const biome = projectPath('node_modules/@biomejs/biome/bin/biome');
  const { status, stdout, stderr } = await runNode(
    [biome, 'check', '--colors=off', '--reporter=summary', '.'],
    {
      cwd: projectPath('.'),
    },
  );
  t.is(status, 0, stdout + stderr);
});
