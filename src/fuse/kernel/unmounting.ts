/** Unmounting what may be in use, for the process that mounted it. */
import { setTimeout as pause } from 'node:timers/promises';
import { mountBusy, unmountRefused } from './mount-errors.js';
import { type MountEntry, mountAt, readMountTable } from './mount-table.js';
import { runUnmount } from './system-commands.js';

/** A process that has just ended may still be letting go: tries to unmount, with pauses in milliseconds. */
const BUSY_PAUSES_MS = [20, 100, 400];

/** Whether the mount has a place in the tree of directories. */
export function isInTree(entry: MountEntry): boolean {
  return readMountTable().some(({ id }) => id === entry.id);
}

/** Takes the mount out of the tree; ERR_MOUNT_BUSY when somebody goes on using it. */
export async function unmountIdle(entry: MountEntry): Promise<void> {
  for (const waitMs of [...BUSY_PAUSES_MS, 0]) {
    if (await tryUnmount(entry)) return;
    await pause(waitMs);
  }
  throw await mountBusy(entry);
}

/** False while it is busy. */
async function tryUnmount(entry: MountEntry): Promise<boolean> {
  if (!isInTree(entry)) return true;
  const { dir } = entry;
  // What somebody else has mounted at the same directory is not ours to unmount.
  if (mountAt(dir)?.id !== entry.id) return false;
  const run = await runUnmount(dir);
  if (run.status !== 0 && /busy/i.test(run.said)) return false;
  if (run.status !== 0 && isInTree(entry)) throw unmountRefused(dir, run);
  return true;
}
