/**
 * Finds what other processes have changed: compares what is known here with the tables, a slice at a
 * time. Each slice runs on a view between two commits of this process whose changes have all been
 * applied, so what differs was done by others, and nothing is told twice.
 *
 * What others change while it runs is found by the next one.
 */
import { performance } from 'node:perf_hooks';
import { CircleWatch } from '../../core/circles.js';
import { type Ino, ROOT_INO } from '../../core/ino.js';
import { listStates, versionSums } from '../../store/inode-state.js';
import type { Inode } from '../../store/inode-table.js';
import type { Store } from '../../store/store.js';
import type { WatchedInodes } from './watched-inodes.js';
import type { Directory, WatchedTree } from './watched-tree.js';

// Own changes are told between the slices: half of what an event may take.
const SLICE_MS = 2;
const PAGE_ENTRIES = 128;
// What is compared in one go; bigger directories are compared page by page, and always listed.
const SMALL_ENTRIES_MAX = 1024;

/** Whether the directory is in the tree, not in one that was removed. */
function isLinked(store: Store, directory: Ino): boolean {
  const circle = new CircleWatch();
  for (let at: Ino | undefined = directory; at !== ROOT_INO; ) {
    circle.pass(at);
    const inode: Inode | undefined = store.inodes.get(at);
    if (inode === undefined || inode.nlink === 0 || inode.parent === null) return false;
    at = inode.parent;
  }
  return true;
}

let comparisons = 0;

export class Comparison {
  readonly #tree: WatchedTree;
  readonly #watched: WatchedInodes;
  readonly #inos: Ino[];
  readonly #directories: Directory[];
  readonly #number: number;
  /** Last name that was met in the directory at hand. */
  #after = '';
  #workedMs = 0;

  constructor(tree: WatchedTree, inodes: WatchedInodes) {
    this.#tree = tree;
    this.#watched = inodes;
    this.#inos = [...inodes.inos];
    this.#directories = [...tree.directories].reverse();
    comparisons += 1;
    this.#number = comparisons;
  }

  get isDone(): boolean {
    return this.#inos.length === 0 && this.#directories.length === 0;
  }

  /** Time spent so far, in milliseconds. */
  get workedMs(): number {
    return this.#workedMs;
  }

  run(store: Store): void {
    const startMs = performance.now();
    do {
      const ino = this.#inos.pop();
      const directory = this.#directories.at(-1);
      if (ino !== undefined) this.#watched.compare(ino);
      else if (directory !== undefined) this.#page(store, directory);
    } while (!this.isDone && performance.now() - startMs < SLICE_MS);
    this.#workedMs += performance.now() - startMs;
  }

  /** The next entries of a directory, or all when it is not big. */
  #page(store: Store, directory: Directory): void {
    const isDone =
      this.#tree.get(directory.ino) !== directory ||
      (this.#after === '' && this.#agrees(store, directory)) ||
      this.#meetPage(store, directory);
    if (!isDone) return;
    this.#after = '';
    this.#directories.pop();
  }

  /** Whether nothing has changed since the last comparison; not asked of directories that are big. */
  #agrees(store: Store, directory: Directory): boolean {
    if (directory.entries.size > SMALL_ENTRIES_MAX) return false;
    const sums = versionSums(store.connection, directory.ino);
    const { agreed } = directory;
    if (sums !== undefined && agreed?.own === sums.own && agreed.entries === sums.entries) {
      return true;
    }
    while (!this.#meetPage(store, directory));
    // On the same view; what is told meanwhile undoes it.
    directory.agreed = sums;
    this.#after = '';
    return true;
  }

  /** True when it was the last page. */
  #meetPage(store: Store, directory: Directory): boolean {
    const page = listStates(store.connection, directory.ino, this.#after, PAGE_ENTRIES);
    for (const state of page) this.#tree.meet(directory, state, this.#number);
    if (page.length === PAGE_ENTRIES) {
      this.#after = page.at(-1)?.name ?? '';
      return false;
    }
    this.#missing(store, directory);
    return true;
  }

  /** What was not met is gone, or was made by this process behind the page at hand. */
  #missing(store: Store, directory: Directory): void {
    const missing = [...directory.entries.values()].filter(
      ({ seen, name }) =>
        seen !== this.#number && store.dentries.step(directory.ino, name) === undefined,
    );
    // Of a tree that is gone the top is told, whether its entries are gone by now or not.
    if (missing.length === 0 || !isLinked(store, directory.ino)) return;
    for (const entry of missing) this.#tree.miss(entry);
  }
}
