/**
 * The programs of threads and processes of their own, and where they are. The package has each of them as
 * one file (.ci/bundle.mjs): loading its modules one by one takes longer than all else it does at its start.
 */
import { fileURLToPath } from 'node:url';

/** By the path of the source, without its ending. */
export const PROGRAMS = [
  'fuse/kernel/serve-thread',
  'fuse/kernel/witness-thread',
  'fuse/process/serving-process',
  'maintenance/archive/archive-thread',
  'maintenance/archive/materialise-task',
  'maintenance/backup/copy-process',
  'maintenance/backup/pin-task',
  'maintenance/check/repair',
  'maintenance/check/thread',
  'maintenance/compact/full-task',
  'maintenance/migrate/migrate-task',
  'maintenance/processes/search-child',
  'maintenance/processes/search-thread',
  'maintenance/query/child',
  'maintenance/query/guard',
  'maintenance/stats/scan',
  'transfer/salvage/process',
  'writer/checkpoint-task',
  'writer/thread',
] as const;

export type Program = (typeof PROGRAMS)[number];

/** Given by the bundler: the way from the file that this is in to the folder of all. */
declare const BUNDLE_ROOT: string | undefined;

const IS_BUNDLED: boolean = typeof BUNDLE_ROOT === 'string';
const ROOT: URL = new URL(IS_BUNDLED ? (BUNDLE_ROOT as string) : '../', import.meta.url);
/** `dist` is in the package's folder, `build/src` a step further down. */
const PACKAGE: URL = new URL(IS_BUNDLED ? '../' : '../../', ROOT);

export function programUrl(program: Program): URL {
  return new URL(`${program}.js`, ROOT);
}

export function programPath(program: Program): string {
  return fileURLToPath(programUrl(program));
}

/** What the build has made beside the programs. */
export function builtFile(path: string): string {
  return fileURLToPath(new URL(path, ROOT));
}

/** A file or folder of the package, beside its package.json. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(path, PACKAGE));
}
