/** Places inside the project that scenarios refer to. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { verify } from './verify.js';

/** Compiled benchmark files are in build/bench/<folder>/, three levels below the project. */
function projectPath(relative: string): string {
  return fileURLToPath(new URL(`../../../${relative}`, import.meta.url));
}

/** The compiled `cabinet` command. */
export const CABINET_COMMAND: string = projectPath('dist/cli/main.js');
/** What programs import as `cabinetfs`. */
export const PACKAGE_ENTRY: string = projectPath('dist/index.js');
/** A real tree: many small files, some large ones, symbolic links. */
export const REAL_TREE: string = projectPath('node_modules');

/** What `npm run bench:peers` installs into. */
export const PEERS_FOLDER: string = projectPath('bench/peers');

/** Makes a project of packages of node_modules that npm installs without a registry. */
export const PACK_PROJECT: string = projectPath('.ci/pack-project.mjs');

/** The compiled file of a program in bench/children/. */
export function childProgram(name: string): string {
  return projectPath(`build/bench/children/${name}.js`);
}

const SOURCE_FOLDERS = ['src', 'test', 'docs', 'bench'];

export interface SourceFile {
  /** From the root of the project. */
  readonly path: string;
  readonly content: Buffer;
}

/** The first `count` files of the project itself, by path; fails when there are fewer. */
export async function readSources(count: number): Promise<readonly SourceFile[]> {
  const root = projectPath('');
  const listings = await Promise.all(
    SOURCE_FOLDERS.map((folder) => {
      return readdir(join(root, folder), { recursive: true, withFileTypes: true });
    }),
  );
  const paths = listings
    .flat()
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes('/node_modules/'))
    .sort()
    .slice(0, count);
  verify(paths.length === count, `the project has ${count} files`);
  const read = async (path: string): Promise<SourceFile> => {
    return { path, content: await readFile(join(root, path)) };
  };
  return await Promise.all(paths.map(read));
}
