/**
 * Everything a caller can observe about a tree that does not depend on where or when it was made.
 *
 * Left out: inode and device numbers, times, the size of directories (each filesystem has its own).
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { FsPromises } from './subject.js';

export interface TreeEntry {
  readonly kind: string;
  readonly mode: string;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly size?: number;
  /** The bytes of a file, or their digest when there are many. */
  readonly content?: string;
  readonly target?: string;
}

/** Entries by path below the root; the root itself is `.`. */
export type Tree = Readonly<Record<string, TreeEntry>>;

const CONTENT_SHOWN_BYTES_MAX = 64;

/** Reads the tree below `root`, whatever its permission bits say. */
export async function captureTree(fs: FsPromises, root: string): Promise<Tree> {
  const found: [string, TreeEntry][] = [];
  await visit(fs, root, '.', found);
  found.sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(found);
}

/** Short contents as text or hexadecimal, long ones as size and digest. */
export function describeBytes(bytes: Uint8Array): string {
  if (bytes.byteLength > CONTENT_SHOWN_BYTES_MAX) {
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    return `${bytes.byteLength} bytes, sha256 ${digest}`;
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) return `text ${text.toString('latin1')}`;
  return `hex ${text.toString('hex')}`;
}

async function visit(
  fs: FsPromises,
  root: string,
  relative: string,
  found: [string, TreeEntry][],
): Promise<void> {
  const path = join(root, relative);
  const stats = await fs.lstat(path);
  const common = {
    mode: stats.mode.toString(8),
    nlink: stats.nlink,
    uid: stats.uid,
    gid: stats.gid,
  };
  if (stats.isSymbolicLink()) {
    const target = (await fs.readlink(path)).replaceAll(root, '<root>');
    found.push([relative, { kind: 'symlink', ...common, target }]);
  } else if (stats.isDirectory()) {
    found.push([relative, { kind: 'directory', ...common }]);
    const names = await readable(fs, path, stats.mode, () => fs.readdir(path));
    await Promise.all(names.map((name) => visit(fs, root, join(relative, name), found)));
  } else if (stats.isFile()) {
    const bytes = await readable(fs, path, stats.mode, () => fs.readFile(path));
    found.push([
      relative,
      { kind: 'file', ...common, size: stats.size, content: describeBytes(bytes) },
    ]);
  } else {
    found.push([relative, { kind: 'special', ...common }]);
  }
}

/** Reads, opening the permission bits first when they are what prevents it. */
async function readable<T>(
  fs: FsPromises,
  path: string,
  mode: number,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EACCES')) throw error;
    await fs.chmod(path, (mode & 0o7777) | 0o700);
    return await read();
  }
}
