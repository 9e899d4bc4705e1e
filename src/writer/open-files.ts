/**
 * Which inodes are open, by client. An open inode survives the loss of its last name as an orphan.
 *
 * Writer thread only. Holds that a batch makes count at once inside it, and for good when it commits.
 */
import type { Ino } from '../core/ino.js';

export class OpenFiles {
  readonly #counts = new Map<Ino, number>();
  readonly #byClient = new Map<number, Map<Ino, number>>();

  isOpen(ino: Ino): boolean {
    return this.#counts.has(ino);
  }

  /** All open inodes. */
  inodes(): IterableIterator<Ino> {
    return this.#counts.keys();
  }

  get size(): number {
    return this.#counts.size;
  }

  add(client: number, ino: Ino): void {
    let held = this.#byClient.get(client);
    if (held === undefined) {
      held = new Map();
      this.#byClient.set(client, held);
    }
    held.set(ino, (held.get(ino) ?? 0) + 1);
    this.#counts.set(ino, (this.#counts.get(ino) ?? 0) + 1);
  }

  /** True when that was the last hold of the inode. */
  remove(client: number, ino: Ino): boolean {
    const held = this.#byClient.get(client);
    const own = held?.get(ino);
    if (held === undefined || own === undefined) return false;
    if (own > 1) held.set(ino, own - 1);
    else held.delete(ino);
    const all = (this.#counts.get(ino) ?? 1) - 1;
    if (all > 0) {
      this.#counts.set(ino, all);
      return false;
    }
    this.#counts.delete(ino);
    return true;
  }

  /** Drops everything a client held; true when an inode was closed by that. */
  removeClient(client: number): boolean {
    const held = this.#byClient.get(client);
    if (held === undefined) return false;
    let closed = false;
    for (const [ino, count] of held) {
      for (let index = 0; index < count; index += 1) closed = this.remove(client, ino) || closed;
    }
    this.#byClient.delete(client);
    return closed;
  }
}
