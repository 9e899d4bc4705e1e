/**
 * Walking a tree of a volume on one frozen view, in byte order of names, a page of names per level in
 * memory.
 */
import { Errno } from '../core/errno.js';
import { FsError } from '../core/errors.js';
import type { Ino } from '../core/ino.js';
import { isDirectory } from '../core/mode.js';
import { resolveInode } from '../ops/resolve.js';
import type { Lease } from '../readers/pool.js';
import type { Entry } from '../store/dentry-table.js';
import type { Inode } from '../store/inode-table.js';

/** What the walk comes to. Directories come twice: before their entries and after. */
export interface WalkStep {
  readonly phase: 'entry' | 'leave';
  /** Path below the start, without a slash in front; '' is the start itself. */
  readonly path: string;
  readonly name: string;
  readonly inode: Inode;
}

interface Level {
  readonly path: string;
  readonly name: string;
  readonly inode: Inode;
  page: readonly Entry[];
  next: number;
}

const NAMES_AT_ONCE = 256;

export class VolumeWalk {
  readonly #lease: Lease;
  readonly #levels: Level[] = [];
  #enterable: Level | undefined;

  /** Throws ENOENT or ENOTDIR when `from` is no directory. */
  constructor(lease: Lease, from: string) {
    this.#lease = lease;
    const inode = startOf(lease, from);
    if (!isDirectory(inode.mode)) throw new FsError('ENOTDIR', { syscall: 'scandir', path: from });
    this.#enterable = { path: '', name: '', inode, page: [], next: 0 };
  }

  /** The directory that the walk started from. */
  get start(): Inode {
    return (this.#levels[0] ?? this.#enterable)?.inode as Inode;
  }

  /**
   * The next step, or undefined at the end. After an `entry` that is a directory the walk goes into it,
   * unless `skipContents` is called first.
   */
  next(): WalkStep | undefined {
    if (this.#enterable !== undefined) {
      this.#levels.push(this.#enterable);
      this.#enterable = undefined;
    }
    const level = this.#levels.at(-1);
    if (level === undefined) return undefined;
    const entry = this.#nextEntry(level);
    if (entry === undefined) {
      this.#levels.pop();
      return { phase: 'leave', path: level.path, name: level.name, inode: level.inode };
    }
    const inode = this.#inode(entry.ino);
    const path = level.path === '' ? entry.name : `${level.path}/${entry.name}`;
    if (isDirectory(inode.mode)) {
      this.#enterable = { path, name: entry.name, inode, page: [], next: 0 };
    }
    return { phase: 'entry', path, name: entry.name, inode };
  }

  /** Leaves out what is in the directory that was just given, and its `leave`. */
  skipContents(): void {
    this.#enterable = undefined;
  }

  #nextEntry(level: Level): Entry | undefined {
    if (level.next === level.page.length) {
      const after = level.page.at(-1)?.name ?? '';
      const isLast = level.page.length > 0 && level.page.length < NAMES_AT_ONCE;
      level.page = isLast ? [] : this.#list(level.inode.ino, after);
      level.next = 0;
    }
    const entry = level.page[level.next];
    level.next += 1;
    return entry;
  }

  #list(ino: Ino, after: string): readonly Entry[] {
    return this.#lease.read((store) => store.dentries.list(ino, after, NAMES_AT_ONCE));
  }

  #inode(ino: Ino): Inode {
    const inode = this.#lease.read((store) => store.inodes.get(ino));
    if (inode === undefined) throw new FsError('EIO', { syscall: 'scandir' });
    return inode;
  }
}

function startOf(lease: Lease, from: string): Inode {
  try {
    return lease.read((store) => resolveInode(store, from, true));
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    throw new FsError(error.code, { syscall: 'scandir', path: from });
  }
}
