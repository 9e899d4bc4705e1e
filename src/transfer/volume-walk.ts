/**
 * Walking a tree of a volume on one frozen view, in byte order of names, a page of names per level in
 * memory.
 */
import { EnteredDirectories } from '../core/circles.js';
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

/** Told of what cannot be read; its path below the start. */
export type OnDamage = (path: string, detail: string) => void;

/** Whether reading the volume failed on what it holds: a damaged page, or rows that cannot be. */
export function isVolumeDamage(error: unknown): boolean {
  return (error instanceof Errno || error instanceof FsError) && error.code === 'EIO';
}

export class VolumeWalk {
  readonly #lease: Lease;
  readonly #onDamage: OnDamage;
  readonly #levels: Level[] = [];
  readonly #entered = new EnteredDirectories();
  #enterable: Level | undefined;

  /** Throws ENOENT or ENOTDIR when `from` is no directory. Goes around what is damaged. */
  constructor(lease: Lease, from: string, onDamage: OnDamage) {
    this.#lease = lease;
    this.#onDamage = onDamage;
    const inode = startOf(lease, from);
    if (!isDirectory(inode.mode)) throw new FsError('ENOTDIR', { syscall: 'scandir', path: from });
    this.#entered.enter(inode.ino);
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
    for (let entry = this.#take(level); entry !== undefined; entry = this.#take(level)) {
      const path = level.path === '' ? entry.name : `${level.path}/${entry.name}`;
      const inode = this.#readable(path, entry.ino);
      if (inode === undefined) continue;
      if (isDirectory(inode.mode)) {
        this.#enterable = { path, name: entry.name, inode, page: [], next: 0 };
      }
      return { phase: 'entry', path, name: entry.name, inode };
    }
    this.#levels.pop();
    return { phase: 'leave', path: level.path, name: level.name, inode: level.inode };
  }

  /** The next entry of a directory, as far as its entries can be read. */
  #take(level: Level): Entry | undefined {
    try {
      return this.#nextEntry(level);
    } catch (error) {
      if (!isVolumeDamage(error)) throw error;
      this.#onDamage(level.path, 'its entries cannot all be read');
      return undefined;
    }
  }

  #readable(path: string, ino: Ino): Inode | undefined {
    try {
      const inode = this.#inode(ino);
      if (!isDirectory(inode.mode) || this.#entered.tryEnter(ino)) return inode;
      this.#onDamage(path, 'this directory has a second name');
    } catch (error) {
      if (!isVolumeDamage(error)) throw error;
      this.#onDamage(path, 'its inode cannot be read');
    }
    return undefined;
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
    return this.#lease.read((store) => store.dentries.listAny(ino, after, NAMES_AT_ONCE));
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
