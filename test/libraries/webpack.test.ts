/** webpack bundles from a volume into a volume, its cache too, what it bundles on disk. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import webpack from 'webpack';
import { exportTree } from '#src/index.js';
import { runNode } from '../support/run-program.js';
import type { NodeFs } from '../support/subject.js';
import { type Place, treeOf, withPlaces } from './places.js';

const PACKAGES = ['commander', 'generic-pool', 'async-lock', 'ignore', 'pako'];
const PARTS = PACKAGES.map((name) => `node_modules/${name}`);

const ENTRY = `
import { Command } from 'commander';
import pool from 'generic-pool';
import lock from 'async-lock';
import ignore from 'ignore';
import pako from 'pako';
const lazy = await import('./lazy.js');
const text = pako.inflate(pako.deflate('deflated'), { to: 'string' });
console.log([new Command('x').name(), typeof pool.createPool, typeof lock, text].join());
console.log(ignore().add('*.js').ignores('a.js'), lazy.data.name);
`;

function addSources(root: string): void {
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'entry.js'), ENTRY);
  writeFileSync(join(root, 'data.json'), '{ "name": "lazy" }');
  writeFileSync(join(root, 'lazy.js'), "export { default as data } from './data.json';\n");
}

function configuration(root: string): webpack.Configuration {
  return {
    mode: 'production',
    target: 'node20',
    context: root,
    entry: './entry.js',
    devtool: 'source-map',
    optimization: { minimize: false },
    output: {
      path: join(root, 'build'),
      filename: '[name].[contenthash].cjs',
      chunkFilename: '[name].[contenthash].cjs',
      uniqueName: 'bundle',
      clean: true,
    },
    cache: {
      type: 'filesystem',
      cacheDirectory: join(root, 'cache'),
      // webpack would look for itself in the volume, and keep no cache when it is not there.
      buildDependencies: { defaultWebpack: [] },
      idleTimeoutForInitialStore: 0,
    },
    infrastructureLogging: { level: 'error' },
  };
}

interface Built {
  /** The file to run. */
  readonly main: string;
  /** Modules that were built, not taken from the cache. */
  readonly built: number;
}

/** As a plugin, because the cache takes its filesystem before `webpack` returns. */
function onFileSystem(fs: NodeFs): (compiler: webpack.Compiler) => void {
  return (compiler) => {
    compiler.inputFileSystem = fs as NonNullable<typeof compiler.inputFileSystem>;
    compiler.outputFileSystem = fs as NonNullable<typeof compiler.outputFileSystem>;
    compiler.intermediateFileSystem = fs as NonNullable<typeof compiler.intermediateFileSystem>;
  };
}

/** A compiler of its own for each build, as in one process after another. */
async function build({ fs, root }: Place): Promise<Built> {
  const compiler = webpack({ ...configuration(root), plugins: [onFileSystem(fs)] });
  const stats = await new Promise<webpack.Stats>((resolve, reject) => {
    compiler.run((error, done) => (done === undefined ? reject(error) : resolve(done)));
  });
  // Closing writes the cache.
  await new Promise<void>((resolve, reject) => {
    compiler.close((error) => (error ? reject(error) : resolve()));
  });
  if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString('errors-warnings'));
  const { modules, builtModules: wasBuilt } = stats.compilation;
  const builtModules = [...modules].filter((module) => wasBuilt.has(module));
  const main = [...(stats.compilation.chunkGroups[0]?.getFiles() ?? [])].find(isProgram);
  return { main: main ?? '', built: builtModules.length };
}

function isProgram(file: string): boolean {
  return file.startsWith('main.') && file.endsWith('.cjs');
}

test('webpack bundles in a volume what it bundles on disk', async (t) => {
  await withPlaces(
    t,
    { parts: PARTS, add: addSources },
    async ({ disk, volume, behind, folder }) => {
      const expected = await build(disk);
      const first = await build(volume);
      t.deepEqual(first, expected);
      t.deepEqual(await treeOf(volume, 'build'), await treeOf(disk, 'build'));

      const bundle = join(folder, 'bundle');
      await exportTree(behind, bundle, { from: join(volume.root, 'build') });
      const { stdout, stderr } = await runNode([join(bundle, first.main)]);
      t.is(`${stdout}${stderr}`, 'x,function,function,deflated\ntrue lazy\n');

      const again = await build(volume);
      t.true(
        again.built < first.built / 2,
        `${again.built} of ${first.built} built with the cache`,
      );
      volume.fs.writeFileSync(join(volume.root, 'data.json'), '{ "name": "changed" }');
      const changed = await build(volume);
      t.true(changed.built > 0 && changed.built < first.built / 2);
      t.true(JSON.stringify(await bundleText(volume)).includes('changed'));
    },
  );
});

async function bundleText({ fs, root }: Place): Promise<readonly string[]> {
  const names = await fs.promises.readdir(join(root, 'build'));
  return await Promise.all(
    names.map((name) => fs.promises.readFile(join(root, 'build', name), 'utf8')),
  );
}
