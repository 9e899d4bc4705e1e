/**
 * The end of a mount that is in use. What its users have written is brought in; then it leaves the tree of
 * directories, and its threads are let go. Who still uses it gets errors from then on.
 *
 * A thread is blocked in a read until there is a request, or the connection is aborted. Root aborts it by unmounting
 * with MNT_FORCE; others by a file of the kernel where `fusectl` is mounted, which it is not in many containers. Without
 * either, every thread gets one more statfs, after which it looks whether it is to stop.
 */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type MountEntry, mountAt } from './mount-table.js';
import type { ServingBoard } from './serving-board.js';
import type { ServingThreads } from './serving-threads.js';
import {
  abortNow,
  lazyUnmountNow,
  pokeNow,
  runAbort,
  runLazyUnmount,
  runSync,
  syncNow,
  withControlFiles,
} from './system-commands.js';

const CONNECTIONS = '/sys/fs/fuse/connections';
/** O_PATH of open(2), which Node does not name: a place in the tree that asks nothing of its filesystem. */
const O_PATH = 0o10_000_000;
const POKE_EVERY_MS = 50;
const POKES_MAX = 100;
const SYNC_WAIT_MAX_MS = 30_000;

export class Connection {
  readonly #entry: MountEntry;
  readonly #threads: ServingThreads;
  readonly #board: ServingBoard;
  /** Leads to the mount when it has no path any more. */
  #place: number | undefined;
  /** Somebody has mounted something over it: no path leads to it. */
  #isCovered = false;

  constructor(entry: MountEntry, threads: ServingThreads) {
    this.#entry = entry;
    this.#threads = threads;
    this.#board = threads.board;
  }

  /** Takes the mount out of the tree: it has nobody to serve it. */
  static async detach({ dir }: MountEntry): Promise<void> {
    await runLazyUnmount(dir);
  }

  /** Resolves when no thread reads requests any more. */
  async end(): Promise<void> {
    const { dir } = this.#entry;
    this.#keepPlace();
    // A volume that cannot write any more must not keep its mount.
    await Promise.race([runSync(dir), pause(SYNC_WAIT_MAX_MS, undefined, { ref: false })]);
    if (!this.#isCovered) {
      const aborted = await runAbort(dir);
      if (aborted.status !== 0) await runLazyUnmount(dir);
    }
    await this.#threads.stop();
    if (this.#abort()) return;
    for (let count = 0; count < POKES_MAX && this.#board.alive > 0; count += 1) {
      // One that comes too late is answered when the descriptor is closed.
      const poked = statfs(this.#path).catch(() => undefined);
      await Promise.race([poked, pause(POKE_EVERY_MS)]);
    }
  }

  /** The same for a process that is about to end. */
  endNow(): void {
    const { dir } = this.#entry;
    this.#keepPlace();
    syncNow(dir);
    if (!this.#isCovered && !abortNow(dir)) lazyUnmountNow(dir);
    this.#board.stop();
    if (this.#abort()) return;
    for (let count = 0; count < POKES_MAX && this.#board.alive > 0; count += 1) {
      const { alive } = this.#board;
      pokeNow(this.#path);
      this.#board.waitForFewer(alive, POKE_EVERY_MS);
    }
  }

  #keepPlace(): void {
    // What somebody else has mounted at the same directory since is not ours to end.
    this.#isCovered = mountAt(this.#entry.dir)?.id !== this.#entry.id;
    try {
      this.#place = openSync(this.#entry.dir, O_PATH);
    } catch {
      // It is gone, or aborted: there is nothing to reach.
    }
  }

  get #path(): string {
    return `/proc/${process.pid}/fd/${this.#place}`;
  }

  /** False where the kernel has no file for it. */
  #abort(): boolean {
    return (
      this.#abortIn(CONNECTIONS) ||
      (this.#isCovered && withControlFiles((dir) => this.#abortIn(dir)))
    );
  }

  #abortIn(dir: string): boolean {
    const minor = this.#entry.device.split(':')[1];
    try {
      writeFileSync(join(dir, `${minor}`, 'abort'), '1');
      return true;
    } catch {
      return false;
    }
  }

  letGo(): void {
    if (this.#place !== undefined) closeSync(this.#place);
    this.#place = undefined;
  }
}
