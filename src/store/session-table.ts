/** Rows of `session` and `hold`: which processes use the volume, and which orphans they have open. */
import type { Timestamp } from '../core/clock.js';
import type { Ino } from '../core/ino.js';
import type { Connection, SqlValue } from '../sqlite/connection.js';

export interface Session {
  readonly id: number;
  readonly pid: number;
  /** Which process that is, where the system tells. */
  readonly process: string | null;
  /** When it last said that it lives, in nanoseconds as text: only compared, never computed with. */
  readonly beatAt: string;
  readonly orphanSeen: number;
}

const TIME = 'CAST(? AS INTEGER) * 1000000000 + CAST(? AS INTEGER)';
const INSERT = `
  INSERT INTO session (pid, process, started_at, beat_at, orphan_seen)
  SELECT ?, ?, ${TIME}, ${TIME}, coalesce(max(seq), 0) FROM orphan`;
const BEAT = `UPDATE session SET beat_at = ${TIME}, orphan_seen = ? WHERE id = ?`;
// Numbers of sessions are never given out twice.
const LAST_ID = "SELECT seq FROM sqlite_sequence WHERE name = 'session'";
const ANY_OTHER = 'SELECT 1 FROM session WHERE id <> ? LIMIT 1';
const TOUCH = 'UPDATE session SET beat_at = beat_at + 1 WHERE id = ?';
const COLUMNS = 'id, pid, process, CAST(beat_at AS TEXT), orphan_seen';
const LIST = `SELECT ${COLUMNS} FROM session ORDER BY id`;
const GET = `SELECT ${COLUMNS} FROM session WHERE id = ?`;
const DELETE = 'DELETE FROM session WHERE id = ?';
const CLEAR = 'DELETE FROM session';
const HOLD = 'INSERT OR IGNORE INTO hold (ino, session) VALUES (?, ?)';
const UNHOLD = 'DELETE FROM hold WHERE ino = ? AND session = ?';
const HELD = 'SELECT ino FROM hold WHERE session = ?';
const IS_HELD = 'SELECT 1 FROM hold WHERE ino = ? LIMIT 1';

type Row = [id: number, pid: number, process: string | null, beatAt: string, orphanSeen: number];

function toSession([id, pid, process, beatAt, orphanSeen]: Row): Session {
  return { id, pid, process, beatAt, orphanSeen };
}

export class SessionTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  insert(pid: number, process: string | null, now: Timestamp): number {
    const result = this.#connection
      .statement<SqlValue[], never>(INSERT)
      .run(pid, process, now.sec, now.nsec, now.sec, now.nsec);
    return Number(result.lastInsertRowid);
  }

  /** Says that the session lives and which orphans it has looked at; false when its row is gone. */
  beat(id: number, now: Timestamp, orphanSeen: number): boolean {
    const statement = this.#connection.statement<SqlValue[], never>(BEAT);
    return statement.run(now.sec, now.nsec, orphanSeen, id).changes > 0;
  }

  touch(id: number): void {
    this.#connection.statement<[number], never>(TOUCH).run(id);
  }

  list(): Session[] {
    return this.#connection.statement<[], Row>(LIST).all().map(toSession);
  }

  get(id: number): Session | undefined {
    const row = this.#connection.statement<[number], Row>(GET).get(id);
    return row === undefined ? undefined : toSession(row);
  }

  /** Whether any session but `id` is listed, alive or not. */
  anyOther(id: number): boolean {
    return this.#connection.statement<[number], [number]>(ANY_OTHER).get(id) !== undefined;
  }

  /** Number of the session that entered last, gone or not; 0: nobody ever did. */
  lastId(): number {
    return this.#connection.statement<[], [number]>(LAST_ID).get()?.[0] ?? 0;
  }

  delete(id: number): void {
    this.#connection.statement<[number], never>(DELETE).run(id);
  }

  /** Lets all go, with what they hold: for a copy that nobody has open. */
  clear(): void {
    this.#connection.statement<[], never>(CLEAR).run();
  }

  hold(id: number, ino: Ino): void {
    this.#connection.statement<[number, number], never>(HOLD).run(ino, id);
  }

  unhold(id: number, ino: Ino): void {
    this.#connection.statement<[number, number], never>(UNHOLD).run(ino, id);
  }

  held(id: number): Ino[] {
    const rows = this.#connection.statement<[number], [number]>(HELD).all(id);
    return rows.map(([ino]) => ino as Ino);
  }

  /** Whether any session has said that it holds the orphan. */
  isHeld(ino: Ino): boolean {
    return this.#connection.statement<[number], [number]>(IS_HELD).get(ino) !== undefined;
  }
}
