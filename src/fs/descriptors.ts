/**
 * File descriptors of a volume: numbers for open files, as `node:fs` gives them.
 *
 * They start far above those of the process, so that one of ours given to the real `fs` by mistake is
 * EBADF there rather than somebody's socket.
 */
import { errno } from '../core/errno.js';
import type { OpenedFile } from './calls/files.js';

export const FIRST_FD = 1_048_576;

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
    const file: OpenFile = { ...opened, fd, position: 0 };
    this.#files.set(fd, file);
    return file;
  }

  /** EBADF for a descriptor that is not open. */
  get(fd: number): OpenFile {
    const file = this.#files.get(fd);
    if (file === undefined) throw errno('EBADF');
    return file;
  }

  remove(fd: number): OpenFile {
    const file = this.get(fd);
    this.#files.delete(fd);
    this.#free.push(fd);
    return file;
  }

  get size(): number {
    return this.#files.size;
  }

  all(): OpenFile[] {
    return [...this.#files.values()];
  }
}
