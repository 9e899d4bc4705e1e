/** What is said when a mount cannot be had, or cannot be ended. */
import { VolumeError } from '../../core/errors.js';
import { describeHolders } from './holders.js';
import type { MountEntry } from './mount-table.js';
import type { CommandRun } from './system-commands.js';

const RIGHTS =
  'Mounting needs root, a user namespace of its own (`unshare --user --map-root-user --mount`), or ' +
  '`fusermount` (apt-get install fuse) with the optional npm package usocket or fuse-native.';

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

/** Nothing that an ordinary user may mount through is there. */
export function noTransport(dir: string): VolumeError {
  return mountFailed(dir, 'this user may not mount by itself', RIGHTS);
}

/** The program that mounts for ordinary users refused. */
export function helperRefused(dir: string, { status, said, error }: CommandRun): VolumeError {
  if (error !== undefined) return noHelper(dir, error);
  const why = lastLine(said) || `\`fusermount\` ended with ${status ?? 'a signal'}`;
  return mountFailed(dir, why, helperHint(said));
}

export function noHelper(dir: string, cause?: unknown): VolumeError {
  return mountFailed(dir, 'there is no `fusermount`', 'Install it: apt-get install fuse', cause);
}

function helperHint(said: string): string {
  if (/user_allow_other/.test(said)) {
    return 'Root has to write `user_allow_other` into /etc/fuse.conf, or mount without `allowOther`.';
  }
  if (/\/dev\/fuse|fuse device/.test(said)) {
    return 'Root has to let users open it: `chmod 666 /dev/fuse`.';
  }
  if (/write access/.test(said)) return 'The directory has to belong to the user who mounts.';
  return 'fusermount(1) says who may mount where; /etc/fuse.conf bounds it.';
}

/** An optional package is missing, or cannot be loaded here. */
export function packageMissing(dir: string, name: string, cause: unknown): VolumeError {
  const reason = (cause as Error).message?.split('\n')[0] ?? String(cause);
  return mountFailed(
    dir,
    `the optional package ${name} cannot be loaded (${reason})`,
    `Install what it needs and then it: apt-get install fuse gcc g++ make python3; npm install ${name}`,
    cause,
  );
}

export async function mountBusy(mount: MountEntry): Promise<VolumeError> {
  const holders = await describeHolders(mount);
  return new VolumeError('ERR_MOUNT_BUSY', `'${mount.dir}' is in use: ${holders}.`, {
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
  return new VolumeError('ERR_MOUNT_LOST', `What served '${dir}' has ended unexpectedly.`, {
    path: dir,
    hint: 'The volume is as it was; mount it again. Please report this.',
    cause,
  });
}

function lastLine(text: string): string {
  return (text.split('\n').findLast((line) => line.trim() !== '') ?? '').trim().replace(/\.$/, '');
}
