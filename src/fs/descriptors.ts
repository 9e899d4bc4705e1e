/**
 * File descriptors of a volume: numbers for open files, as `node:fs` gives them.
 *
 * They start far above those of the process, so that one of ours given to the real `fs` by mistake is
 * EBADF there rather than somebody's socket.
 */
import type { Ino } from '../core/ino.js';

export const FIRST_FD = 1_048_576;

/** What opening a path gives. */
export interface OpenedFile {
  readonly ino: Ino;
  /** O_* bits. */
  readonly flags: number;
  readonly isDirectory: boolean;
}

/** An open file: what is behind a descriptor. */
export interface OpenFile extends OpenedFile {
  readonly fd: number;
  /** Offset in bytes at which the next read or write without a position happens. */
  position: number;
}

export class DescriptorTable {
  readonly #files = new Map<number, OpenFile>();
  readonly #free: number[] = [];
  readonly #max: number;
  #next: number = FIRST_FD;
  /** Files that are being opened. */
  #promised = 0;

  constructor(handlesMax: number) {
    this.#max = handlesMax;
  }

  /**
   * Promises a descriptor to a file that is about to be opened, so that nothing is created in vain. False
   * when all are taken; otherwise `add` or `giveBack` must follow.
   */
  promise(): boolean {
    if (this.#files.size + this.#promised >= this.#max) return false;
    this.#promised += 1;
    return true;
  }

  /** The file could not be opened. */
  giveBack(): void {
    this.#promised -= 1;
  }

  /** Gives an opened file the descriptor that was promised. */
  add(opened: OpenedFile): OpenFile {
    this.#promised -= 1;
    let fd = this.#free.pop();
    if (fd === undefined) {
      fd = this.#next;
      this.#next += 1;
    }
    const { ino, flags, isDirectory } = opened;
    const file: OpenFile = { ino, flags, isDirectory, fd, position: 0 };
    this.#files.set(fd, file);
    return file;
  }

  find(fd: number): OpenFile | undefined {
    return this.#files.get(fd);
  }

  /** Takes a descriptor away; undefined when it was not open. */
  remove(fd: number): OpenFile | undefined {
    const file = this.#files.get(fd);
    if (file === undefined) return undefined;
    this.#files.delete(fd);
    this.#free.push(fd);
    return file;
  }
}
