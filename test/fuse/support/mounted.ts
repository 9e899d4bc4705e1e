/**
 * A volume that is mounted for one test as programs find it (`volume.mount`, two serving threads), and
 * unmounted, checked and removed at the end. The test fails when a request failed of what has no errno.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { OpenOptions, Volume } from '../../support/subject.js';
import { withVolume } from '../../support/temporary-volume.js';
import { NO_MOUNT } from '../mount/mounting.js';

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
  readonly writeback?: boolean;
  readonly locks?: 'shared' | 'local';
  readonly birthTimes?: boolean;
  readonly open?: OpenOptions;
  /** @defaultValue 'kernel' */
  readonly transport?: 'kernel' | 'fuse-native';
}

/** Why nothing can be mounted here; undefined when it can. */
export function mountRefusal(): string | undefined {
  return process.getuid?.() === 0 ? NO_MOUNT : 'these tests take root';
}

const MOUNT_OPTIONS = { threads: 2, suid: true, dev: true, allowOther: true } as const;

/** Mounts a new volume and runs `fn` with it. */
export function withMount<T>(
  t: ExecutionContext,
  options: MountedOptions,
  fn: (mounted: Mounted) => T | Promise<T>,
): Promise<T> {
  const { open = {}, cacheMs = 60_000, accessTimes = 'relatime', writeback = false } = options;
  const { transport = 'kernel', locks = 'shared', birthTimes = false } = options;
  return withVolume(t, open, async ({ volume, folder }) => {
    const dir = join(folder, 'mount');
    const beside = join(folder, 'beside');
    mkdirSync(dir);
    mkdirSync(beside);
    const warnings: string[] = [];
    const note = (warning: Error): void => {
      if (warning.message.includes(`'${dir}'`))
        warnings.push(`${warning.message}\n${warning.stack}`);
    };
    process.on('warning', note);
    const mount = await volume.mount(dir, {
      ...MOUNT_OPTIONS,
      cacheMs,
      accessTimes,
      writeback,
      transport,
      locks,
      birthTimes,
    });
    try {
      return await fn({ dir, volume, beside });
    } finally {
      await mount.unmount().catch(async (error: unknown) => {
        await mount.unmount({ force: true });
        throw error;
      });
      process.off('warning', note);
      t.deepEqual([mount.errors, ...warnings], [0], 'requests failed without an errno');
    }
  });
}
