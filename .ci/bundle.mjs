// Makes `dist` of what the compiler wrote to `build/src`: the library, the command, each program of a
// thread or a process, and the scripts of the pages, each in as few files as can be. Part of `npm run build`.
//
// They share no files: no thread or process shares modules with another anyway, and what is shared between
// many would be cut into many pieces.
import { readdirSync, rmSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { PROGRAMS } from '../build/src/core/programs.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiled = join(root, 'build/src');
const dist = join(root, 'dist');

/** Names stay, for traces of errors. */
const COMMON = {
  absWorkingDir: root,
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
};

removeEarlier();
for (const program of ['index', 'cli/main', ...PROGRAMS]) await bundleProgram(program);
for (const tree of [compiled, dist]) await bundlePages(tree);

/** Declarations stay: those are the compiler's. */
function removeEarlier() {
  for (const file of readdirSync(dist, { recursive: true })) {
    if (/\.js(\.map)?$/.test(file)) rmSync(join(dist, file));
  }
}

/** What it imports late comes to files beside it, so that all of them find others by one way (BUNDLE_ROOT). */
async function bundleProgram(program) {
  const folder = posix.dirname(program);
  const depth = program.split('/').length - 1;
  await build({
    ...COMMON,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    packages: 'external',
    splitting: true,
    sourcemap: true,
    entryPoints: [join(compiled, `${program}.js`)],
    outdir: dist,
    outbase: compiled,
    chunkNames: posix.join(folder, '[name]-[hash]'),
    define: { BUNDLE_ROOT: JSON.stringify(depth === 0 ? './' : '../'.repeat(depth)) },
  });
}

/** The server puts them into its documents: one script each, in the tree that is served from. */
async function bundlePages(tree) {
  await build({
    ...COMMON,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    entryPoints: ['status', 'login'].map((page) => join(compiled, `http/page/browser/${page}.js`)),
    outdir: join(tree, 'http/page/scripts'),
  });
}
