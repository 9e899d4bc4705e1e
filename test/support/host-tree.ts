/** Trees on disk with every kind of entry: making them, and everything of them that must survive. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  chmodSync,
  chownSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

interface Xattrs {
  listAttributesSync(path: string): string[];
  getAttributeSync(path: string, name: string): Buffer;
  setAttributeSync(path: string, name: string, value: Buffer): void;
}

// A variable: the package is optional.
const XATTR_PACKAGE: string = 'fs-xattr';

export async function loadXattrs(): Promise<Xattrs | undefined> {
  return (await import(XATTR_PACKAGE).catch(() => undefined)) as Xattrs | undefined;
}

export const IS_ROOT: boolean = process.getuid?.() === 0;
export const BINARY_VALUE: Buffer = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const LONG_NAME = 'n'.repeat(255);
const MIB = 1024 * 1024;

/** Bytes that differ from place to place and are the same in each run. */
export function payload(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed >>> 0 || 1;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** A file of `size` bytes that holds a few bytes at each of `offsets`, and holes elsewhere. */
export function makeSparse(path: string, size: number, offsets: readonly number[]): void {
  const fd = openSync(path, 'w');
  for (const offset of offsets) writeSync(fd, `at ${offset}`, offset);
  ftruncateSync(fd, size);
  closeSync(fd);
}

/** Makes a tree with one of everything below `root`, which must not exist. */
export async function makeTree(root: string): Promise<void> {
  mkdirSync(join(root, 'deep', 'er', 'and', 'deeper'), { recursive: true });
  mkdirSync(join(root, 'empty'));
  writeFileSync(join(root, 'zero'), '');
  writeFileSync(join(root, 'tiny'), 'tiny');
  writeFileSync(join(root, 'inline'), payload(512));
  writeFileSync(join(root, 'chunk'), payload(65_536));
  writeFileSync(join(root, 'odd'), payload(200_001));
  writeFileSync(join(root, 'piece'), payload(MIB));
  writeFileSync(join(root, 'big'), payload(3 * MIB + 17));
  writeFileSync(join(root, 'deep/er/and/deeper/file'), 'below');
  writeFileSync(join(root, LONG_NAME), 'long name');
  writeFileSync(join(root, 'größe ☃ \u{1f409} "quoted" \\ new\nline'), 'unicode');
  writeFileSync(join(root, '-rf'), 'like an option');
  makeSparse(join(root, 'sparse'), 8 * MIB + 5, [0, 3 * MIB + 100, 8 * MIB]);
  makeSparse(join(root, 'hole-at-end'), 5 * MIB, [10]);
  makeSparse(join(root, 'all-hole'), 3 * MIB, []);
  linkSync(join(root, 'odd'), join(root, 'deep/odd-again'));
  linkSync(join(root, 'odd'), join(root, 'deep/er/odd-third'));
  symlinkSync('tiny', join(root, 'link'));
  symlinkSync('../nowhere/at all', join(root, 'deep/dangling'));
  symlinkSync('/etc/passwd', join(root, 'absolute'));
  symlinkSync('er', join(root, 'deep/to-directory'));
  execFileSync('mkfifo', [join(root, 'fifo')]);
  chmodSync(join(root, 'fifo'), 0o620);
  chmodSync(join(root, 'tiny'), 0o4755);
  // Only root can read what nobody may.
  chmodSync(join(root, 'inline'), IS_ROOT ? 0o000 : 0o400);
  chmodSync(join(root, 'chunk'), 0o2711);
  chmodSync(join(root, 'empty'), 0o1777);
  if (IS_ROOT) makeForRoot(root);
  await addXattrs(root);
  setTimes(root);
  chmodSync(join(root, 'deep/er'), 0o555);
}

function makeForRoot(root: string): void {
  chownSync(join(root, 'piece'), 1234, 4_000_000_000);
  execFileSync('mknod', [join(root, 'device'), 'c', '300', '70000']);
}

async function addXattrs(root: string): Promise<void> {
  const xattrs = await loadXattrs();
  if (xattrs === undefined) return;
  xattrs.setAttributeSync(join(root, 'tiny'), 'user.binary', BINARY_VALUE);
  xattrs.setAttributeSync(join(root, 'tiny'), 'user.größe', Buffer.from('a=b\nc=d'));
  xattrs.setAttributeSync(join(root, 'deep'), 'user.empty', Buffer.alloc(0));
}

/** Times long ago, before 1970, and with all nine digits. */
function setTimes(root: string): void {
  utimesSync(join(root, 'zero'), 1, 1);
  execFileSync('touch', ['-h', '-d', '1960-01-02 03:04:05.123456789 UTC', join(root, 'chunk')]);
  execFileSync('touch', ['-h', '-d', '2100-12-31 23:59:59.999999999 UTC', join(root, 'link')]);
  execFileSync('touch', ['-d', '2001-02-03 04:05:06.000000001 UTC', join(root, 'deep/er')]);
}

export interface HostEntry {
  readonly kind: string;
  readonly mode: string;
  readonly owner: string;
  readonly mtimeNs: string;
  readonly size?: string;
  readonly digest?: string;
  readonly target?: string;
  readonly rdev?: string;
  /** The first path, in byte order, of the same file. */
  readonly sameAs?: string;
  readonly xattrs?: readonly string[];
}

export type HostTree = Readonly<Record<string, HostEntry>>;

/** Everything below `root`, and `root` itself as `.`. */
export async function captureHostTree(root: string): Promise<HostTree> {
  const xattrs = await loadXattrs();
  const found = new Map<string, HostEntry>();
  const first = new Map<string, string>();
  const visit = (relative: string): void => {
    const path = join(root, relative);
    const stats = lstatSync(path, { bigint: true });
    found.set(relative, describe(path, relative, stats, first, xattrs));
    if (!stats.isDirectory()) return;
    for (const name of readdirSync(path).sort()) visit(join(relative, name));
  };
  visit('.');
  return Object.fromEntries(found);
}

function describe(
  path: string,
  relative: string,
  stats: BigIntStats,
  first: Map<string, string>,
  xattrs: Xattrs | undefined,
): HostEntry {
  const common = {
    kind: kindOf(stats),
    mode: stats.mode.toString(8),
    // Who is not root owns what he makes, whoever owned the source.
    owner: IS_ROOT ? `${stats.uid}:${stats.gid}` : 'own',
    mtimeNs: String(stats.mtimeNs),
  };
  const attributes = stats.isSymbolicLink() ? [] : readXattrs(path, xattrs);
  const named = attributes.length > 0 ? { ...common, xattrs: attributes } : common;
  if (stats.isSymbolicLink()) return { ...named, target: readlinkSync(path) };
  if (stats.isDirectory()) return named;
  if (!stats.isFile()) return { ...named, rdev: String(stats.rdev) };
  const key = String(stats.ino);
  const sameAs = first.get(key) ?? relative;
  first.set(key, sameAs);
  return { ...named, size: String(stats.size), digest: digestOf(path), sameAs };
}

function kindOf(stats: BigIntStats): string {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isSocket()) return 'socket';
  return stats.isCharacterDevice() ? 'char' : 'block';
}

function readXattrs(path: string, xattrs: Xattrs | undefined): string[] {
  if (xattrs === undefined) return [];
  return xattrs
    .listAttributesSync(path)
    .filter((name) => name.startsWith('user.'))
    .sort()
    .map((name) => `${name}=${xattrs.getAttributeSync(path, name).toString('hex')}`);
}

function digestOf(path: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16);
  } catch {
    return 'unreadable';
  }
}

/** Bytes that a file takes on disk. */
export function takenBytes(path: string): number {
  return Number(lstatSync(path).blocks) * 512;
}
