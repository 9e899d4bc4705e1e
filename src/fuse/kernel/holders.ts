/** Who keeps a mount busy: processes that have a directory of it as theirs, or a file of it open. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isBelow, type MountEntry, mountsBelow } from './mount-table.js';

export interface Holder {
  readonly pid: number;
  readonly program: string;
}

/** Named in a message at most. */
const NAMED_MAX = 5;

/** All processes that this one may look into. Nothing in the mount itself is touched: it may hang. */
export function findHolders(mount: MountEntry): Holder[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isHolder(pid, mount))
    .map((pid) => ({ pid, program: programOf(pid) }));
}

function isHolder(pid: number, mount: MountEntry): boolean {
  return (
    ['cwd', 'root', 'exe'].some((link) => leadsInto(`/proc/${pid}/${link}`, mount.dir)) ||
    listed(`/proc/${pid}/fdinfo`).some((fd) => isOpenIn(`/proc/${pid}/fdinfo/${fd}`, mount.id)) ||
    isMapped(pid, mount.device)
  );
}

// Processes come and go, and not all of them are for this user to look into.
function attempt<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

function leadsInto(link: string, dir: string): boolean {
  return attempt(() => isBelow(readlinkSync(link), dir), false);
}

function listed(dir: string): string[] {
  return attempt(() => readdirSync(dir), []);
}

function isOpenIn(fdinfo: string, mountId: number): boolean {
  const text = attempt(() => readFileSync(fdinfo, 'latin1'), '');
  return Number(/^mnt_id:\s*(\d+)/m.exec(text)?.[1]) === mountId;
}

/** `7f00-7f01 r-xp 00000000 00:27 12 /mnt/a`; the numbers of the device are hexadecimal. */
function isMapped(pid: number, device: string): boolean {
  const [major = 0, minor = 0] = device.split(':').map(Number);
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  const maps = attempt(() => readFileSync(`/proc/${pid}/maps`, 'latin1'), '');
  return maps.includes(` ${hex(major)}:${hex(minor)} `);
}

function programOf(pid: number): string {
  return attempt(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim(), '') || 'unknown';
}

/** For a message: `held by 12 (bash), 15 (node) and 3 more; /mnt/a/b is mounted in it`. */
export function describeHolders(mount: MountEntry): string {
  const holders = findHolders(mount);
  const named = holders
    .slice(0, NAMED_MAX)
    .map(({ pid, program }) => `${pid} (${pid === process.pid ? 'this process' : program})`);
  const more = holders.length - named.length;
  const parts = [
    ...(named.length > 0
      ? [`held by process ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`]
      : []),
    ...mountsBelow(mount.dir).map(({ dir }) => `'${dir}' is mounted in it`),
  ];
  return parts.length > 0 ? parts.join('; ') : 'held by nobody that this user may see';
}
