/** What is said when a mount cannot be had, or cannot be ended. */
import { VolumeError } from '../../core/errors.js';
import { describeHolders } from './holders.js';
import type { MountEntry } from './mount-table.js';
import type { CommandRun } from './system-commands.js';

const RIGHTS =
  'Mounting needs root, or a user namespace of its own: `unshare --user --map-root-user --mount`.';

export function badMountPoint(
  dir: string,
  why: string,
  hint: string,
  cause?: unknown,
): VolumeError {
  return new VolumeError('ERR_MOUNT_POINT', `'${dir}' cannot be mounted on: ${why}.`, {
    path: dir,
    hint,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The device cannot be opened. */
export function noDevice(dir: string, cause: NodeJS.ErrnoException): VolumeError {
  const isMissing = cause.code === 'ENOENT' || cause.code === 'ENODEV' || cause.code === 'ENXIO';
  const hint = isMissing
    ? 'Load the module (`modprobe fuse`), or start the container with `--device /dev/fuse`.'
    : RIGHTS;
  return mountFailed(dir, `/dev/fuse cannot be opened (${cause.code})`, hint, cause);
}

export function mountFailed(dir: string, why: string, hint: string, cause?: unknown): VolumeError {
  return new VolumeError('ERR_MOUNT_FAILED', `'${dir}' cannot be mounted: ${why}.`, {
    path: dir,
    hint,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** `mount` refused, or is not there. */
export function mountRefused(dir: string, { status, said, error }: CommandRun): VolumeError {
  if (error !== undefined) {
    return mountFailed(dir, 'there is no `mount`', 'Install the package util-linux.', error);
  }
  const why = lastLine(said) || `\`mount\` ended with ${status ?? 'a signal'}`;
  const isDenied = /superuser|permission denied|not permitted/i.test(said);
  return mountFailed(dir, why, isDenied ? RIGHTS : 'The log of the kernel (`dmesg`) may say more.');
}

export function unmountRefused(dir: string, { status, said, error }: CommandRun): VolumeError {
  const why =
    error === undefined
      ? lastLine(said) || `\`umount\` ended with ${status ?? 'a signal'}`
      : 'there is no `umount`';
  return new VolumeError('ERR_MOUNT_FAILED', `'${dir}' cannot be unmounted: ${why}.`, {
    path: dir,
    hint: 'Unmounting needs the rights of who mounted it.',
    ...(error === undefined ? {} : { cause: error }),
  });
}

export function mountBusy(mount: MountEntry): VolumeError {
  return new VolumeError('ERR_MOUNT_BUSY', `'${mount.dir}' is in use: ${describeHolders(mount)}.`, {
    path: mount.dir,
    hint: 'End these, or unmount with `force`.',
  });
}

export function notMounted(dir: string): VolumeError {
  return new VolumeError('ERR_NOT_MOUNTED', `There is no volume mounted at '${dir}'.`, {
    path: dir,
    hint: '`findmnt -t fuse.cabinetfs` shows those that are.',
  });
}

export function mountLost(dir: string, cause: unknown): VolumeError {
  return new VolumeError('ERR_MOUNT_LOST', `The threads that served '${dir}' ended unexpectedly.`, {
    path: dir,
    hint: 'The volume is as it was; mount it again. Please report this.',
    cause,
  });
}

function lastLine(text: string): string {
  return (text.split('\n').findLast((line) => line.trim() !== '') ?? '').trim().replace(/\.$/, '');
}
