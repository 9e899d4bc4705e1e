/** Which paths a change may concern, found without looking at each. */
import type { Change } from '../../core/change.js';
import type { Ino } from '../../core/ino.js';

interface Known {
  readonly ino: Ino | undefined;
  readonly names: readonly string[] | undefined;
}

export class Concerns<T> {
  readonly #known = new Map<T, Known>();
  readonly #byIno = new Map<Ino, Set<T>>();
  readonly #byName = new Map<string, Set<T>>();
  /** Whose path has a link in it: any name may concern it. */
  readonly #byAnyName = new Set<T>();

  /** `ino`: where the path leads; `names`: those on the way, undefined for any. */
  set(item: T, ino: Ino | undefined, names: readonly string[] | undefined): void {
    this.delete(item);
    this.#known.set(item, { ino, names });
    if (ino !== undefined) add(this.#byIno, ino, item);
    if (names === undefined) this.#byAnyName.add(item);
    else for (const name of names) add(this.#byName, name, item);
  }

  delete(item: T): void {
    const known = this.#known.get(item);
    if (known === undefined) return;
    this.#known.delete(item);
    if (known.ino !== undefined) remove(this.#byIno, known.ino, item);
    this.#byAnyName.delete(item);
    for (const name of known.names ?? []) remove(this.#byName, name, item);
  }

  /** Adds to `due` what `change` may concern. */
  note(change: Change, due: Set<T>): void {
    this.#inode(change.ino, due);
    switch (change.type) {
      case 'create':
      case 'remove':
        this.#name(change.parent, change.name, due);
        break;
      case 'rename':
        this.#name(change.parent, change.name, due);
        this.#name(change.newParent, change.newName, due);
        if (change.replaced !== undefined) this.#inode(change.replaced.ino, due);
        break;
      case 'content':
      case 'attributes':
        break;
    }
  }

  #inode(ino: Ino, due: Set<T>): void {
    addAll(due, this.#byIno.get(ino));
  }

  /** A name that comes or goes changes the times of its directory too. */
  #name(parent: Ino, name: string, due: Set<T>): void {
    this.#inode(parent, due);
    addAll(due, this.#byName.get(name));
    addAll(due, this.#byAnyName);
  }
}

function add<K, T>(index: Map<K, Set<T>>, key: K, item: T): void {
  const items = index.get(key);
  if (items === undefined) index.set(key, new Set([item]));
  else items.add(item);
}

function remove<K, T>(index: Map<K, Set<T>>, key: K, item: T): void {
  const items = index.get(key);
  items?.delete(item);
  if (items?.size === 0) index.delete(key);
}

function addAll<T>(due: Set<T>, items: ReadonlySet<T> | undefined): void {
  if (items === undefined) return;
  for (const item of items) due.add(item);
}
