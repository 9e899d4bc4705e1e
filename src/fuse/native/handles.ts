/**
 * Open files of a mount on fuse-native, which has 31 bits for a handle and takes 0 for none.
 *
 * INVARIANT: a number stands for one opening until that is closed; then it is given out again.
 */
import { errno } from '../../core/errno.js';
import type { Ino } from '../../core/ino.js';

export interface OpenFile {
  readonly ino: Ino;
  /** Opened with O_APPEND, as far as fuse-native says so: of a file that was just made it does not. */
  readonly appends: boolean;
  /** Whether its access time was looked at. */
  wasRead: boolean;
}

const FIRST = 1;

export class Handles {
  readonly #files: (OpenFile | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #max: number;
  readonly #counts = new Map<Ino, number>();

  /** EMFILE beyond `max`. */
  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#files.length - this.#free.length;
  }

  /** Throws EMFILE when there is no room for one more. */
  checkRoom(): void {
    if (this.size >= this.#max) throw errno('EMFILE');
  }

  open(ino: Ino, appends: boolean): number {
    const place = this.#free.pop() ?? this.#files.length;
    this.#files[place] = { ino, appends, wasRead: false };
    this.#counts.set(ino, (this.#counts.get(ino) ?? 0) + 1);
    return place + FIRST;
  }

  isOpen(ino: Ino): boolean {
    return this.#counts.has(ino);
  }

  /** Undefined for a handle that was never given out. */
  find(handle: number): OpenFile | undefined {
    return this.#files[handle - FIRST];
  }

  get(handle: number): OpenFile {
    const file = this.find(handle);
    if (file === undefined) throw errno('EBADF');
    return file;
  }

  close(handle: number): OpenFile {
    const file = this.get(handle);
    this.#files[handle - FIRST] = undefined;
    this.#free.push(handle - FIRST);
    const count = this.#counts.get(file.ino) ?? 0;
    if (count > 1) this.#counts.set(file.ino, count - 1);
    else this.#counts.delete(file.ino);
    return file;
  }
}
