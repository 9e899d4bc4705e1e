/**
 * Directories by their plain path: spares the writer the steps through a path it walks again and again.
 *
 * Exact, never merely likely: whoever moves or removes a directory clears it, and so does the writer
 * when a transaction is undone or another process has committed. Only paths without links, `.` and
 * `..` are entered, so nothing but a directory on the way can change what one leads to.
 */
import type { Ino } from '../core/ino.js';

// A path and a number each: under a megabyte.
const ENTRIES_MAX = 4096;

export class PathCache {
  readonly #directories = new Map<string, Ino>();

  get(path: string): Ino | undefined {
    return this.#directories.get(path);
  }

  set(path: string, directory: Ino): void {
    if (this.#directories.size >= ENTRIES_MAX) this.#directories.clear();
    this.#directories.set(path, directory);
  }

  clear(): void {
    if (this.#directories.size > 0) this.#directories.clear();
  }
}
