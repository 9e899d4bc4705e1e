/**
 * `StatWatcher`: what `fs.watchFile` returns. Tells the stats of a path before and after, when they
 * differ; a path may lead to another file each time.
 *
 * Node polls. Here the path is looked at after each commit that may concern it.
 */
import { EventEmitter } from 'node:events';
import type { Inode } from '../../store/inode-table.js';
import {
  type BigIntStats,
  type StatFields,
  type Stats,
  toBigIntStats,
  toStats,
  type VolumeFacts,
} from '../stats.js';
import type { Delivery, Outbox } from './outbox.js';

/** What looking at the path gave: the inode, or the negative errno of the failure. */
export type Look = Inode | number;

/** What is told of a path that leads nowhere. */
const NOTHING: StatFields = {
  ino: 0,
  mode: 0,
  nlink: 0,
  uid: 0,
  gid: 0,
  rdev: 0,
  size: 0,
  chunks: 0,
  inlineBytes: 0,
  atimeSec: 0,
  atimeNsec: 0,
  mtimeSec: 0,
  mtimeNsec: 0,
  ctimeSec: 0,
  ctimeNsec: 0,
  btimeSec: 0,
  btimeNsec: 0,
};
const NO_FACTS: VolumeFacts = { dev: 0, chunkSizeBytes: 0 };

export interface StatWatcherOwner {
  readonly outbox: Outbox;
  readonly facts: VolumeFacts;
  updateRef(): void;
}

/** Emits `change` (current, previous) and `stop`. */
export class StatWatcher extends EventEmitter {
  readonly #owner: StatWatcherOwner;
  readonly #wantsBigInt: boolean;
  /** The last inode there was: what is told as previous after a time without any. */
  #last: Inode | undefined;
  /** Negative errno while there is none. */
  #failure = 0;
  #isOpen = true;
  /** One reference per listener, as in Node: `unref` must be called for each. */
  #references = 1;
  #referencesMax = 1;

  /** Use `fs.watchFile`. */
  constructor(owner: StatWatcherOwner, bigint: boolean, persistent: boolean) {
    super();
    this.#owner = owner;
    this.#wantsBigInt = bigint;
    if (!persistent) this.#references = 0;
  }

  /** The first look: a path that leads nowhere is told once, with nothing but zeros. */
  start(look?: Look): void {
    if (look === undefined) return;
    if (typeof look === 'number') this.#failed(look);
    else this.#last = look;
  }

  /** A later look. */
  look(look: Look): void {
    if (typeof look === 'number') {
      if (look !== this.#failure) this.#failed(look);
      return;
    }
    const before = this.#last;
    const isBack = this.#failure !== 0;
    this.#failure = 0;
    this.#last = look;
    if (isBack || before === undefined || differs(before, look)) this.#tell(look, before);
  }

  #failed(failure: number): void {
    this.#failure = failure;
    this.#tell(undefined, this.#last);
  }

  #tell(current: Inode | undefined, previous: Inode | undefined): void {
    this.#owner.outbox.push(new StatChange(this, this.#toStats(current), this.#toStats(previous)));
  }

  #toStats(inode: Inode | undefined): Stats | BigIntStats {
    const convert = this.#wantsBigInt ? toBigIntStats : toStats;
    return inode === undefined ? convert(NOTHING, NO_FACTS) : convert(inode, this.#owner.facts);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether it keeps the process alive. */
  get isRef(): boolean {
    return this.#references > 0;
  }

  ref(): this {
    if (this.#references < this.#referencesMax) this.#references += 1;
    this.#owner.updateRef();
    return this;
  }

  unref(): this {
    if (this.#references > 0) this.#references -= 1;
    this.#owner.updateRef();
    return this;
  }

  /** @internal One listener more. */
  addReference(): void {
    this.#references += 1;
    this.#referencesMax += 1;
    this.#owner.updateRef();
  }

  /** @internal One listener less. */
  dropReference(): void {
    this.#referencesMax -= 1;
    this.unref();
  }

  /** Ends the watching; `stop` is emitted after the current turn. */
  stop(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#references = 0;
    this.#owner.updateRef();
    process.nextTick(() => this.emit('stop'));
  }
}

class StatChange implements Delivery {
  readonly #watcher: StatWatcher;
  readonly #current: Stats | BigIntStats;
  readonly #previous: Stats | BigIntStats;

  constructor(watcher: StatWatcher, current: Stats | BigIntStats, previous: Stats | BigIntStats) {
    this.#watcher = watcher;
    this.#current = current;
    this.#previous = previous;
  }

  deliver(): void {
    if (this.#watcher.isOpen) this.#watcher.emit('change', this.#current, this.#previous);
  }
}

/** What libuv compares: not the time of access, and the link count only through ctime. */
function differs(before: Inode, now: Inode): boolean {
  return (
    before.ctimeNsec !== now.ctimeNsec ||
    before.ctimeSec !== now.ctimeSec ||
    before.mtimeNsec !== now.mtimeNsec ||
    before.mtimeSec !== now.mtimeSec ||
    before.btimeNsec !== now.btimeNsec ||
    before.btimeSec !== now.btimeSec ||
    before.size !== now.size ||
    before.mode !== now.mode ||
    before.uid !== now.uid ||
    before.gid !== now.gid ||
    before.ino !== now.ino
  );
}
