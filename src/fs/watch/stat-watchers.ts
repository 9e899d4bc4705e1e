/** All `StatWatcher`s of a volume, one per path: `fs.watchFile` and `fs.unwatchFile`. */
import { posix } from 'node:path';
import type { Change } from '../../core/change.js';
import { Errno, errnoEntry } from '../../core/errno.js';
import { type Ino, ROOT_INO } from '../../core/ino.js';
import { isSymlink } from '../../core/mode.js';
import { resolveInode } from '../../ops/resolve.js';
import type { Store } from '../../store/store.js';
import { validateUint32 } from '../arguments/integers.js';
import { displayPath, pathText, validatePath } from '../arguments/path.js';
import { validateFunction } from '../arguments/types.js';
import { Concerns } from './concerns.js';
import { type Look, StatWatcher, type StatWatcherOwner } from './stat-watcher.js';

/** What `StatWatchers` needs of the hub. */
export interface StatWatchersOwner extends StatWatcherOwner {
  checkOpen(): void;
  /** Runs `start` on a view that lies between two commits, all told before and none after it. */
  begin(start: (store: Store) => void): void;
  /** Something is watched no longer. */
  released(): void;
}

interface Watched {
  readonly watcher: StatWatcher;
  readonly path: string;
}

// Node's; of no effect here, where nobody polls.
const DEFAULT_INTERVAL_MS = 5007;

export class StatWatchers {
  readonly #owner: StatWatchersOwner;
  readonly #watched = new Map<string, Watched>();
  readonly #concerns = new Concerns<Watched>();
  readonly #due = new Set<Watched>();

  constructor(owner: StatWatchersOwner) {
    this.#owner = owner;
  }

  get size(): number {
    return this.#watched.size;
  }

  get isRef(): boolean {
    for (const { watcher } of this.#watched.values()) if (watcher.isRef) return true;
    return false;
  }

  watchFile(filename: unknown, optionsOrListener: unknown, listenerArgument: unknown): StatWatcher {
    const path = absolute(filename);
    const hasOptions = optionsOrListener !== null && typeof optionsOrListener === 'object';
    const listener = hasOptions ? listenerArgument : optionsOrListener;
    const options = (hasOptions ? optionsOrListener : {}) as Readonly<Record<string, unknown>>;
    const given = { interval: DEFAULT_INTERVAL_MS, persistent: true, bigint: false, ...options };
    validateFunction(listener, 'listener');
    this.#owner.checkOpen();
    const known = this.#watched.get(path);
    if (known === undefined) validateUint32(given.interval, 'interval');
    else known.watcher.addReference();
    const watcher =
      known?.watcher ?? this.#start(path, Boolean(given.bigint), Boolean(given.persistent));
    watcher.addListener('change', listener as (...args: unknown[]) => void);
    return watcher;
  }

  #start(path: string, bigint: boolean, persistent: boolean): StatWatcher {
    const watcher = new StatWatcher(this.#owner, bigint, persistent);
    const watched: Watched = { watcher, path };
    this.#owner.begin((store) => {
      this.#watched.set(path, watched);
      watcher.start(this.#look(store, watched));
    });
    this.#owner.updateRef();
    return watcher;
  }

  unwatchFile(filename: unknown, listener: unknown): void {
    const path = absolute(filename);
    const watcher = this.#watched.get(path)?.watcher;
    if (watcher === undefined) return;
    if (typeof listener === 'function') {
      const before = watcher.listenerCount('change');
      watcher.removeListener('change', listener as (...args: unknown[]) => void);
      if (watcher.listenerCount('change') < before) watcher.dropReference();
    } else watcher.removeAllListeners('change');
    if (watcher.listenerCount('change') > 0) return;
    this.#forget(path);
    watcher.stop();
    this.#owner.released();
  }

  #forget(path: string): void {
    const watched = this.#watched.get(path);
    if (watched === undefined) return;
    this.#watched.delete(path);
    this.#due.delete(watched);
    this.#concerns.delete(watched);
  }

  /** Ends all of them. */
  stop(): void {
    for (const { watcher, path } of [...this.#watched.values()]) {
      this.#forget(path);
      watcher.stop();
    }
  }

  /** Notes which paths a change may concern. */
  apply(change: Change): void {
    if (this.#watched.size === 0) return;
    this.#concerns.note(change, this.#due);
  }

  /** After a change that nobody described. */
  expectAnything(): void {
    for (const watched of this.#watched.values()) this.#due.add(watched);
  }

  get isDue(): boolean {
    return this.#due.size > 0;
  }

  /** Looks at what changes may concern. */
  lookAgain(store: Store): void {
    for (const watched of this.#due) watched.watcher.look(this.#look(store, watched));
    this.#due.clear();
  }

  #look(store: Store, watched: Watched): Look {
    const { path } = watched;
    const found = lookAt(store, path);
    const ino = typeof found === 'number' ? undefined : found.ino;
    this.#concerns.set(watched, ino, namesOnTheWay(store, path));
    return found;
  }
}

function lookAt(store: Store, path: string): Look {
  try {
    return resolveInode(store, path, true);
  } catch (error) {
    if (error instanceof Errno) return errnoEntry(error.code).errno;
    throw error;
  }
}

/** Undefined when a link is on the way, which may lead anywhere. */
function namesOnTheWay(store: Store, path: string): readonly string[] | undefined {
  const names = path.split('/').slice(1);
  let directory: Ino = ROOT_INO;
  for (const name of names) {
    const found = store.dentries.step(directory, name);
    if (found === undefined) break;
    if (isSymlink(found[1])) return undefined;
    directory = found[0];
  }
  return names;
}

/** A volume has no working directory: relative paths begin at the root. */
function absolute(filename: unknown): string {
  const path = validatePath(filename);
  return posix.resolve('/', typeof path === 'string' ? pathText(path) : displayPath(path));
}
