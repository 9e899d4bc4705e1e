/** The package: what is in it, that tools find it sound, and that it works where it is installed. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { PROGRAMS } from '#src/core/programs.js';
import { projectFiles, projectPath, readProjectFile } from '../support/project.js';
import { type ProgramRun, runNode } from '../support/run-program.js';
import { installPacked, type Packed, packProject, removePacked } from './installed.js';

let packed: Packed;
let home: string;

test.before(async () => {
  packed = await packProject();
  home = await installPacked(packed);
});

test.after.always(async () => {
  if (packed !== undefined) await removePacked(packed);
});

function inHome(...path: readonly string[]): string {
  return join(home, ...path);
}

async function runScript(name: string, text: string): Promise<ProgramRun> {
  await writeFile(inHome(name), text);
  return runNode([name], { cwd: home });
}

function cabinet(...args: readonly string[]): Promise<ProgramRun> {
  // What the shell's `cabinet` is a link to.
  return runNode([inHome('node_modules/.bin/cabinet'), ...args], { cwd: home });
}

test('holds the build, the migrations, the documents, and nothing else', (t) => {
  const expected = /^(dist|migrations|docs)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/;
  const paths = packed.files.map(({ path }) => path);
  t.deepEqual(
    paths.filter((path) => !expected.test(path) || /\.test\.|\.tsbuildinfo$/.test(path)),
    [],
  );
  for (const wanted of ['README.md', 'LICENSE', 'CHANGELOG.md', 'dist/cli/main.js']) {
    t.true(paths.includes(wanted), wanted);
  }
  t.deepEqual(
    paths.filter((path) => path.startsWith('migrations/')),
    projectFiles('migrations', '.sql'),
  );
});

test('holds declarations of nothing whose source is gone, and each program', (t) => {
  const sources = new Set(projectFiles('src', '.ts'));
  const built = packed.files.map(({ path }) => path).filter((path) => path.startsWith('dist/'));
  const orphans = built
    .filter((path) => path.endsWith('.d.ts'))
    .filter((path) => !sources.has(path.replace(/^dist/, 'src').replace(/\.d\.ts$/, '.ts')));
  t.deepEqual(orphans, [], 'left by an earlier build: `npm run build` removes them');
  for (const program of ['index', 'cli/main', ...PROGRAMS]) {
    t.true(built.includes(`dist/${program}.js`), program);
  }
});

test('source maps carry their sources', (t) => {
  for (const { path } of packed.files) {
    if (!path.endsWith('.map')) continue;
    const map = JSON.parse(readProjectFile(path)) as { sources: []; sourcesContent?: [] };
    t.is(map.sourcesContent?.length, map.sources.length, path);
  }
});

test('publint finds nothing', async (t) => {
  const publint = projectPath('node_modules/publint/src/cli.js');
  const run = await runNode([publint, 'run', '--strict', packed.tarball]);
  t.is(run.status, 0, run.stdout + run.stderr);
  t.regex(run.stdout, /All good/);
});

test('the types are found as an ES module', async (t) => {
  const attw = projectPath('node_modules/@arethetypeswrong/cli/dist/index.js');
  const run = await runNode([attw, packed.tarball, '--profile', 'esm-only', '--no-color']);
  t.is(run.status, 0, run.stdout + run.stderr);
});

test('a program that is installed writes, reads, transacts and checks', async (t) => {
  const run = await runScript(
    'use.mjs',
    `import { openVolume, FsError } from 'cabinetfs';
     const volume = await openVolume('used.cabinet', { durability: 'full' });
     const fs = volume.fs.promises;
     await fs.mkdir('/a');
     await fs.writeFile('/a/text', 'installed');
     await volume.transaction((tx) => { tx.rename('/a/text', '/a/moved'); tx.chmod('/a/moved', 0o600); });
     const error = await fs.stat('/a/text').catch((reason) => reason);
     const { ok } = await volume.check({ content: true });
     console.log(JSON.stringify({
       text: await fs.readFile('/a/moved', 'utf8'),
       error: error instanceof FsError && error.code,
       ok,
       migrations: volume.migrations.applied.length,
     }));
     await volume.close();`,
  );
  t.is(run.stderr, '');
  t.deepEqual(JSON.parse(run.stdout), {
    text: 'installed',
    error: 'ENOENT',
    ok: true,
    migrations: projectFiles('migrations', '.sql').length,
  });
});

test('the command that is installed makes, fills and reads a volume', async (t) => {
  const { version } = JSON.parse(readProjectFile('package.json')) as { version: string };
  t.true((await cabinet('--version')).stdout.includes(version));
  await writeFile(inHome('letter.txt'), 'Dear reader');
  for (const args of [
    ['create', 'made.cabinet'],
    ['put', 'made.cabinet', 'letter.txt', '/letter.txt'],
    ['check', 'made.cabinet'],
  ]) {
    const run = await cabinet(...args);
    t.is(run.status, 0, `${args.join(' ')}: ${run.stdout}${run.stderr}`);
  }
  const read = await cabinet('cat', 'made.cabinet', '/letter.txt');
  t.is(read.stdout, 'Dear reader');
});

test('TypeScript programs compile against the declarations', async (t) => {
  await writeFile(
    inHome('use.ts'),
    `import { FsError, openVolume, type Volume } from 'cabinetfs';
     const volume: Volume = await openVolume(undefined, { durability: 'full', queuePolicy: 'reject' });
     const text: string | Buffer = await volume.fs.promises.readFile('/a', 'utf8').catch((error: unknown) => {
       if (error instanceof FsError && error.errno < 0) return '';
       throw error;
     });
     await volume.transaction((tx) => tx.writeFile('/b', text, { ifVersion: 0 }));
     // @ts-expect-error There is no such option.
     await openVolume('x', { durabilty: 'full' });
     await volume.close();`,
  );
  const types = projectPath('node_modules/@types');
  const run = await runNode(
    [
      projectPath('node_modules/typescript/bin/tsc'),
      ...['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022'],
      ...['--module', 'nodenext', '--lib', 'es2023,esnext.disposable'],
      ...['--typeRoots', types, '--types', 'node', 'use.ts'],
    ],
    { cwd: home },
  );
  t.is(run.status, 0, run.stdout + run.stderr);
});

test('the documents that are packed are the ones that the readme links to', async (t) => {
  const readme = await readFile(projectPath('README.md'), 'utf8');
  const linked = [...readme.matchAll(/\]\((docs\/[^)#]+)/g)].map(([, path]) => path as string);
  const paths = new Set(packed.files.map(({ path }) => path));
  t.deepEqual(
    linked.filter((path) => !paths.has(path)),
    [],
  );
});
