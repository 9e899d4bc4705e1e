/** Open files and directories of a mount: numbers that the kernel gives back with each request. */
import { errno } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import type { DirectoryListing } from './directory-listing.js';

export interface FileHandle {
  readonly kind: 'file';
  readonly ino: Ino;
  /** O_* bits of the opening. */
  readonly flags: number;
  /** Whether the writer keeps the inode for it. */
  readonly isHeld: boolean;
  /** Owners that locked bytes through it and have not closed it since. */
  readonly lockers: Set<string>;
  /** Its access time was looked at. */
  isAccessed: boolean;
}

export function fileHandle(ino: Ino, flags: number, isHeld: boolean): FileHandle {
  return { kind: 'file', ino, flags, isHeld, lockers: new Set(), isAccessed: false };
}

export interface DirectoryHandle {
  readonly kind: 'directory';
  readonly ino: Ino;
  readonly listing: DirectoryListing;
  readonly isHeld: boolean;
}

type Handle = FileHandle | DirectoryHandle;

export class Handles {
  readonly #open = new Map<number, Handle>();
  #next = 1;

  add(handle: Handle): number {
    const fh = this.#next;
    this.#next += 1;
    this.#open.set(fh, handle);
    return fh;
  }

  directory(fh: number): DirectoryHandle {
    const handle = this.#open.get(fh);
    if (handle?.kind !== 'directory') throw errno('EBADF');
    return handle;
  }

  /** Undefined for a number that is none of a file. */
  find(fh: number): FileHandle | undefined {
    const handle = this.#open.get(fh);
    return handle?.kind === 'file' ? handle : undefined;
  }

  noteLocker(fh: number, owner: string): void {
    this.find(fh)?.lockers.add(owner);
  }

  /** A process has closed one of its descriptors of the file: it has no locks left. */
  forgetLocker(ino: Ino, owner: string): void {
    for (const handle of this.#open.values()) {
      if (handle.kind === 'file' && handle.ino === ino) handle.lockers.delete(owner);
    }
  }

  remove(fh: number): Handle | undefined {
    const handle = this.#open.get(fh);
    this.#open.delete(fh);
    return handle;
  }

  get size(): number {
    return this.#open.size;
  }
}
