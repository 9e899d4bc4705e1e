/**
 * Looks who keeps a mount busy, in a process of its own: a look into a process that the kernel is starting or
 * ending may take for ever, and nothing can take it back. Prints a `Holder[]`.
 *
 *     node holders-child.js <a MountEntry>
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Holder } from './holders.js';
import { isBelow, type MountEntry } from './mount-table.js';

/** All processes that this one may look into. Nothing in the mount itself is touched: it may hang. */
function findHolders(mount: MountEntry): Holder[] {
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

const mount = JSON.parse(process.argv[2] ?? '') as MountEntry;
process.stdout.write(JSON.stringify(findHolders(mount)));
