/** Ends a mount at a directory, whichever process serves it: what `cabinet umount` does. */
import type { UnmountOptions } from '../volume/fronts.js';
import { mountBusy, notMounted, unmountRefused } from './kernel/mount-errors.js';
import { clearStale, livelinessOf, locateMountPoint } from './kernel/mount-point.js';
import { type MountEntry, mountAt, OUR_TYPE } from './kernel/mount-table.js';
import {
  type CommandRun,
  runAbort,
  runLazyUnmount,
  runSync,
  runUnmount,
} from './kernel/system-commands.js';

export interface UnmountedDirectory {
  /** Absolute, without links. */
  readonly dir: string;
  /** As `df` shows it: the volume's path, unless it was mounted under another name. */
  readonly source: string;
  /** Whether its server had gone before. */
  readonly wasStale: boolean;
}

/**
 * Ends the mount of a volume at a directory, of this or of another process. Rejects with ERR_MOUNT_BUSY
 * when somebody uses it; with `force` it leaves the tree of directories all the same, and is served until
 * the last user lets go. ERR_NOT_MOUNTED, ERR_MOUNT_POINT, ERR_MOUNT_FAILED.
 */
export async function unmountDirectory(
  directory: string,
  { force = false }: UnmountOptions = {},
): Promise<UnmountedDirectory> {
  const dir = await locateMountPoint(directory);
  const entry = mountAt(dir);
  if (entry?.type !== OUR_TYPE) throw notMounted(dir);
  const { source } = entry;
  if (force && (await livelinessOf(dir)) === 'silent') {
    await runAbort(dir);
    return { dir, source, wasStale: true };
  }
  if (await clearStale(dir)) return { dir, source, wasStale: true };
  const run = force ? await forced(entry) : await runUnmount(dir);
  if (run.status === 0) return { dir, source, wasStale: false };
  throw /busy/i.test(run.said) ? await mountBusy(entry) : unmountRefused(dir, run);
}

async function forced({ dir }: MountEntry): Promise<CommandRun> {
  await runSync(dir);
  return runLazyUnmount(dir);
}
