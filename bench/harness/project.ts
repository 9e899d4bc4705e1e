/** Places inside the project that scenarios refer to. */
import { fileURLToPath } from 'node:url';

/** Compiled benchmark files are in build/bench/<folder>/, three levels below the project. */
function projectPath(relative: string): string {
  return fileURLToPath(new URL(`../../../${relative}`, import.meta.url));
}

/** The compiled `cabinet` command. */
export const CABINET_COMMAND: string = projectPath('dist/cli/main.js');
/** A real tree: many small files, some large ones, symbolic links. */
export const REAL_TREE: string = projectPath('node_modules');

/** The compiled file of a program in bench/children/. */
export function childProgram(name: string): string {
  return projectPath(`build/bench/children/${name}.js`);
}
