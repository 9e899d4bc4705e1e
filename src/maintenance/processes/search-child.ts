/**
 * The process that looks into others for `search.ts`, which has what it prints. It may get stuck at any of
 * them, so it says where it is.
 *
 *     node search-child.js <a SearchOrder>
 */
import { readdirSync, readFileSync, readlinkSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { SearchOrder, Wanted, WantedFile, WantedMount } from './search.js';

const STDOUT = 1;

function say(line: string): void {
  writeSync(STDOUT, `${line}\n`);
}

function search({ wanted, proc, after }: SearchOrder): void {
  for (const pid of processesIn(proc)) {
    if (pid <= after || pid === process.pid) continue;
    say(`at ${pid}`);
    const descriptors = look(join(proc, String(pid)), wanted);
    if (descriptors === undefined) continue;
    say(
      `found ${JSON.stringify({ pid, program: programOf(join(proc, String(pid))), descriptors })}`,
    );
  }
  say('end');
}

function processesIn(proc: string): number[] {
  return listed(proc)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** How many descriptors it has of the file; undefined when it has nothing of what is wanted. */
function look(folder: string, wanted: Wanted): number | undefined {
  if (wanted.kind === 'mount') return isHolder(folder, wanted) ? 0 : undefined;
  return countDescriptors(folder, wanted) || undefined;
}

// --- a file --------------------------------------------------------------------------------------

function countDescriptors(folder: string, wanted: WantedFile): number {
  return listed(`${folder}/fd`).filter((name) => isFile(`${folder}/fd/${name}`, wanted)).length;
}

/** The target of a file that has lost its name is the name and ' (deleted)'. */
function isFile(descriptor: string, { path, dev, ino }: WantedFile): boolean {
  return attempt(() => {
    // First: looking at the file itself would ask the mount that it is on.
    if (!readlinkSync(descriptor).startsWith(path)) return false;
    const found = statSync(descriptor);
    return found.dev === dev && found.ino === ino;
  }, false);
}

// --- a mount, of which nothing is touched: it may hang -------------------------------------------

function isHolder(folder: string, { id, device, dir }: WantedMount): boolean {
  return (
    ['cwd', 'root', 'exe'].some((link) => leadsInto(`${folder}/${link}`, dir)) ||
    listed(`${folder}/fdinfo`).some((fd) => isOpenIn(`${folder}/fdinfo/${fd}`, id)) ||
    isMapped(folder, device)
  );
}

function leadsInto(link: string, dir: string): boolean {
  return attempt(() => {
    const path = readlinkSync(link);
    return path === dir || path.startsWith(dir.endsWith('/') ? dir : `${dir}/`);
  }, false);
}

function isOpenIn(fdinfo: string, mountId: number): boolean {
  const text = attempt(() => readFileSync(fdinfo, 'latin1'), '');
  return Number(/^mnt_id:\s*(\d+)/m.exec(text)?.[1]) === mountId;
}

/** `7f00-7f01 r-xp 00000000 00:27 12 /mnt/a`; the numbers of the device are hexadecimal. */
function isMapped(folder: string, device: string): boolean {
  const [major = 0, minor = 0] = device.split(':').map(Number);
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  const maps = attempt(() => readFileSync(`${folder}/maps`, 'latin1'), '');
  return maps.includes(` ${hex(major)}:${hex(minor)} `);
}

// --- any -----------------------------------------------------------------------------------------

// Processes come and go, and not all of them are for this user to look into.
function attempt<T>(take: () => T, otherwise: T): T {
  try {
    return take();
  } catch {
    return otherwise;
  }
}

function listed(dir: string): string[] {
  return attempt(() => readdirSync(dir), []);
}

function programOf(folder: string): string {
  return attempt(() => readFileSync(`${folder}/comm`, 'utf8').trim(), '') || 'unknown';
}

search(JSON.parse(process.argv[2] ?? '') as SearchOrder);
