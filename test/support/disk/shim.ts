/** The shim between a child process and its files (`disk-shim.c`), compiled when it is first needed. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectPath } from '../project.js';

const SOURCE = projectPath('test/support/disk/disk-shim.c');

export interface ShimPaths {
  /** Everything below it is watched. */
  readonly folder: string;
  /** Where changes are recorded; see `log.ts`. */
  readonly log?: string;
  /** Where faults are asked for; see `faults.ts`. */
  readonly control?: string;
}

/** Compiles the shim into `folder`; its path, or why there is none. */
export function compileShim(folder: string): { path: string } | { why: string } {
  if (process.platform !== 'linux') return { why: 'LD_PRELOAD is tried on Linux only' };
  const path = join(folder, 'disk-shim.so');
  const args = ['-shared', '-fPIC', '-O2', '-o', path, SOURCE, '-ldl', '-lpthread'];
  const { error, status, stderr } = spawnSync('gcc', args, { encoding: 'utf8' });
  if (error !== undefined) return { why: 'there is no gcc' };
  // A compiler that is there and fails is a bug of the shim, not a reason to skip.
  if (status !== 0) throw new Error(`the shim does not compile: ${stderr}`);
  return { path };
}

/** The environment of a child whose files are watched. */
export function shimEnvironment(shim: string, paths: ShimPaths): NodeJS.ProcessEnv {
  return {
    ...process.env,
    LD_PRELOAD: shim,
    CABINET_DISK_FOLDER: paths.folder,
    ...(paths.log === undefined ? {} : { CABINET_DISK_LOG: paths.log }),
    ...(paths.control === undefined ? {} : { CABINET_DISK_CONTROL: paths.control }),
  };
}
