/**
 * A volume that is mounted for one test, served by a thread, and unmounted, checked and removed at the
 * end. The test fails when a request failed of what has no errno.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ExecutionContext } from 'ava';
import { DeskKeeper } from '#src/fuse/desk-keeper.js';
import type { OpenOptions, Volume } from '../../support/subject.js';
import { withVolume } from '../../support/temporary-volume.js';

export interface Mounted {
  /** Where it is mounted. */
  readonly dir: string;
  readonly volume: Volume;
  /** A folder on the disk beside it, removed at the end. */
  readonly beside: string;
}

export interface MountedOptions {
  /** As long as the kernel may remember; what the library changes is not told to it here. @defaultValue 60000 */
  readonly cacheMs?: number;
  readonly accessTimes?: 'relatime' | 'noatime';
  readonly open?: OpenOptions;
}

const SERVE_THREAD = fileURLToPath(import.meta.resolve('#src/fuse/kernel/serve-thread.js'));

/** Why nothing can be mounted here; undefined when it can. */
export function mountRefusal(): string | undefined {
  if (process.getuid?.() !== 0) return 'mounting takes root';
  try {
    closeSync(openSync('/dev/fuse', 'r+'));
    return undefined;
  } catch (error) {
    return `no /dev/fuse: ${(error as Error).message}`;
  }
}

function mount(dir: string): number {
  const fd = openSync('/dev/fuse', 'r+');
  const options =
    'fd=3,rootmode=040000,user_id=0,group_id=0,default_permissions,allow_other,dev,suid,exec';
  const mounted = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'cabinetfs-test', dir], {
    stdio: ['ignore', 'pipe', 'pipe', fd],
  });
  if (mounted.status === 0) return fd;
  closeSync(fd);
  throw new Error(`mount: ${String(mounted.stderr)}`);
}

function unmount(dir: string): void {
  if (spawnSync('umount', [dir]).status === 0) return;
  const lazily = spawnSync('umount', ['-l', dir]);
  throw new Error(`'${dir}' was busy at the end; umount -l: ${String(lazily.stderr)}`);
}

const GONE: readonly unknown[] = ['ENOENT', 'ENODEV', 'EBADF', 'ENOTCONN'];

function send(fd: number, bytes: Uint8Array): void {
  try {
    writeSync(fd, bytes);
  } catch (error) {
    if (!GONE.includes((error as { code?: unknown }).code)) throw error;
  }
}

/** Mounts a new volume and runs `fn` with it. */
export function withMount<T>(
  t: ExecutionContext,
  options: MountedOptions,
  fn: (mounted: Mounted) => T | Promise<T>,
): Promise<T> {
  return withVolume(t, options.open ?? {}, async ({ volume, folder }) => {
    const dir = join(folder, 'mount');
    const beside = join(folder, 'beside');
    mkdirSync(dir);
    mkdirSync(beside);
    const errors: string[] = [];
    const fd = mount(dir);
    const { client } = { client: volume.internals.writer };
    const keeper = new DeskKeeper({
      client,
      send: (bytes) => send(fd, bytes),
      onError: (error, request) => errors.push(`${request}: ${String((error as Error).stack)}`),
    });
    const handle = volume.connect();
    const desk = keeper.open();
    const { cacheMs = 60_000, accessTimes } = options;
    const thread = new Worker(SERVE_THREAD, {
      workerData: {
        fd,
        volume: handle,
        options: { cacheMs, isReadOnly: false, accessTimes },
        desk,
      },
      transferList: [...handle.transferList, desk.port],
    });
    thread.on('error', (error) => errors.push(String(error.stack)));
    const ended = new Promise((resolve) => thread.on('exit', resolve));
    try {
      return await fn({ dir, volume, beside });
    } finally {
      unmount(dir);
      await ended;
      keeper.close();
      closeSync(fd);
      t.deepEqual(errors, [], 'requests failed without an errno');
    }
  });
}
