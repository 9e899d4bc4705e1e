/** Whether a directory can be mounted on; what a server that was killed has left there is cleared away. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { badMountPoint } from './mount-errors.js';
import { isBelow, type MountEntry, mountAround, mountAt, OUR_TYPE } from './mount-table.js';
import { runAsk, runLazyUnmount } from './system-commands.js';

/** More than anybody has mounted on top of each other. */
const STALE_MAX = 100;

interface Wanted {
  /** The volume's file. */
  readonly volumePath: string;
  readonly nonempty: boolean;
}

/** The directory's absolute path without links; throws ERR_MOUNT_POINT with the reason. */
export async function prepareMountPoint(given: string, wanted: Wanted): Promise<string> {
  const dir = await locateMountPoint(given);
  await clearStale(dir);
  await checkDirectory(dir);
  await checkPlace(dir, wanted.volumePath);
  if (!wanted.nonempty) await checkEmpty(dir);
  return dir;
}

/** The same path whether or not what is mounted there answers. Throws ERR_MOUNT_POINT. */
export async function locateMountPoint(given: string): Promise<string> {
  if (typeof given !== 'string' || given === '' || given.includes('\0')) {
    throw badMountPoint(String(given), 'it is no path', 'Name a directory.');
  }
  const path = resolve(given);
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOTCONN') throw unusable(path, error);
    return join(await realpath(dirname(path)), basename(path));
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

function unusable(dir: string, error: unknown): Error {
  if (codeOf(error) === 'ENOENT') {
    return badMountPoint(dir, 'there is no such directory', `Make it: mkdir -p '${dir}'`, error);
  }
  return badMountPoint(dir, `it cannot be looked at (${codeOf(error)})`, 'Choose another.', error);
}

/** What there is of a mount at a directory. */
export type Liveliness = 'none' | 'alive' | 'stale' | 'silent';

/** A server that has not answered for so long is not going to, in milliseconds. */
const ANSWER_MAX_MS = 5000;

/**
 * Whether the server of what is mounted at a directory answers. `stale`: it has gone. `silent`: it hangs, or
 * was killed while it used its own mount: the kernel waits for such a process, which waits for itself.
 */
export async function livelinessOf(dir: string): Promise<Liveliness> {
  if (mountAt(dir) === undefined) return 'none';
  const { status, said, error } = await runAsk(dir, ANSWER_MAX_MS);
  if (status === 0 || error !== undefined) return 'alive';
  if (status === null) return 'silent';
  return /not connected/i.test(said) ? 'stale' : 'alive';
}

/** Takes away what has lost its server. Only ours are. */
export async function clearStale(dir: string): Promise<boolean> {
  for (let count = 0; count < STALE_MAX; count += 1) {
    const liveliness = await livelinessOf(dir);
    if (liveliness === 'silent') throw silent(dir);
    if (liveliness !== 'stale') return count > 0;
    if (mountAt(dir)?.type !== OUR_TYPE) throw foreignStale(dir);
    const { said } = await runLazyUnmount(dir);
    if (said !== '') break;
  }
  throw badMountPoint(
    dir,
    'what is mounted there has lost its server, and cannot be taken away',
    `Unmount it as who mounted it: umount -l '${dir}'`,
  );
}

function foreignStale(dir: string): Error {
  return badMountPoint(
    dir,
    'another filesystem that is mounted there has lost its server',
    `Unmount it: umount -l '${dir}'`,
  );
}

function silent(dir: string): Error {
  return badMountPoint(
    dir,
    `what is mounted there has not answered for ${ANSWER_MAX_MS / 1000} seconds`,
    `If its server was killed: cabinet umount --force '${dir}'. Otherwise wait.`,
  );
}

async function checkDirectory(dir: string): Promise<void> {
  const stats = await stat(dir).catch((error: unknown) => {
    throw unusable(dir, error);
  });
  if (!stats.isDirectory()) throw badMountPoint(dir, 'it is no directory', 'Name a directory.');
  const there = mountAt(dir);
  if (there === undefined) return;
  throw badMountPoint(
    dir,
    `${describe(there)} is mounted there already`,
    'Unmount that, or choose another directory.',
  );
}

function describe({ type, source }: MountEntry): string {
  return type === OUR_TYPE ? `the volume '${source}'` : `a filesystem (${type})`;
}

/** The volume must stay reachable by its path: connections are opened while it is served. */
async function checkPlace(dir: string, volumePath: string): Promise<void> {
  const file = await realpath(volumePath);
  if (isBelow(file, dir)) {
    throw badMountPoint(dir, 'the volume itself is in it', 'Choose a directory beside it.');
  }
  const around = mountAround(dir);
  const isOwn = around?.type === OUR_TYPE && [file, volumePath].includes(around.source);
  if (!isOwn) return;
  throw badMountPoint(
    dir,
    'it is in a mount of the same volume',
    'Choose a directory outside of the volume.',
  );
}

async function checkEmpty(dir: string): Promise<void> {
  const names = await readdir(dir).catch((error: unknown) => {
    throw unusable(dir, error);
  });
  if (names.length === 0) return;
  throw badMountPoint(
    dir,
    `it is not empty ('${names[0]}' is in it)`,
    'Choose an empty directory, or hide what is there with `nonempty`.',
  );
}
