/** Rows of `lock` and `lock_wait`: who holds which lock, and who waits for one. */
import type { Ino } from '../core/ino.js';
import type { Connection, SqlValue } from '../sqlite/connection.js';

/** `flock`: of the whole file; `posix`: of a range of bytes. The kinds do not meet. */
export type LockKind = 'flock' | 'posix';

/** Bytes `first` to `last`, both included; `LOCK_RANGE_END` is the end however far that is. */
export interface LockRange {
  readonly first: number;
  readonly last: number;
  readonly exclusive: boolean;
}

export interface LockedRange extends LockRange {
  readonly client: number;
  readonly pid: number;
}

/** Name of an owner: unique over all processes together with its session. */
export interface LockOwner {
  readonly session: number;
  readonly owner: string;
}

/** A lock that somebody wants, waits for, or holds. */
export interface LockClaim extends LockedRange, LockOwner {
  readonly ino: Ino;
  readonly kind: LockKind;
}

export interface LockWait extends LockClaim {
  /** Place in the order of asking, over all processes. */
  readonly seq: number;
}

/** A lock that is in the way of another. */
export interface LockConflict extends LockRange, LockOwner {
  readonly pid: number;
}

export interface LockedFile {
  readonly ino: Ino;
  readonly kind: LockKind;
}

// Two ranges meet, and one of them is exclusive. Parameters: last, first, and 1 for an exclusive claim.
const MEETS = 'first <= ? AND last >= ? AND (exclusive = 1 OR ? = 1)';
const HELD_HERE = `
  SELECT 1 FROM lock WHERE ino = ? AND kind = ? AND session = ? AND owner <> ? AND ${MEETS} LIMIT 1`;
const HELD_ELSEWHERE = `
  SELECT DISTINCT session FROM lock WHERE ino = ? AND kind = ? AND session <> ? AND ${MEETS}`;
const AWAITED_HERE = `
  SELECT 1 FROM lock_wait
  WHERE ino = ? AND kind = ? AND seq < ? AND session = ? AND owner <> ? AND ${MEETS} LIMIT 1`;
const AWAITED_ELSEWHERE = `
  SELECT DISTINCT session FROM lock_wait
  WHERE ino = ? AND kind = ? AND seq < ? AND session <> ? AND ${MEETS}`;
const IN_THE_WAY = `
  SELECT session, owner, pid, first, last, exclusive FROM lock
  WHERE ino = ? AND kind = ? AND (session <> ? OR owner <> ?) AND ${MEETS}
  ORDER BY first, session, owner`;

const OWN = 'ino = ? AND kind = ? AND session = ? AND owner = ?';
const TOUCHED = `
  SELECT first, last, exclusive, client, pid FROM lock
  WHERE ${OWN} AND first <= ? AND last >= ? ORDER BY first`;
const COUNT_OWN = `SELECT count(*) FROM lock WHERE ${OWN}`;
const DELETE = `DELETE FROM lock WHERE ${OWN} AND first = ?`;
const INSERT = `
  INSERT INTO lock (ino, kind, session, owner, first, last, exclusive, client, pid)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const IS_LOCKED = 'SELECT 1 FROM lock WHERE ino = ? LIMIT 1';
const IS_AWAITED = 'SELECT 1 FROM lock_wait WHERE ino = ? LIMIT 1';

const ENQUEUE = `
  INSERT INTO lock_wait (ino, kind, session, owner, first, last, exclusive, client, pid)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const WAIT_COLUMNS = 'seq, ino, kind, session, owner, first, last, exclusive, client, pid';
const WAITS = `
  SELECT ${WAIT_COLUMNS} FROM lock_wait
  WHERE ino = ? AND kind = ? AND seq > ? ORDER BY seq LIMIT ?`;
const WAIT = `SELECT ${WAIT_COLUMNS} FROM lock_wait WHERE seq = ?`;
const DELETE_WAIT = 'DELETE FROM lock_wait WHERE seq = ?';
// Without an index on the owner: the table is as short as the callers that wait at this moment.
const WAITS_OF_OWNER = `
  SELECT ${WAIT_COLUMNS} FROM lock_wait WHERE session = ? AND owner = ? AND kind = 'posix'`;
const AWAITED_FILES = 'SELECT DISTINCT ino, kind FROM lock_wait WHERE session = ?';

// By client: only when one has gone, so a scan will do.
const OF_CLIENT = 'session = ? AND client = ?';
const FILES_OF_CLIENT = `
  SELECT ino, kind FROM lock WHERE ${OF_CLIENT}
  UNION SELECT ino, kind FROM lock_wait WHERE ${OF_CLIENT}`;
const DELETE_CLIENT = `DELETE FROM lock WHERE ${OF_CLIENT}`;
const DELETE_CLIENT_WAITS = `DELETE FROM lock_wait WHERE ${OF_CLIENT}`;
const COUNT = `
  SELECT (SELECT count(*) FROM lock WHERE session = ?),
         (SELECT count(*) FROM lock_wait WHERE session = ?)`;

type WaitRow = [
  seq: number,
  ino: number,
  kind: LockKind,
  session: number,
  owner: string,
  first: number,
  last: number,
  exclusive: number,
  client: number,
  pid: number,
];

function toWait(row: WaitRow): LockWait {
  const [seq, ino, kind, session, owner, first, last, exclusive, client, pid] = row;
  const isExclusive = exclusive === 1;
  return {
    seq,
    ino: ino as Ino,
    kind,
    session,
    owner,
    first,
    last,
    exclusive: isExclusive,
    client,
    pid,
  };
}

export class LockTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  #get<R>(sql: string, ...parameters: SqlValue[]): R | undefined {
    return this.#connection.statement<SqlValue[], R>(sql).get(...parameters);
  }

  #all<R>(sql: string, ...parameters: SqlValue[]): R[] {
    return this.#connection.statement<SqlValue[], R>(sql).all(...parameters);
  }

  #run(sql: string, ...parameters: SqlValue[]): number {
    return Number(this.#connection.statement<SqlValue[], never>(sql).run(...parameters).changes);
  }

  // --- what is in the way of a claim -------------------------------------------------------------

  /** Whether another owner of the same session holds what the claim conflicts with. */
  isHeldHere({ ino, kind, session, owner, first, last, exclusive }: LockClaim): boolean {
    const row = this.#get(HELD_HERE, ino, kind, session, owner, last, first, exclusive ? 1 : 0);
    return row !== undefined;
  }

  /** Other sessions that hold what the claim conflicts with. */
  sessionsHolding({ ino, kind, session, first, last, exclusive }: LockClaim): number[] {
    const args = [ino, kind, session, last, first, exclusive ? 1 : 0] as const;
    return this.#all<[number]>(HELD_ELSEWHERE, ...args).map(([id]) => id);
  }

  /** Whether another owner of the same session has asked before `seq` for what conflicts. */
  isAwaitedHere(claim: LockClaim, seq: number): boolean {
    const { ino, kind, session, owner, first, last, exclusive } = claim;
    const args = [ino, kind, seq, session, owner, last, first, exclusive ? 1 : 0] as const;
    return this.#get(AWAITED_HERE, ...args) !== undefined;
  }

  /** Other sessions that have asked before `seq` for what conflicts. */
  sessionsAwaiting(claim: LockClaim, seq: number): number[] {
    const { ino, kind, session, first, last, exclusive } = claim;
    const args = [ino, kind, seq, session, last, first, exclusive ? 1 : 0] as const;
    return this.#all<[number]>(AWAITED_ELSEWHERE, ...args).map(([id]) => id);
  }

  /** All locks that conflict with the claim, in the order of their first byte. */
  conflicts(claim: LockClaim): LockConflict[] {
    const { ino, kind, session, owner, first, last, exclusive } = claim;
    const rows = this.#all<[number, string, number, number, number, number]>(
      IN_THE_WAY,
      ...[ino, kind, session, owner, last, first, exclusive ? 1 : 0],
    );
    return rows.map(([holder, name, pid, from, to, type]) => ({
      session: holder,
      owner: name,
      pid,
      first: from,
      last: to,
      exclusive: type === 1,
    }));
  }

  // --- what an owner holds -----------------------------------------------------------------------

  /** Ranges of the claim's owner that reach into bytes `first` to `last`, in order. */
  ownWithin(of: LockClaim, first: number, last: number): LockedRange[] {
    const { ino, kind, session, owner } = of;
    const rows = this.#all<[number, number, number, number, number]>(
      TOUCHED,
      ...[ino, kind, session, owner, last, first],
    );
    return rows.map(([from, to, exclusive, client, pid]) => ({
      first: from,
      last: to,
      exclusive: exclusive === 1,
      client,
      pid,
    }));
  }

  countOwn({ ino, kind, session, owner }: LockClaim): number {
    return this.#get<[number]>(COUNT_OWN, ino, kind, session, owner)?.[0] ?? 0;
  }

  deleteOwn({ ino, kind, session, owner }: LockClaim, first: number): void {
    this.#run(DELETE, ino, kind, session, owner, first);
  }

  insertOwn({ ino, kind, session, owner }: LockClaim, range: LockedRange): void {
    const { first, last, exclusive, client, pid } = range;
    this.#run(INSERT, ino, kind, session, owner, first, last, exclusive ? 1 : 0, client, pid);
  }

  /** Whether anybody holds a lock of the inode or waits for one: then it must not go. */
  keeps(ino: Ino): boolean {
    return this.#get(IS_LOCKED, ino) !== undefined || this.#get(IS_AWAITED, ino) !== undefined;
  }

  // --- who waits ---------------------------------------------------------------------------------

  /** Puts a claim at the end of the queue; returns its place. */
  enqueue(claim: LockClaim): number {
    const { ino, kind, session, owner, first, last, exclusive, client, pid } = claim;
    const result = this.#connection
      .statement<SqlValue[], never>(ENQUEUE)
      .run(ino, kind, session, owner, first, last, exclusive ? 1 : 0, client, pid);
    return Number(result.lastInsertRowid);
  }

  /** Up to `limit` claims on a file behind `after`, in the order of asking. */
  waits({ ino, kind }: LockedFile, after: number, limit: number): LockWait[] {
    return this.#all<WaitRow>(WAITS, ino, kind, after, limit).map(toWait);
  }

  wait(seq: number): LockWait | undefined {
    const row = this.#get<WaitRow>(WAIT, seq);
    return row === undefined ? undefined : toWait(row);
  }

  /** Byte ranges that an owner waits for: one for each of its threads that does. */
  waitsOf({ session, owner }: LockOwner): LockWait[] {
    return this.#all<WaitRow>(WAITS_OF_OWNER, session, owner).map(toWait);
  }

  deleteWait(seq: number): boolean {
    return this.#run(DELETE_WAIT, seq) > 0;
  }

  /** Files for whose locks the session waits. */
  awaitedFiles(session: number): LockedFile[] {
    return toFiles(this.#all<[number, LockKind]>(AWAITED_FILES, session));
  }

  // --- a client, a session -----------------------------------------------------------------------

  /** Removes what a client holds and waits for; returns the files concerned. */
  deleteClient(session: number, client: number): LockedFile[] {
    const files = this.#all<[number, LockKind]>(
      FILES_OF_CLIENT,
      ...[session, client, session, client],
    );
    this.#run(DELETE_CLIENT, session, client);
    this.#run(DELETE_CLIENT_WAITS, session, client);
    return toFiles(files);
  }

  /** Rows of a session. */
  count(session: number): { held: number; waiting: number } {
    const [held = 0, waiting = 0] = this.#get<[number, number]>(COUNT, session, session) ?? [];
    return { held, waiting };
  }
}

function toFiles(rows: readonly [number, LockKind][]): LockedFile[] {
  return rows.map(([ino, kind]) => ({ ino: ino as Ino, kind }));
}
