/**
 * All that watches a volume in this thread.
 *
 *   commits of this process ──changes──▶ pending ──in order──▶ tree, inodes, stats ──▶ outbox ──▶ listeners
 *   commits of other processes ──noticed every `FOREIGN_NOTICE_MS`──▶ comparison with the tables ──▶ ┘
 *
 * A watch begins at a view between two commits: what was committed before it is not told, what is
 * committed after it is. A comparison runs on such views too, so that what differs was done by others, or
 * was left out because this thread did not take what it was told.
 */
import type { Change } from '../../core/change.js';
import { Errno, errno } from '../../core/errno.js';
import { FsError, VolumeError } from '../../core/errors.js';
import { type Ino, ROOT_INO } from '../../core/ino.js';
import { isDirectory } from '../../core/mode.js';
import { resolve } from '../../ops/resolve.js';
import type { ReaderPool } from '../../readers/pool.js';
import type { Location } from '../../store/inode-state.js';
import type { Inode } from '../../store/inode-table.js';
import type { Store } from '../../store/store.js';
import type { WriterClient } from '../../writer/client.js';
import { displayPath, pathText } from '../arguments/path.js';
import type { VolumeFacts } from '../stats.js';
import { Comparison } from './comparison.js';
import { Outbox } from './outbox.js';
import { StatWatchers } from './stat-watchers.js';
import { TableReader } from './table-reader.js';
import { Watch, type WatchListener, type WatchRequest } from './watch.js';
import { WatchedInodes } from './watched-inodes.js';
import { WatchedTree } from './watched-tree.js';

/** How often other processes are looked for while something is watched, in milliseconds. */
export const FOREIGN_NOTICE_MS = 100;
// Comparing much that is watched may take this share of the time.
const COMPARISON_TIME_SHARE = 0.2;

export interface WatchSource {
  readonly pool: ReaderPool;
  /** Absent when the volume is open for reading only. */
  readonly writer: WriterClient | undefined;
  readonly facts: VolumeFacts;
  /** Throws when the volume is closed. */
  checkOpen(): void;
}

export class WatchHub {
  readonly outbox: Outbox = new Outbox(() => this.#applyPending());
  readonly facts: VolumeFacts;
  readonly stats: StatWatchers = new StatWatchers(this);
  readonly #source: WatchSource;
  readonly #tree: WatchedTree;
  readonly #inodes: WatchedInodes;
  readonly #watches = new Map<Watch, Ino>();
  #pending: (readonly Change[])[] = [];
  #unsubscribe: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dataVersion: unknown;
  #foreignCommits: unknown;
  #isAsking = false;
  #comparison: Comparison | undefined;
  #mustCompare = false;
  #restUntilMs = 0;

  constructor(source: WatchSource) {
    this.#source = source;
    this.facts = source.facts;
    const reader = new TableReader(source.pool.store);
    this.#tree = new WatchedTree(reader);
    this.#inodes = new WatchedInodes(reader);
  }

  checkOpen(): void {
    this.#source.checkOpen();
  }

  // --- what is watched -------------------------------------------------------------------------------

  /** Throws what resolving the path gives: an `FsError` with `filename`, as Node's. */
  open(request: WatchRequest, listener: WatchListener): Watch {
    this.checkOpen();
    try {
      const text = pathText(request.path);
      const watch = new Watch(this, request, text, listener);
      this.begin((store) => this.#enter(store, watch, text));
      this.updateRef();
      return watch;
    } catch (error) {
      this.released();
      throw error instanceof Errno ? watchError(error, request.path) : error;
    }
  }

  #enter(store: Store, watch: Watch, text: string): void {
    const { parent, name, inode } = existing(resolve(store, text, true));
    const { ino } = inode;
    const location: Location | undefined =
      name === '' ? locationOfDirectory(store, inode) : { parent, name };
    const state = new TableReader(store).state(ino);
    if (state === undefined) throw errno('EIO');
    this.#inodes.watch(state, location, watch);
    if (isDirectory(inode.mode)) this.#tree.watch(ino, watch, watch.request.recursive);
    this.#watches.set(watch, ino);
  }

  release(watch: Watch): void {
    const ino = this.#watches.get(watch);
    if (ino === undefined) return;
    this.#watches.delete(watch);
    this.#inodes.unwatch(ino, watch);
    this.#tree.unwatch(ino, watch);
    this.released();
  }

  /** Lets everything rest when nothing is watched. */
  released(): void {
    if (this.#watches.size > 0 || this.stats.size > 0) {
      this.updateRef();
      return;
    }
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#comparison = undefined;
    this.#mustCompare = false;
    this.#pending = [];
  }

  /** The process stays alive for what is watched persistently. */
  updateRef(): void {
    if (this.#timer === undefined) return;
    if (this.#isRef()) this.#timer.ref();
    else this.#timer.unref();
  }

  #isRef(): boolean {
    for (const watch of this.#watches.keys()) if (watch.isRef) return true;
    return this.stats.isRef;
  }

  // --- commits of this process -----------------------------------------------------------------------

  #listen(): void {
    if (this.#timer !== undefined) return;
    const { writer } = this.#source;
    // Of a client that it does not know yet the writer marks no commits.
    if (writer?.hasHeard === false) {
      this.#foreignCommits = writer.controlSync({ type: 'foreignCommits' });
    }
    this.#unsubscribe = writer?.changes.follow({
      changed: (changes) => {
        this.#pending.push(changes);
        this.outbox.schedule();
      },
      lost: () => this.#missed(),
    });
    this.#timer = setInterval(() => this.#lookForOthers(), FOREIGN_NOTICE_MS);
    this.updateRef();
  }

  /** This thread was blocked for so long that changes were left out: the tables have them. */
  #missed(): void {
    this.#mustCompare = true;
    this.#compare();
  }

  #applyPending(): void {
    const pending = this.#pending;
    this.#pending = [];
    try {
      for (const changes of pending) this.#apply(changes);
      if (this.stats.isDue) this.#source.pool.read((store) => this.stats.lookAgain(store));
    } catch (error) {
      this.#end(error);
    }
  }

  #apply(changes: readonly Change[]): void {
    for (const change of changes) {
      this.#tree.apply(change);
      this.#inodes.apply(change);
      this.stats.apply(change);
    }
  }

  begin(start: (store: Store) => void): void {
    this.#listen();
    this.#betweenCommits(start);
  }

  /**
   * Runs `work` on a view that holds exactly the commits of this process that have been applied here.
   * What the writer has posted is taken before the view is opened: subscribers may read, and must not
   * read from a view that is older than what they are told.
   */
  #betweenCommits(work: (store: Store) => void): void {
    const { pool, writer } = this.#source;
    for (let isDone = false; !isDone; ) {
      const mark = writer?.changes.settledMark();
      writer?.receivePosted();
      isDone = pool.read((store) => {
        // The first statement is what freezes the view.
        store.inodes.get(ROOT_INO);
        if (writer?.changes.mark !== mark) return false;
        this.#applyPending();
        work(store);
        return true;
      });
    }
  }

  // --- commits of other processes --------------------------------------------------------------------

  #lookForOthers(): void {
    try {
      if (this.#source.writer?.isLost === true) this.#end(writerGone());
      else if (this.#someoneCommitted()) void this.#askWhoCommitted();
    } catch (error) {
      this.#end(error);
    }
    this.#compare();
  }

  #someoneCommitted(): boolean {
    const version = this.#source.pool.store.connection.pragma('data_version');
    const isNew = version !== this.#dataVersion;
    this.#dataVersion = version;
    return isNew;
  }

  /** The writer knows its own commits; without one all are of others. */
  async #askWhoCommitted(): Promise<void> {
    const { writer } = this.#source;
    if (writer === undefined) {
      this.#mustCompare = true;
      return;
    }
    if (this.#isAsking) {
      // The answer under way may be older than the commit.
      this.#dataVersion = undefined;
      return;
    }
    this.#isAsking = true;
    try {
      const commits = await writer.control({ type: 'foreignCommits' });
      if (commits !== this.#foreignCommits) this.#mustCompare = true;
      this.#foreignCommits = commits;
    } catch {
      // A writer that stopped commits nothing any more: what is new is of others.
      this.#mustCompare = true;
    } finally {
      this.#isAsking = false;
    }
    this.#compare();
  }

  #compare(): void {
    const isResting = this.#comparison !== undefined || performance.now() < this.#restUntilMs;
    if (!this.#mustCompare || isResting || this.#timer === undefined) return;
    this.#mustCompare = false;
    this.#comparison = new Comparison(this.#tree, this.#inodes);
    this.stats.expectAnything();
    this.#continueComparison();
  }

  /** A slice at a time, with turns of the event loop between them. */
  #continueComparison(): void {
    const comparison = this.#comparison;
    if (comparison === undefined) return;
    try {
      this.#betweenCommits((store) => comparison.run(store));
    } catch (error) {
      this.#end(error);
      return;
    }
    this.outbox.schedule();
    if (!comparison.isDone) {
      const immediate = setImmediate(() => this.#continueComparison());
      if (!this.#isRef()) immediate.unref();
      return;
    }
    this.#comparison = undefined;
    this.#restUntilMs = performance.now() + comparison.workedMs / COMPARISON_TIME_SHARE;
  }

  // --- ends ------------------------------------------------------------------------------------------

  /** Tells what is known and ends all watches. */
  close(): void {
    if (this.#timer === undefined) return;
    // Now: the connection is about to be closed.
    this.#applyPending();
    this.#end();
  }

  #end(error?: unknown): void {
    this.#comparison = undefined;
    clearInterval(this.#timer);
    for (const watch of this.#watches.keys()) {
      this.outbox.push({ deliver: () => endWatch(watch, error) });
    }
    this.outbox.push({ deliver: () => this.#endStats() });
  }

  #endStats(): void {
    this.stats.stop();
    this.released();
  }
}

function endWatch(watch: Watch, error: unknown): void {
  if (!watch.isOpen) return;
  watch.listener.ended(error);
  watch.close();
}

function writerGone(): VolumeError {
  return new VolumeError('ERR_WRITER_FAILED', 'The writer is gone: changes cannot be watched.', {
    hint: 'Close the volume and open it again.',
  });
}

function existing(place: ReturnType<typeof resolve>): { parent: Ino; name: string; inode: Inode } {
  const { parent, name, inode, trailingSlash } = place;
  if (inode === undefined) throw errno('ENOENT');
  if (trailingSlash && !isDirectory(inode.mode)) throw errno('ENOTDIR');
  return { parent, name, inode };
}

/** Of a path that ends in a dot. */
function locationOfDirectory(store: Store, { ino, parent }: Inode): Location | undefined {
  if (ino === ROOT_INO || parent === null) return undefined;
  return new TableReader(store).locations(ino, parent)[0];
}

function watchError({ code }: Errno, path: string | Uint8Array): FsError {
  const error = new FsError(code, { syscall: 'watch', path: displayPath(path) });
  return Object.assign(error, { filename: path });
}
