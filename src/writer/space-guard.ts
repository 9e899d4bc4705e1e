/**
 * A disk that is getting full: deletes must work on it to the end, and give space back. Writer thread only.
 *
 * What is committed lies in the log first. Pages that make the database longer need room a second time,
 * in its file, when a checkpoint moves them; until then the log cannot be written from its start again.
 * Without room for either, nobody could write any more, not even a deletion. So near the end of the disk
 *
 *   each commit is followed by a checkpoint     the log is free again, and its file stays as long as it is
 *   the log's file is kept at a least length    blocks that nobody else can take; a deletion needs few
 *   a commit that makes the database longer     is refused (ENOSPC) while there is not room for it in the
 *                                               file as well, and the reserve besides
 *
 * and when a write has failed all the same, `recover` cuts off what it has left at the end of the log and
 * moves the rest. What only frees is let through: it makes the database hardly longer.
 */
import { closeSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { errno } from '../core/errno.js';
import type { Connection } from '../sqlite/connection.js';
import { spaceOfDisk } from '../sqlite/disk-space.js';
import { hasLog, logEndBytes, walBytes, walPath, walState } from '../sqlite/wal.js';
import type { Checkpoints } from './checkpoints.js';
import type { WriterGauges } from './gauges.js';

const MIB = 1024 * 1024;
/** With less than this free the end is near, on a small disk with less than a share of it. */
const NEAR_BYTES = 32 * MIB;
/** With more than this, nothing need be looked at before a commit. */
const FAR_BYTES = 256 * MIB;
const NEAR_SHARE = 1 / 4;
/** Kept for deletions, in the log's file and on the disk each. */
const RESERVE_BYTES = MIB;
const RESERVE_SHARE = 1 / 24;
/** Far from the end the disk is looked at this often. */
const LOOK_EVERY_MS = 250;
/** Bytes on the disk that a byte of the log comes to: once in the log, once in the file. */
const BYTES_PER_LOGGED = 2;

export interface SpaceEnvironment {
  readonly connection: Connection;
  readonly gauges: WriterGauges;
  readonly checkpoints: Checkpoints;
  readonly lookAtDisk?: (path: string) => { readonly free: number; readonly total: number };
}

export class SpaceGuard {
  readonly #environment: SpaceEnvironment;
  readonly #pageSizeBytes: number;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #loggedBytes = 0;
  #free = Number.POSITIVE_INFINITY;
  #total = Number.POSITIVE_INFINITY;

  constructor(environment: SpaceEnvironment) {
    this.#environment = environment;
    this.#pageSizeBytes = Number(environment.connection.pragma('page_size'));
  }

  #look(): void {
    const { connection, gauges, lookAtDisk = spaceOfDisk } = this.#environment;
    const { free, total } = lookAtDisk(connection.path);
    this.#free = free;
    this.#total = total;
    this.#lookedMs = performance.now();
    this.#loggedBytes = gauges.get('loggedBytes');
  }

  /**
   * Whether the end of the disk is near: what is in the log and not in the file counts as taken. Costs
   * nothing worth mentioning far from it.
   */
  get isNear(): boolean {
    const { gauges } = this.#environment;
    const logged = gauges.get('loggedBytes') - this.#loggedBytes;
    const isOld = performance.now() - this.#lookedMs > LOOK_EVERY_MS;
    if (isOld || this.#isShort(logged * BYTES_PER_LOGGED)) this.#look();
    return this.#isShort(this.#unmovedBytes);
  }

  #isShort(takenBytes: number, nearBytes: number = NEAR_BYTES): boolean {
    const share = nearBytes === NEAR_BYTES ? this.#total * NEAR_SHARE : nearBytes;
    return this.#free - takenBytes < Math.min(nearBytes, share);
  }

  get #reserveBytes(): number {
    return Math.floor(Math.min(RESERVE_BYTES, this.#total * RESERVE_SHARE));
  }

  /** What the file lacks, in bytes, for all that is committed and in the open transaction. */
  #owedBytes(): number {
    const { connection } = this.#environment;
    const pages = connection.statement<[], [number]>('PRAGMA page_count').get()?.[0] ?? 0;
    return Math.max(0, pages * this.#pageSizeBytes - statSync(connection.path).size);
  }

  /** Just before COMMIT. Throws ENOSPC for what the disk has no room for, unless it `onlyFrees`. */
  admit(onlyFrees: boolean): void {
    if (onlyFrees || this.#isFar || !this.#hasLog) return;
    const owed = this.#owedBytes();
    if (owed === 0) return;
    this.#look();
    // What is new goes through the log, where that has no room yet.
    const logged = Math.max(0, owed - this.#roomInLog());
    if (this.#free < owed + logged + this.#reserveBytes) throw errno('ENOSPC');
  }

  /** So far from the end that no batch could come near it. */
  get #isFar(): boolean {
    return !this.isNear && !this.#isShort(this.#unmovedBytes, FAR_BYTES);
  }

  get #unmovedBytes(): number {
    const { gauges } = this.#environment;
    return (gauges.get('walFrames') - gauges.get('checkpointedFrames')) * this.#pageSizeBytes;
  }

  #roomInLog(): number {
    const { connection, gauges } = this.#environment;
    const frames = this.#unmovedBytes === 0 ? 0 : gauges.get('walFrames');
    return walBytes(connection.path) - logEndBytes(frames, this.#pageSizeBytes);
  }

  /** While a new volume is filled there is none. */
  get #hasLog(): boolean {
    return hasLog(this.#environment.connection);
  }

  /** After a commit: near the end the log is moved at once. */
  noteCommit(): void {
    if (this.isNear) this.#environment.checkpoints.wantInline();
  }

  /** Once a second; another program may have filled the disk. */
  tick(): void {
    if (!this.isNear || !this.#hasLog) return;
    this.#environment.checkpoints.wantInline();
    try {
      this.#keepLog();
    } catch (error) {
      // Of the system, not of SQLite: somebody else has taken the last blocks. The next tick tries again.
      if (!(error instanceof Error && 'syscall' in error)) throw error;
    }
  }

  /** Lets the log's file have its least length. SQLite takes zeros for the end of the log. */
  #keepLog(): void {
    const { connection, checkpoints } = this.#environment;
    const wanted = this.#reserveBytes;
    checkpoints.keepAtLeast(wanted);
    if (walBytes(connection.path) >= wanted) return;
    this.#withLog((fd) => {
      const { size } = statSync(walPath(connection.path));
      if (size < wanted) writeSync(fd, Buffer.alloc(wanted - size), 0, wanted - size, size);
    });
  }

  /** Runs work on the file of the log while nobody can append to it. */
  #withLog(work: (fd: number) => void): void {
    const { connection } = this.#environment;
    connection.statement<[], never>('BEGIN IMMEDIATE').run();
    try {
      const fd = openSync(walPath(connection.path), 'r+');
      try {
        work(fd);
      } finally {
        closeSync(fd);
      }
    } finally {
      connection.statement<[], never>('ROLLBACK').run();
    }
  }

  /**
   * After a write has found the disk full: makes what room there is. Says whether trying again may help.
   * The error that brought us here is the one to be told, so none comes out of this.
   */
  recover(): boolean {
    if (!this.#hasLog) return false;
    const { connection, checkpoints } = this.#environment;
    let hasMadeRoom = false;
    try {
      hasMadeRoom = this.#cutLog();
      const bytes = walBytes(connection.path);
      const { busy } = checkpoints.requestNow('truncate');
      hasMadeRoom ||= !busy && bytes > 0;
      if (!busy) this.#keepLog();
    } catch {
      // A checkpoint that finds no room either has moved nothing that counts, and an error of the disk
      // shows when the command is tried again. What was cut off may be enough for a deletion.
    }
    this.#look();
    return hasMadeRoom;
  }

  /** Frees what a commit that failed has left behind the end of the log. */
  #cutLog(): boolean {
    const { connection } = this.#environment;
    // Within a transaction SQLite does not tell how long the log is. When nobody has committed since, it
    // is as long as it was.
    const version = connection.dataVersion;
    const { frames } = walState(connection);
    if (frames === 0) return false;
    let hasCut = false;
    this.#withLog((fd) => {
      if (connection.dataVersion !== version) return;
      const end = logEndBytes(frames, this.#pageSizeBytes);
      hasCut = statSync(walPath(connection.path)).size > end;
      if (hasCut) ftruncateSync(fd, end);
    });
    return hasCut;
  }
}
