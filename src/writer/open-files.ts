/**
 * Which inodes are open, by client. An open inode survives the loss of its last name as an orphan.
 *
 * Threads that serve one mount share what they hold: a file is opened through one of them and closed
 * through another. They count on a board in shared memory.
 *
 * Writer thread only. Holds that a batch makes count at once inside it, and for good when it commits.
 */
import type { HoldBoard } from '../core/hold-board.js';
import type { Ino } from '../core/ino.js';

interface Group {
  readonly board: HoldBoard;
  readonly members: Set<number>;
}

export class OpenFiles {
  readonly #counts = new Map<Ino, number>();
  readonly #byClient = new Map<number, Map<Ino, number>>();
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new Map<number, string>();

  isOpen(ino: Ino): boolean {
    if (this.#counts.has(ino)) return true;
    for (const { board } of this.#groups.values()) if (board.isHeld(ino)) return true;
    return false;
  }

  /**
   * The same for who keeps the inode because of that, and is to be told when it is closed. Looks twice: it
   * may be closed just before the boards say that somebody waits for it.
   */
  keeps(ino: Ino): boolean {
    if (!this.isOpen(ino)) return false;
    this.#setKeeping(true);
    return this.isOpen(ino);
  }

  /** Nothing is kept any more. */
  noteNothingKept(): void {
    this.#setKeeping(false);
  }

  #setKeeping(isKeeping: boolean): void {
    for (const { board } of this.#groups.values()) board.isKeeping = isKeeping;
  }

  /** Files that are open; what mounts have open counts as often as it is. */
  get size(): number {
    let size = this.#counts.size;
    for (const { board } of this.#groups.values()) size += board.total;
    return size;
  }

  /** What the client holds from now on is held by its group, until the last of them has gone. */
  join(client: number, name: string, board: HoldBoard): void {
    const group = this.#groups.get(name) ?? { board, members: new Set() };
    this.#groups.set(name, group);
    group.members.add(client);
    this.#groupOf.set(client, name);
  }

  /** The group that a client has joined. */
  groupOf(client: number): string | undefined {
    return this.#groupOf.get(client);
  }

  #boardOf(client: number): HoldBoard | undefined {
    const name = this.groupOf(client);
    return name === undefined ? undefined : this.#groups.get(name)?.board;
  }

  add(client: number, ino: Ino): void {
    const board = this.#boardOf(client);
    if (board !== undefined) {
      board.hold(ino);
      return;
    }
    let held = this.#byClient.get(client);
    if (held === undefined) {
      held = new Map();
      this.#byClient.set(client, held);
    }
    held.set(ino, (held.get(ino) ?? 0) + 1);
    this.#count(ino, 1);
  }

  /** True when that was the last hold of the inode. Who is in a group has taken it off the board. */
  remove(client: number, ino: Ino): boolean {
    if (this.groupOf(client) !== undefined) return !this.isOpen(ino);
    const held = this.#byClient.get(client);
    const own = held?.get(ino);
    if (held === undefined || own === undefined) return false;
    if (own > 1) held.set(ino, own - 1);
    else held.delete(ino);
    this.#count(ino, -1);
    return !this.isOpen(ino);
  }

  #count(ino: Ino, by: number): void {
    const count = (this.#counts.get(ino) ?? 0) + by;
    if (count > 0) this.#counts.set(ino, count);
    else this.#counts.delete(ino);
  }

  /** Drops everything a client held, unless others hold it with it; true when an inode was closed by that. */
  removeClient(client: number): boolean {
    const name = this.groupOf(client);
    return name === undefined ? this.#removeAll(client) : this.#leave(client, name);
  }

  #removeAll(client: number): boolean {
    const held = this.#byClient.get(client);
    if (held === undefined) return false;
    let hasClosed = false;
    for (const [ino, count] of held) {
      this.#count(ino, -count);
      hasClosed ||= !this.isOpen(ino);
    }
    this.#byClient.delete(client);
    return hasClosed;
  }

  #leave(client: number, name: string): boolean {
    this.#groupOf.delete(client);
    const group = this.#groups.get(name);
    group?.members.delete(client);
    if (group === undefined || group.members.size > 0) return false;
    this.#groups.delete(name);
    return group.board.total > 0;
  }
}
