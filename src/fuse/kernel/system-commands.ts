/**
 * The programs of the system that mount and unmount. Every value is an argument of its own: no shell sees
 * a path, and no name gets among the mount options.
 */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
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
  readonly fd?: number;
  /** After which it is killed and not waited for any more: it may be stuck in the kernel. */
  readonly timeoutMs?: number;
}

function run(
  command: string,
  args: readonly string[],
  { fd, timeoutMs }: RunOptions = {},
): Promise<CommandRun> {
  return new Promise((resolve) => {
    const stdio = ['ignore', 'ignore', 'pipe', ...(fd === undefined ? [] : [fd])] as const;
    const child = spawn(command, [...args], { stdio: [...stdio], env: ENVIRONMENT });
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
  return run('mount', args, { fd });
}

/** Unmounts; EBUSY while somebody uses it. */
export function runUnmount(dir: string): Promise<CommandRun> {
  return run('umount', ['-i', dir]);
}

/** Takes the mount out of the tree; it ends when nobody uses it any more. */
export function runLazyUnmount(dir: string): Promise<CommandRun> {
  return run('umount', ['-i', '-l', dir]);
}

/**
 * The same for one whose server does not answer: the kernel ends the connection, and who waits for an
 * answer gets an error.
 */
export function runAbort(dir: string): Promise<CommandRun> {
  return run('umount', ['-i', '-f', '-l', dir], { timeoutMs: SYNC_TIMEOUT_MS });
}

/** Asks the filesystem at a directory for something that the kernel never answers by itself. */
export function runAsk(dir: string, timeoutMs: number): Promise<CommandRun> {
  return run('stat', ['-f', dir], { timeoutMs });
}

/** The same for a process that is about to end; both wait. */
export function unmountNow(dir: string): boolean {
  return spawnNow('umount', ['-i', dir]).status === 0;
}

export function lazyUnmountNow(dir: string): boolean {
  return spawnNow('umount', ['-i', '-l', dir]).status === 0;
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
