/**
 * Inodes by path, as long as nobody commits anything. The kernel asks for the same few several times in
 * one system call: the directories on the way, and the file before and after it is opened.
 *
 * INVARIANT: what is kept is of the version that was asked for; with another version all of it goes.
 */
import type { Inode } from '../../store/inode-table.js';

/** With so many the tree is being walked, and hardly any is asked for again. */
const KEPT_MAX = 1024;

export class InodeCache {
  readonly #inodes = new Map<string, Inode>();
  #version = -1;

  get(version: number, path: string): Inode | undefined {
    if (version !== this.#version) {
      this.#version = version;
      this.#inodes.clear();
      return undefined;
    }
    return this.#inodes.get(path);
  }

  /** To be called after `get` in the same turn. */
  set(path: string, inode: Inode): void {
    if (this.#inodes.size >= KEPT_MAX) this.#inodes.clear();
    this.#inodes.set(path, inode);
  }
}
