/**
 * Which inodes are open, by client. An open inode survives the loss of its last name as an orphan.
 *
 * Threads that serve one mount share what they hold: a file is opened through one of them and closed
 * through another.
 *
 * Writer thread only. Holds that a batch makes count at once inside it, and for good when it commits.
 */
import type { Ino } from '../core/ino.js';

export class OpenFiles {
  readonly #counts = new Map<Ino, number>();
  /** By holder: the number of a client, or the name of a group of clients. */
  readonly #byHolder = new Map<number | string, Map<Ino, number>>();
  readonly #groupOf = new Map<number, string>();
  /** Of groups: closed through one client before the opening has come from another, which did not wait. */
  readonly #early = new Map<string, Map<Ino, number>>();

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

  /** What the client holds from now on is held by its group, until the last of them has gone. */
  join(client: number, group: string): void {
    this.#groupOf.set(client, group);
  }

  #holderOf(client: number): number | string {
    return this.#groupOf.get(client) ?? client;
  }

  add(client: number, ino: Ino): void {
    const holder = this.#holderOf(client);
    if (typeof holder === 'string' && this.#takeEarly(holder, ino)) return;
    let held = this.#byHolder.get(holder);
    if (held === undefined) {
      held = new Map();
      this.#byHolder.set(holder, held);
    }
    held.set(ino, (held.get(ino) ?? 0) + 1);
    this.#counts.set(ino, (this.#counts.get(ino) ?? 0) + 1);
  }

  /** True when that was the last hold of the inode. */
  remove(client: number, ino: Ino): boolean {
    const holder = this.#holderOf(client);
    if (typeof holder === 'string' && this.#byHolder.get(holder)?.has(ino) !== true) {
      this.#noteEarly(holder, ino);
      return false;
    }
    return this.#remove(holder, ino);
  }

  #noteEarly(group: string, ino: Ino): void {
    const early = this.#early.get(group) ?? new Map<Ino, number>();
    this.#early.set(group, early.set(ino, (early.get(ino) ?? 0) + 1));
  }

  /** Whether what is to be held has been closed already. */
  #takeEarly(group: string, ino: Ino): boolean {
    const early = this.#early.get(group);
    const count = early?.get(ino);
    if (early === undefined || count === undefined) return false;
    if (count > 1) early.set(ino, count - 1);
    else early.delete(ino);
    return true;
  }

  #remove(holder: number | string, ino: Ino): boolean {
    const held = this.#byHolder.get(holder);
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

  /** Drops everything a client held, unless others hold it with it; true when an inode was closed by that. */
  removeClient(client: number): boolean {
    const holder = this.#holderOf(client);
    this.#groupOf.delete(client);
    if (typeof holder === 'string') {
      if ([...this.#groupOf.values()].includes(holder)) return false;
      this.#early.delete(holder);
    }
    const held = this.#byHolder.get(holder);
    if (held === undefined) return false;
    let closed = false;
    for (const [ino, count] of held) {
      for (let index = 0; index < count; index += 1) closed = this.#remove(holder, ino) || closed;
    }
    this.#byHolder.delete(holder);
    return closed;
  }
}
