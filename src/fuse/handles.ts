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
}

export interface DirectoryHandle {
  readonly kind: 'directory';
  readonly ino: Ino;
  readonly listing: DirectoryListing;
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

  /** EBADF for a number that is none of a file. */
  file(fh: number): FileHandle {
    const handle = this.#open.get(fh);
    if (handle?.kind !== 'file') throw errno('EBADF');
    return handle;
  }

  directory(fh: number): DirectoryHandle {
    const handle = this.#open.get(fh);
    if (handle?.kind !== 'directory') throw errno('EBADF');
    return handle;
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
