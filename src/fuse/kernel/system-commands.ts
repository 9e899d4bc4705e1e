/**
 * The programs of the system that mount and unmount. Every value is an argument of its own: no shell sees
 * a path, and no name gets among the mount options.
 */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { SUBTYPE } from './mount-table.js';

export interface CommandRun {
  /** Null when a signal ended it, or it could not be started. */
  readonly status: number | null;
  /** What it said, without blanks around it. */
  readonly said: string;
  /** Why it could not be started. */
  readonly error?: Error;
}

/** Messages are looked at: they have to be those of the C locale. */
const ENVIRONMENT = { ...process.env, LC_ALL: 'C' };
/** For commands of which nothing must be left hanging, in milliseconds. */
const SYNC_TIMEOUT_MS = 10_000;

interface RunOptions {
  /** Becomes the program's descriptor 3. */
  readonly third?: number | Socket | 'pipe';
  readonly env?: NodeJS.ProcessEnv;
  /** After which it is killed and not waited for any more: it may be stuck in the kernel. */
  readonly timeoutMs?: number;
}

function run(
  command: string,
  args: readonly string[],
  { third, env = {}, timeoutMs }: RunOptions = {},
): Promise<CommandRun> {
  return new Promise((resolve) => {
    const stdio = ['ignore', 'ignore', 'pipe', ...(third === undefined ? [] : [third])] as const;
    const options = { stdio: [...stdio], env: { ...ENVIRONMENT, ...env } };
    const child = spawn(command, [...args], options);
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.on('error', (error) => resolve({ status: null, said: '', error }));
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            child.kill('SIGKILL');
            child.unref();
            child.stderr?.destroy();
            resolve({ status: null, said: '' });
          }, timeoutMs);
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ status, said: said.trim() });
    });
  });
}

function spawnNow(command: string, args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(command, [...args], {
    stdio: ['ignore', 'ignore', 'ignore'],
    encoding: 'utf8',
    env: ENVIRONMENT,
    timeout: SYNC_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
}

export interface MountRequest {
  /** Descriptor of /dev/fuse. */
  readonly fd: number;
  /** Absolute, without links. */
  readonly dir: string;
  readonly source: string;
  readonly isReadOnly: boolean;
  readonly allowOther: boolean;
  readonly defaultPermissions: boolean;
  readonly suid: boolean;
  readonly dev: boolean;
}

/** Mounts; the descriptor is that of the connection from then on. */
export function runMount({ fd, dir, source, ...options }: MountRequest): Promise<CommandRun> {
  const words = [
    'fd=3',
    'rootmode=40000',
    `user_id=${process.getuid?.() ?? 0}`,
    `group_id=${process.getgid?.() ?? 0}`,
    `subtype=${SUBTYPE}`,
    options.suid ? 'suid' : 'nosuid',
    options.dev ? 'dev' : 'nodev',
    options.isReadOnly ? 'ro' : 'rw',
    ...(options.defaultPermissions ? ['default_permissions'] : []),
    ...(options.allowOther ? ['allow_other'] : []),
  ];
  const args = ['-i', '-t', 'fuse', '-o', words.join(','), '--source', source, '--target', dir];
  return run('mount', args, { third: fd });
}

/** Programs that mount and unmount for ordinary users; of the packages `fuse` and `fuse3`. */
const HELPERS = ['fusermount', 'fusermount3'];
/** Where they are, whatever the path of the user says. */
const HELPER_FOLDERS = ['/usr/bin', '/bin'];

/** The setuid program that mounts for ordinary users; undefined where there is none. */
export function findHelper(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...HELPER_FOLDERS];
  const places = HELPERS.flatMap((name) =>
    folders.filter((folder) => folder !== '').map((folder) => join(folder, name)),
  );
  return places.find((place) => existsSync(place));
}

/** Whether this process may mount by itself: root may, also that of a user namespace. */
export function mayMount(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Has the helper do something; it sends the descriptor of a mount over `socket`. With 'pipe' that goes
 * nowhere.
 */
export function runHelper(
  helper: string,
  args: readonly string[],
  socket: Socket | 'pipe',
): Promise<CommandRun> {
  return run(helper, args, { third: socket, env: { _FUSE_COMMFD: '3' } });
}

type Arguments = readonly [command: string, args: readonly string[]];

/** Who may not unmount by itself has mounted through the helper, and unmounts through it. */
function unmounting(dir: string, isLazy: boolean): Arguments {
  const helper = mayMount() ? undefined : findHelper();
  if (helper === undefined) return ['umount', ['-i', ...(isLazy ? ['-l'] : []), dir]];
  return [helper, ['-u', ...(isLazy ? ['-z'] : []), '--', dir]];
}

/** Unmounts; EBUSY while somebody uses it. */
export function runUnmount(dir: string): Promise<CommandRun> {
  return run(...unmounting(dir, false));
}

/** Takes the mount out of the tree; it ends when nobody uses it any more. */
export function runLazyUnmount(dir: string): Promise<CommandRun> {
  return run(...unmounting(dir, true));
}

/** The helper has no such order, and only has it leave the tree. To root of a user namespace it is refused. */
function aborting(dir: string): Arguments {
  return mayMount() ? ['umount', ['-i', '-f', '-l', dir]] : unmounting(dir, true);
}

/** The same, and the kernel ends the connection at once: who waits for an answer gets an error. */
export function runAbort(dir: string): Promise<CommandRun> {
  return run(...aborting(dir), { timeoutMs: SYNC_TIMEOUT_MS });
}

/**
 * Has the kernel's files about its FUSE connections where they are not mounted, while `work` uses the directory that they are
 * in; false, and nothing done, where they cannot be had.
 */
export function withControlFiles(work: (dir: string) => boolean): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'cabinetfs-fusectl-'));
  try {
    if (spawnNow('mount', ['-t', 'fusectl', 'none', dir]).status !== 0) return false;
    try {
      return work(dir);
    } finally {
      spawnNow('umount', ['-l', dir]);
    }
  } finally {
    rmdirSync(dir);
  }
}

/** Asks the filesystem at a directory for something that the kernel never answers by itself. */
export function runAsk(dir: string, timeoutMs: number): Promise<CommandRun> {
  return run('stat', ['-f', dir], { timeoutMs });
}

/** The same for a process that is about to end; both wait. */
export function unmountNow(dir: string): boolean {
  return spawnNow(...unmounting(dir, false)).status === 0;
}

export function lazyUnmountNow(dir: string): boolean {
  return spawnNow(...unmounting(dir, true)).status === 0;
}

export function abortNow(dir: string): boolean {
  return spawnNow(...aborting(dir)).status === 0;
}

export function syncNow(dir: string): void {
  spawnNow('sync', ['-f', dir]);
}

/** Sends a request to the filesystem at `path` and waits for the answer, for a while. */
export function pokeNow(path: string): void {
  spawnNow('stat', ['-f', path]);
}

/** Has everything written that the kernel keeps for the filesystem of a directory. */
export function runSync(dir: string): Promise<CommandRun> {
  return run('sync', ['-f', dir]);
}
