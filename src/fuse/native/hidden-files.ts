/**
 * Files that are open and have lost their names. libfuse 2 knows files by paths only, so it does not
 * remove an open one but renames it to `.fuse_hidden…`, and removes that when the file is closed. Here it
 * is removed at once, as everywhere else, and held as long as it is open; the hidden name leads to it and
 * stands in no directory.
 */
import type { Ino } from '../../core/ino.js';

/** Two numbers of libfuse, which it gives out once: the name is unique in the mount. */
const HIDDEN_NAME = /^\.fuse_hidden[0-9a-f]{16,}$/;

export class HiddenFiles {
  readonly #byName = new Map<string, Ino>();

  static isName(name: string): boolean {
    return HIDDEN_NAME.test(name);
  }

  hide(name: string, ino: Ino): void {
    this.#byName.set(name, ino);
  }

  /** What is behind the last name of a path, if that is a hidden one. */
  at(path: string): Ino | undefined {
    if (this.#byName.size === 0) return undefined;
    return this.#byName.get(path.slice(path.lastIndexOf('/') + 1));
  }

  /** False when there is no such name. */
  forget(path: string): boolean {
    if (this.#byName.size === 0) return false;
    return this.#byName.delete(path.slice(path.lastIndexOf('/') + 1));
  }
}
