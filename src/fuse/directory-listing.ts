/**
 * A directory that is being listed. The kernel goes on from numbers; SQLite goes on from names, which
 * stay right while entries come and go. So the name in front of each page is remembered.
 *
 * Offset 0 is the start; an entry's offset is where to go on after it.
 */
import { type Ino, ROOT_INO } from '../core/ino.js';
import { S_IFDIR } from '../core/mode.js';
import type { Entry } from '../store/dentry-table.js';
import type { Store } from '../store/store.js';

const PAGE_ENTRIES = 256;

export interface ListedEntry extends Entry {
  /** Where to go on after it. */
  readonly offset: number;
}

/** `.` and `..` come first, and are not stored. */
const DOTS = 2;

export class DirectoryListing {
  readonly #ino: Ino;
  /** The last name before page n. */
  readonly #before: string[] = [''];
  #page: readonly Entry[] = [];
  #pageIndex = -1;

  constructor(ino: Ino) {
    this.#ino = ino;
  }

  /** Entries from `offset` on, a page at a time; the caller stops when it has enough. */
  *from(store: Store, offset: number): Generator<ListedEntry> {
    // A listing from the start shows the directory as it is now.
    if (offset === 0) this.#pageIndex = -1;
    if (offset < 1) yield { name: '.', ino: this.#ino, mode: S_IFDIR, offset: 1 };
    if (offset < DOTS) yield { name: '..', ino: this.#parent(store), mode: S_IFDIR, offset: DOTS };
    let index = Math.max(0, offset - DOTS);
    for (;;) {
      const page = this.#load(store, Math.floor(index / PAGE_ENTRIES));
      if (page === undefined) return;
      for (let at = index % PAGE_ENTRIES; at < page.length; at += 1) {
        index += 1;
        yield { ...(page[at] as Entry), offset: DOTS + index };
      }
      if (page.length < PAGE_ENTRIES) return;
    }
  }

  #parent(store: Store): Ino {
    return store.inodes.get(this.#ino)?.parent ?? ROOT_INO;
  }

  /** Undefined for a page that nobody has come to yet. */
  #load(store: Store, pageIndex: number): readonly Entry[] | undefined {
    if (pageIndex === this.#pageIndex) return this.#page;
    const before = this.#before[pageIndex];
    if (before === undefined) return undefined;
    this.#page = store.dentries.list(this.#ino, before, PAGE_ENTRIES);
    this.#pageIndex = pageIndex;
    const last = this.#page.at(-1);
    if (last !== undefined && this.#page.length === PAGE_ENTRIES) {
      this.#before[pageIndex + 1] = last.name;
    }
    return this.#page;
  }
}
