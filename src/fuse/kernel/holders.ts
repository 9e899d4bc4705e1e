/** Who keeps a mount busy: processes that have a directory of it as theirs, or a file of it open. */
import { execFile } from 'node:child_process';
import { programPath } from '../../core/programs.js';
import { type MountEntry, mountsBelow } from './mount-table.js';

export interface Holder {
  readonly pid: number;
  readonly program: string;
}

/** After which nobody waits for the names any more, in milliseconds. */
const PATIENCE_MS = 3000;
/** Named in a message at most. */
const NAMED_MAX = 5;

/** Undefined when it cannot be found out in time. */
export function findHolders(mount: MountEntry): Promise<Holder[] | undefined> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [programPath('fuse/kernel/holders-child'), JSON.stringify(mount)],
      (error, stdout) => {
        clearTimeout(timer);
        resolve(error === null ? (JSON.parse(stdout) as Holder[]) : undefined);
      },
    );
    const timer = setTimeout(() => {
      // It may be stuck in the kernel, where a signal does not reach it: it is left behind.
      child.kill('SIGKILL');
      child.unref();
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(undefined);
    }, PATIENCE_MS);
  });
}

/** For a message: `held by 12 (bash), 15 (node) and 3 more; /mnt/a/b is mounted in it`. */
export async function describeHolders(mount: MountEntry): Promise<string> {
  const holders = await findHolders(mount);
  const below = mountsBelow(mount.dir).map(({ dir }) => `'${dir}' is mounted in it`);
  const parts = [...(holders === undefined ? [UNKNOWN] : named(holders)), ...below];
  return parts.length > 0 ? parts.join('; ') : 'held by nobody that this user may see';
}

const UNKNOWN = 'who holds it could not be found out in time';

function named(holders: readonly Holder[]): readonly string[] {
  if (holders.length === 0) return [];
  const names = holders
    .slice(0, NAMED_MAX)
    .map(({ pid, program }) => `${pid} (${pid === process.pid ? 'this process' : program})`);
  const more = holders.length - names.length;
  return [`held by process ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}
