/**
 * The files and directories that are watched themselves, wherever they are moved.
 *
 * Each knows one name of its inode and the directories above it, to notice when a whole tree that it is
 * in is removed: that is told of the top of the tree alone.
 */
import type { Change, LostName } from '../../core/change.js';
import { CircleWatch } from '../../core/circles.js';
import { type Ino, ROOT_INO } from '../../core/ino.js';
import { hasChanged, type InodeState, type Location } from '../../store/inode-state.js';
import type { EventType, Sink } from './sink.js';

/** What is read of the tables. */
export interface InodeReader {
  state(ino: Ino): InodeState | undefined;
  /** Names that the inode has; undefined when there is no such inode. */
  links(ino: Ino): number | undefined;
  /** The directory above a directory; undefined when it has none, or is removed. */
  parentOf(directory: Ino): Ino | undefined;
  /** What is behind a name. */
  lookup(parent: Ino, name: string): Ino | undefined;
  /** All names; with `parent` those in that directory. Expensive without. */
  locations(ino: Ino, parent?: Ino): readonly Location[];
}

class Target {
  readonly ino: Ino;
  readonly sinks: Set<Sink> = new Set();
  state: InodeState;
  /** A name that it has; the root has none. */
  location: Location | undefined;
  /** The directories above that name, up to the root. */
  above: readonly Ino[] = [];
  /** Its last name is gone, and that has been told. */
  isLost = false;

  constructor(state: InodeState) {
    this.ino = state.ino;
    this.state = state;
  }

  tell(type: EventType): void {
    for (const sink of this.sinks) sink.tellSelf(type);
  }
}

export class WatchedInodes {
  readonly #reader: InodeReader;
  readonly #targets = new Map<Ino, Target>();
  /** Targets by each directory above them. */
  readonly #below = new Map<Ino, Set<Target>>();

  constructor(reader: InodeReader) {
    this.#reader = reader;
  }

  get inos(): Iterable<Ino> {
    return this.#targets.keys();
  }

  watch(state: InodeState, location: Location | undefined, sink: Sink): void {
    let target = this.#targets.get(state.ino);
    if (target === undefined) {
      target = new Target(state);
      this.#targets.set(state.ino, target);
      this.#place(target, location);
    }
    target.sinks.add(sink);
  }

  unwatch(ino: Ino, sink: Sink): void {
    const target = this.#targets.get(ino);
    if (target === undefined) return;
    target.sinks.delete(sink);
    if (target.sinks.size > 0) return;
    this.#targets.delete(ino);
    this.#setAbove(target, []);
  }

  apply(change: Change): void {
    switch (change.type) {
      case 'create':
      case 'content':
      case 'attributes':
        this.#touched(change.ino, change.version);
        break;
      case 'remove':
        this.#lostName(change, change.parent, change.name);
        if (change.isDirectory) this.#lostTree(change.ino);
        break;
      case 'rename':
        this.#renamed(change);
        break;
    }
  }

  #touched(ino: Ino, version: number): void {
    const target = this.#targets.get(ino);
    if (target === undefined) return;
    this.#refresh(target, version);
    target.tell('change');
  }

  #refresh(target: Target, version: number): void {
    const { state } = target;
    // The state of a directory is read before its change is told: what comes later is told again.
    const read = state.attributes === '' ? undefined : this.#reader.state(target.ino);
    target.state = read ?? { ...state, version: Math.max(state.version, version) };
  }

  #lostName(lost: LostName, parent: Ino, name: string): void {
    const target = this.#targets.get(lost.ino);
    if (target === undefined) return;
    if (lost.links === 0) {
      this.#lose(target);
      return;
    }
    this.#refresh(target, lost.version);
    target.tell('change');
    const { location } = target;
    if (location?.parent === parent && location.name === name) this.#findAgain(target);
  }

  #renamed(change: Change & { type: 'rename' }): void {
    const { ino, parent, name, newParent, newName, replaced } = change;
    const target = this.#targets.get(ino);
    if (target !== undefined) {
      this.#refresh(target, change.version);
      target.tell('rename');
      const { location } = target;
      const isKnownName = location?.parent === parent && location.name === name;
      if (change.isDirectory || isKnownName) {
        this.#place(target, { parent: newParent, name: newName });
      }
    }
    if (change.isDirectory) {
      for (const below of [...(this.#below.get(ino) ?? [])]) this.#place(below, below.location);
    }
    if (replaced !== undefined) this.#lostName(replaced, newParent, newName);
  }

  /** A directory is gone with all below it. */
  #lostTree(top: Ino): void {
    for (const target of [...(this.#below.get(top) ?? [])]) {
      if (!this.#findAgain(target)) this.#lose(target);
    }
  }

  #lose(target: Target): void {
    if (target.isLost) return;
    target.isLost = true;
    target.location = undefined;
    this.#setAbove(target, []);
    target.tell('rename');
  }

  // --- where a target is -----------------------------------------------------------------------------

  /** Notes where a target is; one whose directories are gone by now is lost. */
  #place(target: Target, location: Location | undefined): void {
    target.location = location;
    const above = location === undefined ? [] : this.#above(location.parent);
    if (above === undefined) this.#lose(target);
    else this.#setAbove(target, above);
  }

  /** A directory and those above it; undefined when they do not lead to the root. */
  #above(directory: Ino): Ino[] | undefined {
    const above = [directory];
    const circle = new CircleWatch();
    for (let at = directory; at !== ROOT_INO; ) {
      circle.pass(at);
      const parent = this.#reader.parentOf(at);
      if (parent === undefined) return undefined;
      above.push(parent);
      at = parent;
    }
    return above;
  }

  #setAbove(target: Target, above: readonly Ino[]): void {
    for (const ino of target.above) {
      const targets = this.#below.get(ino);
      targets?.delete(target);
      if (targets?.size === 0) this.#below.delete(ino);
    }
    target.above = above;
    for (const ino of above) {
      const targets = this.#below.get(ino);
      if (targets === undefined) this.#below.set(ino, new Set([target]));
      else targets.add(target);
    }
  }

  /** Looks for a name that leads to the root; false when there is none. */
  #findAgain(target: Target): boolean {
    const { ino, location } = target;
    const links = this.#reader.links(ino) ?? 0;
    if (links === 0) return false;
    const isDirectory = target.state.attributes !== '';
    const parent = isDirectory ? this.#reader.parentOf(ino) : undefined;
    if (isDirectory && parent === undefined) return false;
    // Entries of a removed tree stay for a while: the only name may be one of them.
    const isStillThere =
      location !== undefined && this.#reader.lookup(location.parent, location.name) === ino;
    if (links === 1 && isStillThere && this.#above(location.parent) === undefined) return false;
    for (const found of this.#reader.locations(ino, parent)) {
      const above = this.#above(found.parent);
      if (above === undefined) continue;
      target.location = found;
      this.#setAbove(target, above);
      return true;
    }
    return false;
  }

  // --- comparing with the tables ---------------------------------------------------------------------

  /** Compares one target with the tables, all changes of this process applied. */
  compare(ino: Ino): void {
    const target = this.#targets.get(ino);
    if (target === undefined || target.isLost) return;
    const state = this.#reader.state(ino);
    if (state === undefined || this.#reader.links(ino) === 0) {
      this.#lose(target);
      return;
    }
    const isTouched = hasChanged(target.state, state);
    target.state = state;
    if (!this.#isInPlace(target)) {
      if (this.#findAgain(target)) target.tell('rename');
      else this.#lose(target);
    } else if (isTouched) target.tell('change');
  }

  #isInPlace(target: Target): boolean {
    const { ino, location } = target;
    if (ino === ROOT_INO) return true;
    if (location === undefined) return false;
    if (this.#reader.lookup(location.parent, location.name) !== ino) return false;
    const above = this.#above(location.parent);
    if (above !== undefined) this.#setAbove(target, above);
    return above !== undefined;
  }
}
