/** The directory of a volume that a transfer works in. */
import type { Ino } from '../core/ino.js';
import { isDirectory, MODE_BITS } from '../core/mode.js';
import { readStep } from '../fs/calls/step.js';
import { findWithoutLinks } from '../ops/find-without-links.js';
import type { Inode } from '../store/inode-table.js';
import type { Store } from '../store/store.js';
import type { Volume } from '../volume/volume.js';
import type { CommandInput } from '../writer/outbox.js';
import type { EntryAttributes } from './entry-attributes.js';
import type { XattrList } from './xattrs.js';

export interface TargetDirectory {
  /** Its path without links and dots. */
  readonly path: string;
  /** Whether the import made it, or it was empty: then nothing below needs to be looked for. */
  readonly isFresh: boolean;
}

/** Makes the directory of an import and everything above it that is missing. */
export async function openTarget(volume: Volume, path: string): Promise<TargetDirectory> {
  const fs = volume.fs.promises;
  const made = await fs.mkdir(path, { recursive: true });
  const real = (await fs.realpath(path)) as string;
  const isFresh =
    made !== undefined || readVolume(volume, (store) => isEmptyDirectory(store, real));
  return { path: real, isFresh };
}

function isEmptyDirectory(store: Store, path: string): boolean {
  const inode = findWithoutLinks(store, path);
  return inode !== undefined && isDirectory(inode.mode) && store.dentries.isEmpty(inode.ino);
}

/** One read of everything that is committed. */
export function readVolume<T>(volume: Volume, read: (store: Store) => T): T {
  return volume.runner.readNow(readStep({ syscall: 'read' }, read));
}

/** Number of a directory or file that is known to be there. */
export function inoOf(volume: Volume, path: string): Ino | undefined {
  return readVolume(volume, (store) => findWithoutLinks(store, path)?.ino);
}

/** Gives the target of an import the attributes of the directory it came from. */
export async function alignDirectory(
  volume: Volume,
  path: string,
  { mode, uid, gid, mtime, atime }: EntryAttributes,
  xattrs: XattrList,
): Promise<void> {
  const commands: CommandInput[] = [
    { name: 'chown', args: [path, uid, gid, false] },
    { name: 'chmod', args: [path, mode & MODE_BITS] },
    ...xattrs.map(([name, data]) => ({
      name: 'setXattr' as const,
      args: [path, name, 'either', false],
      data,
    })),
    { name: 'utimes', args: [path, atime, mtime, false] },
  ];
  await volume.runner.writer().submitJob({ commands, isTransaction: true });
}

/** Entries of a volume as an import finds them, by directory. */
export function lookUp(volume: Volume, directory: Ino, name: string): Inode | undefined {
  return readVolume(volume, (store) => store.dentries.lookup(directory, name));
}
