/** What the numbers were measured on. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import Database from 'better-sqlite3';

export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly memoryGiB: number;
  readonly system: string;
  readonly disk: string;
  readonly loadAverage: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** Describes the machine, and the filesystem that `folder` is on. */
export function describeMachine(folder: string): Machine {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    cpu: `${processors.length} x ${processors[0]?.model ?? 'unknown'}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    disk: filesystemType(folder),
    loadAverage: loadavg()[0] ?? 0,
    versions: {
      cabinetfs: packageVersion('../../../package.json'),
      node: process.versions.node,
      'better-sqlite3': packageVersion('../../../node_modules/better-sqlite3/package.json'),
      sqlite: sqliteVersion(),
    },
  };
}

export function machineLines(machine: Machine): string[] {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${machine.date} UTC, load ${machine.loadAverage.toFixed(1)}`,
    `${machine.cpu}, ${machine.memoryGiB} GiB, ${machine.system}, ${machine.disk}`,
    versions.join(', '),
  ];
}

function filesystemType(folder: string): string {
  const { stdout } = spawnSync('df', ['--output=fstype', folder], { encoding: 'utf8' });
  return stdout?.trim().split('\n').at(-1) ?? 'unknown filesystem';
}

function packageVersion(relative: string): string {
  const text = readFileSync(new URL(relative, import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function sqliteVersion(): string {
  const database = new Database(':memory:');
  try {
    return database.prepare('SELECT sqlite_version()').pluck().get() as string;
  } finally {
    database.close();
  }
}
