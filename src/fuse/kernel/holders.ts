/** Who keeps a mount busy: processes that have a directory of it as theirs, or a file of it open. */
import {
  type Search,
  type SearchLimits,
  searchProcesses,
} from '../../maintenance/processes/search.js';
import { type MountEntry, mountsBelow } from './mount-table.js';

/** After which nobody waits for the names any more, and of one process before that, in milliseconds. */
const LIMITS: SearchLimits = { deadlineMs: 3000, stallMs: 1000 };
/** Named in a message at most. */
const NAMED_MAX = 5;

export function findHolders(
  { id, device, dir }: MountEntry,
  limits: SearchLimits = LIMITS,
): Promise<Search> {
  return searchProcesses({ kind: 'mount', id, device, dir }, limits);
}

/** For a message: `held by 12 (bash), 15 (node) and 3 more; /mnt/a/b is mounted in it`. */
export async function describeHolders(
  mount: MountEntry,
  limits: SearchLimits = LIMITS,
): Promise<string> {
  const search = await findHolders(mount, limits);
  const below = mountsBelow(mount.dir).map(({ dir }) => `'${dir}' is mounted in it`);
  const parts = [...named(search), ...silent(search), ...below];
  return parts.length > 0 ? parts.join('; ') : 'held by nobody that this user may see';
}

function named({ found }: Search): readonly string[] {
  const names = found.map(
    ({ pid, program }) => `${pid} (${pid === process.pid ? 'this process' : program})`,
  );
  return names.length === 0 ? [] : [`held by process ${listed(names)}`];
}

function silent({ silent: pids, isComplete }: Search): readonly string[] {
  const stuck =
    pids.length === 0
      ? []
      : [`process ${listed(pids.map(String))} could not be looked into: stuck in the kernel`];
  return isComplete ? stuck : [...stuck, 'who else holds it could not be found out in time'];
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMED_MAX;
  return `${names.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
