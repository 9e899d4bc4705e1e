/**
 * The package as users get it: packed once, installed in an empty folder once.
 *
 * Nothing is compiled: the native modules that this project has built are copied in, at the versions
 * that it has. npm takes everything else from its cache where it can.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectPath, readProjectFile } from '../support/project.js';
import { type ProgramRun, runProgram } from '../support/run-program.js';

const NATIVE_MODULES = ['better-sqlite3', 'fs-xattr'];
const INSTALL_TIMEOUT_MS = 170_000;

export interface PackedFile {
  readonly path: string;
  readonly size: number;
}

export interface Packed {
  readonly folder: string;
  readonly tarball: string;
  readonly files: readonly PackedFile[];
}

function assertSuccess(what: string, run: ProgramRun): ProgramRun {
  if (run.status === 0) return run;
  throw new Error(`${what} ended with status ${run.status}:\n${run.stdout}${run.stderr}`);
}

/** Packs what `npm run build` has made, without building again. */
export async function packProject(): Promise<Packed> {
  const folder = await mkdtemp(join(tmpdir(), 'cabinetfs-package-'));
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const run = await runProgram('npm', args, { cwd: projectPath('.') });
  const [report] = JSON.parse(assertSuccess('npm pack', run).stdout) as [
    { filename: string; files: PackedFile[] },
  ];
  return { folder, tarball: join(folder, report.filename), files: report.files };
}

/** Installs the tarball below its folder; returns the folder it is installed in. */
export async function installPacked({ folder, tarball }: Packed): Promise<string> {
  const home = join(folder, 'home');
  await mkdir(home);
  const overrides = Object.fromEntries(NATIVE_MODULES.map((name) => [name, versionOf(name)]));
  const manifest = { private: true, type: 'module', overrides };
  await writeFile(join(home, 'package.json'), JSON.stringify(manifest));
  const args = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  const run = await runProgram('npm', [...args, tarball], {
    cwd: home,
    timeoutMs: INSTALL_TIMEOUT_MS,
  });
  assertSuccess('npm install', run);
  for (const name of NATIVE_MODULES) {
    const build = join('node_modules', name, 'build');
    await cp(projectPath(build), join(home, build), { recursive: true });
  }
  return home;
}

function versionOf(name: string): string {
  const manifest = readProjectFile(join('node_modules', name, 'package.json'));
  return (JSON.parse(manifest) as { version: string }).version;
}

export function removePacked({ folder }: Packed): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}
