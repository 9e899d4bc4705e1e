/**
 * Read connections of one thread.
 *
 * Reads are synchronous, so a single-step read never waits: all share one resident connection, which
 * the pool lends out once for its whole life (an acquire and a release through promises would cost more
 * than the read). A read of several steps (a stream, a walk) takes a lease with a pinned snapshot.
 */
import { createPool, type Pool } from 'generic-pool';
import { VolumeError } from '../core/errors.js';
import type { ResolvedOptions } from '../core/options.js';
import { ThreadSlot } from '../core/thread-slot.js';
import type { Store } from '../store/store.js';
import { CacheShare } from './cache-share.js';
import { Reader } from './reader.js';

/** A frozen view of the volume. */
export interface View {
  read<T>(read: (store: Store) => T): T;
  /** Ends the view. */
  release(): Promise<void> | undefined;
}

export interface Lease extends View {
  /** Runs `read` on the lease's snapshot. Throws ERR_SNAPSHOT_EXPIRED when it became too old. */
  read<T>(read: (store: Store) => T): T;
  /** Ends the snapshot and gives the connection back; may be called twice. */
  release(): Promise<void>;
}

export interface PoolState {
  readonly open: number;
  readonly leased: number;
  readonly waiting: number;
  /** Age of the oldest snapshot, in milliseconds; it keeps the log from being reused. */
  readonly oldestSnapshotMs: number;
  /** Most that the page caches of this thread's connections may take, in bytes. */
  readonly cacheBytesMax: number;
}

type PoolOptions = Pick<
  ResolvedOptions,
  | 'memoryBudgetBytes'
  | 'busyTimeoutMs'
  | 'readersMax'
  | 'readerAcquireTimeoutMs'
  | 'snapshotAgeMaxMs'
  | 'verifyReads'
>;

// The resident readers have one half of the memory; the writer a quarter; leases share the last one.
const RESIDENT_CACHE_SHARE = 0.5;
const LEASED_CACHE_SHARE = 0.25;
// Waiting callers beyond this are refused at once rather than piled up.
const WAITERS_PER_READER = 1000;
const EVICTION_EVERY_MS = 30_000;
const IDLE_CLOSE_MS = 60_000;

export class ReaderPool {
  readonly #path: string;
  readonly #options: PoolOptions;
  readonly #share: CacheShare;
  readonly #slot: ThreadSlot;
  readonly #resident: Reader;
  readonly #pool: Pool<Reader>;
  readonly #snapshots = new Map<Reader, number>();
  /** All that are lent or wait to be. */
  readonly #lendable = new Set<Reader>();
  /** Readers that are out, expired ones included, with the way to end their lease from here. */
  readonly #leased = new Map<Reader, () => void>();
  #beforeRead: () => void = () => undefined;
  #beforeFirstView: () => Promise<unknown> | undefined = () => undefined;
  #isClosed = false;

  /**
   * `share` divides the memory with other threads; without it this thread has all of it. `slot` is where
   * the pool tells other threads how it is.
   */
  constructor(
    path: string,
    options: PoolOptions,
    share: CacheShare = new CacheShare(options),
    slot: ThreadSlot = new ThreadSlot(),
  ) {
    this.#slot = slot;
    this.#path = path;
    this.#options = options;
    this.#share = share;
    share.note();
    this.#resident = this.#open(this.#residentCacheBytes);
    this.#pool = createPool<Reader>(
      {
        create: async () => this.#openLendable(),
        destroy: async (reader) => {
          this.#lendable.delete(reader);
          reader.close();
        },
        validate: async (reader) => !reader.isPinned,
      },
      {
        max: options.readersMax,
        min: 0,
        acquireTimeoutMillis: options.readerAcquireTimeoutMs,
        maxWaitingClients: options.readersMax * WAITERS_PER_READER,
        testOnBorrow: true,
        evictionRunIntervalMillis: EVICTION_EVERY_MS,
        idleTimeoutMillis: IDLE_CLOSE_MS,
      },
    );
    this.#publish();
  }

  #open(cacheBytes: number): Reader {
    const { busyTimeoutMs, verifyReads } = this.#options;
    const { damage } = this.#slot;
    const reader = new Reader({
      path: this.#path,
      cacheBytes,
      busyTimeoutMs,
      verifyReads,
      damage,
    });
    reader.store.tallyReads(this.#slot.readBytes);
    return reader;
  }

  #openLendable(): Reader {
    const reader = this.#open(this.#leasedCacheBytes);
    this.#lendable.add(reader);
    return reader;
  }

  get #residentCacheBytes(): number {
    return this.#share.bytesOf(RESIDENT_CACHE_SHARE);
  }

  get #leasedCacheBytes(): number {
    return this.#share.bytesOf(LEASED_CACHE_SHARE / this.#options.readersMax);
  }

  /** Keeps to this thread's part of the memory after threads have come or gone. */
  adapt(): void {
    if (!this.#share.hasChanged || this.#isClosed) return;
    this.#share.note();
    this.#resident.resizeCache(this.#residentCacheBytes);
    for (const reader of this.#lendable) reader.resizeCache(this.#leasedCacheBytes);
  }

  /** One step on the resident connection: sees everything that was acknowledged before the call. */
  read<T>(read: (store: Store) => T): T {
    this.#beforeRead();
    if (this.#share.hasChanged) this.adapt();
    return this.#resident.read(read);
  }

  /** The same for a read of one statement, which needs no transaction. */
  find<T>(find: (store: Store) => T): T {
    this.#beforeRead();
    return this.#resident.find(find);
  }

  /** What `find` and `read` say stays the same while this number does; asking costs less than a lookup. */
  get version(): number {
    this.#beforeRead();
    return this.#resident.version;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The tables on the resident connection, for reads that are one statement. */
  get store(): Store {
    return this.#resident.store;
  }

  /** Called before everything that is read, leases included: has what is to be seen committed. */
  set beforeRead(work: () => void) {
    this.#beforeRead = work;
  }

  /**
   * What to wait for before a lease while this thread has no other: a log that views have made long can
   * be written from its start only where one ends and the next has not begun.
   */
  set beforeFirstView(work: () => Promise<unknown> | undefined) {
    this.#beforeFirstView = work;
  }

  /** A connection with a frozen view. Throws ERR_READERS_EXHAUSTED when none becomes free in time. */
  async lease(): Promise<Lease> {
    const acquired = this.#acquire();
    this.#publish();
    try {
      const reader = await acquired;
      if (this.#snapshots.size === 0) await this.#beforeFirstView();
      this.#beforeRead();
      try {
        reader.pin();
      } catch (error) {
        await this.#pool.destroy(reader);
        throw error;
      }
      this.#snapshots.set(reader, performance.now());
      return this.#createLease(reader);
    } finally {
      this.#publish();
    }
  }

  /** Tells other threads. */
  #publish(): void {
    const { open, leased, waiting, oldestSnapshotMs } = this.state;
    const slot = this.#slot;
    slot.set('readersOpen', open);
    slot.set('readersLeased', leased);
    slot.set('readersWaiting', waiting);
    slot.set('snapshotSinceMs', this.#snapshots.size === 0 ? 0 : Date.now() - oldestSnapshotMs);
  }

  /**
   * A frozen view for a caller that cannot wait: on a connection of its own, because the pool's may all
   * be out, and because on the resident one the caller's own code would not see what it has just written.
   */
  view(): View {
    this.#beforeRead();
    const reader = this.#open(this.#leasedCacheBytes);
    try {
      reader.pin();
    } catch (error) {
      reader.close();
      throw error;
    }
    this.#snapshots.set(reader, performance.now());
    this.#publish();
    return {
      read: (read) => reader.read(read),
      release: () => {
        reader.close();
        this.#snapshots.delete(reader);
        this.#publish();
        return undefined;
      },
    };
  }

  async #acquire(): Promise<Reader> {
    try {
      return await this.#pool.acquire();
    } catch (error) {
      if (error instanceof VolumeError) throw error;
      throw new VolumeError(
        'ERR_READERS_EXHAUSTED',
        `No read connection of '${this.#path}' became free in ${this.#options.readerAcquireTimeoutMs} ms.`,
        {
          cause: error,
          path: this.#path,
          hint: 'Close streams and directories that are no longer read, or raise `readersMax`.',
        },
      );
    }
  }

  #createLease(reader: Reader): Lease {
    let state: 'open' | 'expired' | 'released' | 'closed' = 'open';
    // The view of a forgotten lease would keep the log growing for ever.
    const timer = setTimeout(() => {
      state = 'expired';
      this.#end(reader);
    }, this.#options.snapshotAgeMaxMs);
    timer.unref();
    this.#leased.set(reader, () => {
      state = 'closed';
      clearTimeout(timer);
    });
    return {
      read: (read) => {
        if (state === 'closed') throw this.#closedError();
        if (state !== 'open') throw this.#expired();
        return reader.read(read);
      },
      release: async () => {
        if (state === 'released' || state === 'closed') return;
        state = 'released';
        clearTimeout(timer);
        this.#leased.delete(reader);
        this.#end(reader);
        // Never give back a connection that is still in a transaction.
        if (reader.isPinned) await this.#pool.destroy(reader);
        else await this.#pool.release(reader);
        this.#publish();
      },
    };
  }

  #end(reader: Reader): void {
    this.#snapshots.delete(reader);
    reader.unpin();
    this.#publish();
  }

  #expired(): VolumeError {
    return new VolumeError(
      'ERR_SNAPSHOT_EXPIRED',
      `A snapshot of '${this.#path}' was held for longer than ${this.#options.snapshotAgeMaxMs} ms.`,
      { path: this.#path, hint: 'Read in shorter pieces, or raise `snapshotAgeMaxMs`.' },
    );
  }

  #closedError(): VolumeError {
    return new VolumeError('ERR_VOLUME_CLOSED', `The volume '${this.#path}' is closed.`, {
      path: this.#path,
      hint: 'Finish streams and walks before closing the volume.',
    });
  }

  get state(): PoolState {
    const [oldest] = this.#snapshots.values();
    return {
      open: this.#pool.size + 1,
      leased: this.#pool.borrowed,
      waiting: this.#pool.pending,
      oldestSnapshotMs: oldest === undefined ? 0 : performance.now() - oldest,
      cacheBytesMax: this.#residentCacheBytes + this.#options.readersMax * this.#leasedCacheBytes,
    };
  }

  /** Waits for leases to come back, at most `graceMs`, then closes all connections. */
  async close(graceMs: number): Promise<void> {
    const drained = this.#pool.drain();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([drained, timeout]);
    clearTimeout(timer);
    for (const [reader, endLease] of [...this.#leased]) {
      this.#leased.delete(reader);
      endLease();
      this.#end(reader);
      await this.#pool.destroy(reader);
    }
    await this.#pool.clear();
    this.#isClosed = true;
    this.#resident.close();
  }
}
