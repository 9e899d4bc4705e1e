/** /proc/self/mountinfo: what is mounted where, as this process sees it. proc(5) has its format. */
import { readFileSync } from 'node:fs';

export interface MountEntry {
  readonly id: number;
  /** `major:minor` of the filesystem, as in /proc/<pid>/maps. */
  readonly device: string;
  /** Absolute path. */
  readonly dir: string;
  /** For example `ext4`, `fuse.cabinetfs`. */
  readonly type: string;
  readonly source: string;
  readonly isReadOnly: boolean;
}

/** Subtype by which our mounts are known. */
export const SUBTYPE = 'cabinetfs';
export const OUR_TYPE: string = `fuse.${SUBTYPE}`;

/** All mounts; of several at one directory the topmost is the last. */
export function readMountTable(): MountEntry[] {
  return parseMountTable(readFileSync('/proc/self/mountinfo', 'utf8'));
}

export function parseMountTable(text: string): MountEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
}

/** `36 35 98:0 / /mnt rw,noatime master:1 - ext4 /dev/root rw`; fields before the dash may be missing. */
function parseLine(line: string): MountEntry {
  const [before = '', after = ''] = line.split(' - ');
  const [id, , device = '', , dir = '', options = ''] = before.split(' ');
  const [type = '', source = ''] = after.split(' ');
  return {
    id: Number(id),
    device,
    dir: unescapeField(dir),
    type,
    source: unescapeField(source),
    isReadOnly: options.split(',').includes('ro'),
  };
}

/** Blanks, tabs, newlines and backslashes are written in octal, byte by byte. */
function unescapeField(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** What is seen at a directory: the last one mounted there. */
export function mountAt(
  dir: string,
  table: readonly MountEntry[] = readMountTable(),
): MountEntry | undefined {
  return table.findLast((entry) => entry.dir === dir);
}

/** The mount that a path is in. */
export function mountAround(
  path: string,
  table: readonly MountEntry[] = readMountTable(),
): MountEntry | undefined {
  return table.reduce<MountEntry | undefined>((found, entry) => {
    if (!isBelow(path, entry.dir)) return found;
    return found === undefined || entry.dir.length >= found.dir.length ? entry : found;
  }, undefined);
}

/** Mounts in a directory, not at it. */
export function mountsBelow(
  dir: string,
  table: readonly MountEntry[] = readMountTable(),
): MountEntry[] {
  return table.filter((entry) => entry.dir !== dir && isBelow(entry.dir, dir));
}

/** Whether `path` is `dir` or in it. */
export function isBelow(path: string, dir: string): boolean {
  return path === dir || path.startsWith(dir.endsWith('/') ? dir : `${dir}/`);
}
