/** What watching reads of the tables, on the view that is open, or on the newest one. */
import type { Ino } from '../../core/ino.js';
import {
  type InodeState,
  inodeState,
  type Location,
  listStates,
  locationsOf,
  type NamedState,
} from '../../store/inode-state.js';
import type { Store } from '../../store/store.js';
import type { InodeReader } from './watched-inodes.js';
import type { StateReader } from './watched-tree.js';

export class TableReader implements StateReader, InodeReader {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  state(ino: Ino): InodeState | undefined {
    return inodeState(this.#store.connection, ino);
  }

  list(parent: Ino, after: string, limit: number): NamedState[] {
    return listStates(this.#store.connection, parent, after, limit);
  }

  links(ino: Ino): number | undefined {
    return this.#store.inodes.get(ino)?.nlink;
  }

  parentOf(directory: Ino): Ino | undefined {
    const inode = this.#store.inodes.get(directory);
    return inode === undefined || inode.nlink === 0 ? undefined : (inode.parent ?? undefined);
  }

  lookup(parent: Ino, name: string): Ino | undefined {
    return this.#store.dentries.step(parent, name)?.[0];
  }

  locations(ino: Ino, parent?: Ino): Location[] {
    return locationsOf(this.#store.connection, ino, parent);
  }
}
