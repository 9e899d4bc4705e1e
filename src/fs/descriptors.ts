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

  constructor(handlesMax: number) {
    this.#max = handlesMax;
  }

  /** Whether another file may be opened. Asked before opening, so that nothing is created in vain. */
  get hasRoom(): boolean {
    return this.#files.size < this.#max;
  }

  add(opened: OpenedFile): OpenFile {
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
