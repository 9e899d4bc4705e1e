/** The project as files: what tests about its sources, documents and package look at. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of package.json; this file runs as build/test/support/project.js. */
export const PROJECT_ROOT: string = fileURLToPath(new URL('../../../', import.meta.url));

export function projectPath(...parts: readonly string[]): string {
  return join(PROJECT_ROOT, ...parts);
}

export function readProjectFile(path: string): string {
  return readFileSync(projectPath(path), 'utf8');
}

/** Files below `folder` that end in one of `endings`, as paths from the root with `/`. */
export function projectFiles(folder: string, ...endings: readonly string[]): string[] {
  return (
    readdirSync(projectPath(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
      .map((entry) => join(entry.parentPath, entry.name).slice(PROJECT_ROOT.length))
      .map((path) => path.split(sep).join('/'))
      // The packages of bench/peers, where they have been installed, are not the project's.
      .filter((path) => !path.includes('/node_modules/'))
      .sort()
  );
}
