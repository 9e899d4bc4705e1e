/**
 * The names in watched directories, kept in step with the commits of this process.
 *
 * Changes of content and attributes tell an inode; which names it has is known from here, because the
 * tables have no way from an inode to its names. And what another process changed is found by comparing
 * the tables with this.
 *
 * INVARIANT: a directory is held while it is watched itself, or lies below one that is watched with all
 * below it. What is held has all of its entries here.
 *
 * Changes arrive in the order of the commits and may be older than what was read from the tables: a
 * directory that has just come from elsewhere is read as it is now. Applying a change again changes
 * nothing, and the last one decides, so the two agree when the last change has been applied.
 */

import type { Change, LostName } from '../../core/change.js';
import { EnteredDirectories } from '../../core/circles.js';
import type { Ino } from '../../core/ino.js';
import {
  hasChanged,
  type InodeState,
  type NamedState,
  type VersionSums,
} from '../../store/inode-state.js';
import type { EventType, Sink } from './sink.js';

/** What the tree reads from the tables. */
export interface StateReader {
  state(ino: Ino): InodeState | undefined;
  list(parent: Ino, after: string, limit: number): NamedState[];
}

export interface Entry {
  readonly directory: Directory;
  readonly name: string;
  readonly ino: Ino;
  version: number;
  /** Empty for all but directories. */
  attributes: string;
  touchedAt: string;
  /** Number of the last comparison with the tables that met it. */
  seen: number;
}

export class Directory {
  readonly ino: Ino;
  /** Where it is, when the directory above is held too. */
  up: Directory | undefined;
  name = '';
  readonly entries: Map<string, Entry> = new Map();
  /** The tables when they agreed with `entries`; undefined since a change. */
  agreed: VersionSums | undefined;
  /** Who watches its entries alone. */
  readonly direct: Set<Sink> = new Set();
  /** Who watches all below it. */
  readonly recursive: Set<Sink> = new Set();

  constructor(ino: Ino) {
    this.ino = ino;
  }
}

const PAGE_ENTRIES = 1024;
// Of a directory that is gone already when its making is told.
const GONE = 'gone';

export class WatchedTree {
  readonly #reader: StateReader;
  readonly #directories = new Map<Ino, Directory>();
  /** A file may have several names. */
  readonly #entries = new Map<Ino, Entry | Entry[]>();

  constructor(reader: StateReader) {
    this.#reader = reader;
  }

  get directories(): Iterable<Directory> {
    return this.#directories.values();
  }

  get(ino: Ino): Directory | undefined {
    return this.#directories.get(ino);
  }

  watch(ino: Ino, sink: Sink, recursive: boolean): void {
    const directory = this.#directories.get(ino) ?? this.#hold(ino);
    if (!recursive) {
      directory.direct.add(sink);
      return;
    }
    const wasCovered = isCovered(directory);
    directory.recursive.add(sink);
    if (!wasCovered) this.#cover(directory);
  }

  unwatch(ino: Ino, sink: Sink): void {
    const directory = this.#directories.get(ino);
    if (directory === undefined) return;
    directory.direct.delete(sink);
    directory.recursive.delete(sink);
    this.#prune(directory);
  }

  /** Brings the names up to date and tells who watches them. */
  apply(change: Change): void {
    switch (change.type) {
      case 'create':
        this.#created(change);
        break;
      case 'remove':
        this.#removed(change, change.parent, change.name);
        break;
      case 'rename':
        this.#renamed(change);
        break;
      case 'content':
      case 'attributes':
        this.#touched(change.ino, change.version, true);
        break;
    }
  }

  #created({ ino, parent, name, version, isDirectory }: Change & { type: 'create' }): void {
    this.#touched(ino, version, false);
    const directory = this.#directories.get(parent);
    if (directory === undefined) return;
    // A directory that was just made is empty, whatever is in it by now: that will be told.
    const isNew = isDirectory && !this.#directories.has(ino) && isCovered(directory);
    if (isNew) this.#directories.set(ino, new Directory(ino));
    this.#put(directory, name, this.#stateFor(ino, version, isDirectory));
    tell(directory, name, 'rename');
  }

  #removed(lost: LostName, parent: Ino, name: string): void {
    const directory = this.#directories.get(parent);
    if (directory !== undefined) {
      tell(directory, name, 'rename');
      const entry = directory.entries.get(name);
      if (entry?.ino === lost.ino) this.remove(entry);
    }
    if (lost.links > 0) this.#touched(lost.ino, lost.version, false);
  }

  #renamed(change: Change & { type: 'rename' }): void {
    const { ino, version, isDirectory, replaced } = change;
    const from = this.#directories.get(change.parent);
    const to = this.#directories.get(change.newParent);
    const moved = isDirectory ? this.#directories.get(ino) : undefined;
    if (from !== undefined) {
      tell(from, change.name, 'rename');
      const entry = from.entries.get(change.name);
      if (entry?.ino === ino) this.#drop(entry);
    }
    if (moved !== undefined) moved.up = undefined;
    if (to !== undefined) {
      this.#put(to, change.newName, this.#stateFor(ino, version, isDirectory));
      tell(to, change.newName, 'rename');
    }
    this.#touched(ino, version, false);
    if (replaced !== undefined && replaced.links > 0) {
      this.#touched(replaced.ino, replaced.version, false);
    }
    if (moved !== undefined) this.#prune(moved);
  }

  /** The inode changed: under each of its names, when `isToldHere`. */
  #touched(ino: Ino, version: number, isToldHere: boolean): void {
    const found = this.#entries.get(ino);
    if (found === undefined) return;
    for (const entry of Array.isArray(found) ? found : [found]) {
      entry.version = Math.max(entry.version, version);
      entry.directory.agreed = undefined;
      if (entry.attributes !== '') this.#refresh(entry);
      if (isToldHere) tell(entry.directory, entry.name, 'change');
    }
  }

  /** The state of a directory is read before its change is told: what comes later is told again. */
  #refresh(entry: Entry): void {
    const state = this.#reader.state(entry.ino);
    if (state === undefined) return;
    entry.attributes = state.attributes;
    entry.touchedAt = state.touchedAt;
  }

  #stateFor(ino: Ino, version: number, isDirectory: boolean): InodeState {
    if (!isDirectory) return { ino, version, attributes: '', touchedAt: '' };
    return this.#reader.state(ino) ?? { ino, version, attributes: GONE, touchedAt: '' };
  }

  // --- entries, by name ------------------------------------------------------------------------------

  /** Enters a name, replacing what had it. */
  #put(directory: Directory, name: string, state: InodeState): Entry {
    const existing = directory.entries.get(name);
    if (existing?.ino === state.ino) {
      existing.version = Math.max(existing.version, state.version);
      existing.attributes = state.attributes;
      existing.touchedAt = state.touchedAt;
      this.#attach(existing);
      return existing;
    }
    if (existing !== undefined) this.remove(existing);
    const entry = this.#enter(directory, name, state);
    this.#attach(entry);
    return entry;
  }

  #enter(directory: Directory, name: string, state: InodeState): Entry {
    const { ino, version, attributes, touchedAt } = state;
    const entry: Entry = { directory, name, ino, version, attributes, touchedAt, seen: 0 };
    directory.entries.set(name, entry);
    directory.agreed = undefined;
    const others = this.#entries.get(ino);
    if (others === undefined) this.#entries.set(ino, entry);
    else if (Array.isArray(others)) others.push(entry);
    else this.#entries.set(ino, [others, entry]);
    return entry;
  }

  /** Forgets a name, and what was held for its sake. */
  remove(entry: Entry): void {
    this.#drop(entry);
    const child = childOf(entry, this.#directories);
    if (child === undefined) return;
    child.up = undefined;
    this.#prune(child);
  }

  #drop(entry: Entry): void {
    const { entries } = entry.directory;
    entry.directory.agreed = undefined;
    if (entries.get(entry.name) === entry) entries.delete(entry.name);
    const found = this.#entries.get(entry.ino);
    if (found === entry) this.#entries.delete(entry.ino);
    else if (Array.isArray(found)) {
      const left = found.filter((other) => other !== entry);
      if (left.length === 0) this.#entries.delete(entry.ino);
      else this.#entries.set(entry.ino, left.length === 1 ? (left[0] as Entry) : left);
    }
  }

  // --- directories -----------------------------------------------------------------------------------

  #hold(ino: Ino): Directory {
    const directory = new Directory(ino);
    this.#directories.set(ino, directory);
    for (let after = ''; ; ) {
      const page = this.#reader.list(ino, after, PAGE_ENTRIES);
      for (const state of page) {
        const entry = this.#enter(directory, state.name, state);
        const child = entry.attributes === '' ? undefined : this.#directories.get(entry.ino);
        if (child !== undefined) place(child, entry);
      }
      if (page.length < PAGE_ENTRIES) return directory;
      after = page.at(-1)?.name ?? '';
    }
  }

  /** Connects the directory behind an entry, when it is held or has to be. */
  #attach(entry: Entry): void {
    if (entry.attributes === '') return;
    const isWanted = isCovered(entry.directory);
    let child = this.#directories.get(entry.ino);
    if (child === undefined && !isWanted) return;
    child ??= this.#hold(entry.ino);
    const wasCovered = isCovered(child);
    if (place(child, entry) && isWanted && !wasCovered) this.#cover(child);
  }

  /** Holds everything below. */
  #cover(top: Directory): void {
    const pending = [top];
    const entered = new EnteredDirectories();
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      for (const entry of next.entries.values()) {
        if (entry.attributes === '' || !entered.tryEnter(entry.ino)) continue;
        const child = this.#directories.get(entry.ino) ?? this.#hold(entry.ino);
        if (place(child, entry)) pending.push(child);
      }
    }
  }

  /** Lets go of what nobody watches any more, from `top` down. */
  #prune(top: Directory): void {
    const pending = [top];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (isCovered(next)) continue;
      const isKept = next.direct.size > 0;
      if (!isKept) this.#directories.delete(next.ino);
      for (const entry of next.entries.values()) {
        const child = childOf(entry, this.#directories);
        if (child !== undefined) {
          if (!isKept) child.up = undefined;
          pending.push(child);
        }
        if (!isKept) this.#drop(entry);
      }
    }
  }

  // --- comparing with the tables ---------------------------------------------------------------------

  /**
   * An entry as the tables have it, all changes of this process applied: what differs was done by
   * another one. A directory that is new here is told with all below it, because there may be changes
   * in it that nobody else can tell.
   */
  meet(directory: Directory, state: NamedState, seen: number): void {
    const known = directory.entries.get(state.name);
    const isSame = known?.ino === state.ino;
    const isTouched = isSame && hasChanged(known, state);
    const entry = this.#put(directory, state.name, state);
    entry.version = state.version;
    entry.seen = seen;
    if (isTouched) tell(directory, state.name, 'change');
    if (!isSame) this.#tellWithAllBelow(entry);
  }

  #tellWithAllBelow(top: Entry): void {
    const pending = [top];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      tell(next.directory, next.name, 'rename');
      const child = isCovered(next.directory) ? childOf(next, this.#directories) : undefined;
      if (child !== undefined) pending.push(...child.entries.values());
    }
  }

  /** The tables have the entry no longer: another process took it away. */
  miss(entry: Entry): void {
    tell(entry.directory, entry.name, 'rename');
    this.remove(entry);
  }
}

/** Whether somebody watches all below this directory, or below one above it. */
function isCovered(directory: Directory): boolean {
  for (let at: Directory | undefined = directory; at !== undefined; at = at.up) {
    if (at.recursive.size > 0) return true;
  }
  return false;
}

/** False for an entry below what it names, as a damaged tree may have it: the way up must end. */
function place(child: Directory, { directory, name }: Entry): boolean {
  for (let at: Directory | undefined = directory; at !== undefined; at = at.up) {
    if (at === child) return false;
  }
  child.up = directory;
  child.name = name;
  return true;
}

/** The directory behind an entry, when it is held as the one at this place. */
function childOf(entry: Entry, held: ReadonlyMap<Ino, Directory>): Directory | undefined {
  if (entry.attributes === '') return undefined;
  const child = held.get(entry.ino);
  return child?.up === entry.directory && child.name === entry.name ? child : undefined;
}

/** Tells all who watch the directory, and those who watch all below one above it. */
function tell(directory: Directory, name: string, type: EventType): void {
  for (const sink of directory.direct) sink.tell(type, name);
  let path = name;
  for (let at: Directory | undefined = directory; at !== undefined; at = at.up) {
    for (const sink of at.recursive) sink.tell(type, path);
    path = `${at.name}/${path}`;
  }
}
