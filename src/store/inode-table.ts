/**
 * Rows of `inode`: SQL text beside its mapping to `Inode`.
 *
 * An operation reads an inode, changes the object and saves it once, so that every operation is one
 * UPDATE however much it changes.
 */
import type { Timestamp } from '../core/clock.js';
import { damaged, errno } from '../core/errno.js';
import type { BlobId, Ino } from '../core/ino.js';
import { FILE_SIZE_MAX } from '../core/limits.js';
import type { Connection, SqlValue, Statement } from '../sqlite/connection.js';
import { InoNumbers } from './ino-numbers.js';

/** Metadata record of a file. `inline` bytes are read and written through `ContentTable` only. */
export interface Inode {
  readonly ino: Ino;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  rdev: number;
  /** Bytes. */
  size: number;
  atimeSec: number;
  atimeNsec: number;
  mtimeSec: number;
  mtimeNsec: number;
  ctimeSec: number;
  ctimeNsec: number;
  btimeSec: number;
  btimeNsec: number;
  version: number;
  /** Directories: the directory that holds the name. */
  parent: Ino | null;
  /** Chunks stored for the file. */
  chunks: number;
  /** Blob of chunk 0. */
  head: BlobId | null;
  /** Length of the inline content, in bytes; 0 when there is none. */
  inlineBytes: number;
}

export type InodeTuple = readonly [
  ino: number,
  mode: number,
  nlink: number,
  uid: number,
  gid: number,
  rdev: number,
  size: number,
  // A time that is not stored is that of birth.
  atimeSec: number | null,
  atimeNsec: number | null,
  mtimeSec: number | null,
  mtimeNsec: number | null,
  ctimeSec: number | null,
  ctimeNsec: number | null,
  btimeSec: number,
  btimeNsec: number,
  version: number,
  parent: number | null,
  chunks: number,
  head: number | null,
  inlineBytes: number | null,
];

function splitTime(column: string): string {
  return `i.${column} / 1000000000, i.${column} % 1000000000`;
}

/** Columns of `inode AS i` in the order of `InodeTuple`. */
export const INODE_COLUMNS: string = [
  'i.ino, i.mode, i.nlink, i.uid, i.gid, i.rdev, i.size',
  splitTime('atime'),
  splitTime('mtime'),
  splitTime('ctime'),
  splitTime('btime'),
  'i.version, i.parent, i.chunks, i.head, length(i.inline)',
].join(', ');

/** Where `sound` is in a row that has it behind these columns. */
export const SUM_COLUMN = 20;

const NS_PER_SEC = 1_000_000_000;

/**
 * Whether a row may be one that we have written. SQLite does not look at types and constraints when it
 * reads, so a damaged row, or a stranger's, may hold anything; sizes that cannot be would ask for memory
 * and loops without end.
 */
function isPossible(row: InodeTuple): boolean {
  const size = row[6];
  const [chunks, head] = [row[17], row[18]];
  return (
    Number.isInteger(size) &&
    size >= 0 &&
    size <= FILE_SIZE_MAX &&
    typeof row[1] === 'number' &&
    typeof row[2] === 'number' &&
    typeof row[15] === 'number' &&
    typeof chunks === 'number' &&
    (head === null || typeof head === 'number')
  );
}

/**
 * Maps a row; SQLite divides towards zero, so times before 1970 borrow a second. EIO for what no row can
 * be: it is damaged.
 */
export function toInode(row: InodeTuple): Inode {
  if (!isPossible(row)) throw errno('EIO');
  return mapped(row);
}

function mapped(row: InodeTuple): Inode {
  const inode: Inode = {
    ino: row[0] as Ino,
    mode: row[1],
    nlink: row[2],
    uid: row[3],
    gid: row[4],
    rdev: row[5],
    size: row[6],
    atimeSec: row[7] ?? row[13],
    atimeNsec: row[8] ?? row[14],
    mtimeSec: row[9] ?? row[13],
    mtimeNsec: row[10] ?? row[14],
    ctimeSec: row[11] ?? row[13],
    ctimeNsec: row[12] ?? row[14],
    btimeSec: row[13],
    btimeNsec: row[14],
    version: row[15],
    parent: row[16] as Ino | null,
    chunks: row[17],
    head: row[18] as BlobId | null,
    inlineBytes: row[19] ?? 0,
  };
  if (inode.atimeNsec < 0) borrowSecond(inode, 'atime');
  if (inode.mtimeNsec < 0) borrowSecond(inode, 'mtime');
  if (inode.ctimeNsec < 0) borrowSecond(inode, 'ctime');
  if (inode.btimeNsec < 0) borrowSecond(inode, 'btime');
  return inode;
}

type TimeName = 'atime' | 'mtime' | 'ctime' | 'btime';

function borrowSecond(inode: Inode, name: TimeName): void {
  inode[`${name}Sec`] -= 1;
  inode[`${name}Nsec`] += NS_PER_SEC;
}

// A 64-bit integer holds nanoseconds from 1677 to 2262; later or earlier times are cut to that range.
const SEC_MAX = 9_223_372_035;
const SEC_MIN = -9_223_372_036;

export function setTime(inode: Inode, name: TimeName, time: Timestamp): void {
  inode[`${name}Sec`] = secondsThatFit(time.sec);
  inode[`${name}Nsec`] = time.nsec;
}

function secondsThatFit(sec: number): number {
  return Math.min(Math.max(sec, SEC_MIN), SEC_MAX);
}

// CAST: the driver binds every number as floating point, which cannot hold nanoseconds.
const TIME = 'CAST(? AS INTEGER) * 1000000000 + CAST(? AS INTEGER)';

/** What creating an entry needs to know of the directory above. */
export interface DirectoryFacts {
  readonly mode: number;
  readonly gid: number;
  readonly nlink: number;
}

const GET = `SELECT ${INODE_COLUMNS} FROM inode AS i WHERE i.ino = ?`;
const GET_WITH_SUM = `SELECT ${INODE_COLUMNS}, i.sound FROM inode AS i WHERE i.ino = ?`;

const DIRECTORY_FACTS = 'SELECT mode, gid, nlink, 1 FROM inode WHERE ino = ?';
const DIRECTORY_FACTS_WITH_SUM = 'SELECT mode, gid, nlink, sound FROM inode WHERE ino = ?';

const INSERT = `
  INSERT INTO inode (ino, mode, nlink, uid, gid, rdev, size, atime, mtime, ctime, btime, version, parent,
                     chunks, head, inline_crc32c, inline)
  VALUES (?, ?, ?, ?, ?, ?, ?, ${TIME}, ${TIME}, NULL, ${TIME}, ?, ?, ?, ?, ?, ?)`;

const UPDATE = `
  UPDATE inode SET mode = ?, nlink = ?, uid = ?, gid = ?, size = ?,
                   atime = nullif(${TIME}, btime), mtime = nullif(${TIME}, btime),
                   ctime = nullif(${TIME}, btime), version = ?, parent = ?, chunks = ?, head = ?
  WHERE ino = ?`;

const TOUCH_DIRECTORY = `
  UPDATE inode SET mtime = ${TIME}, ctime = ${TIME}, nlink = nlink + ?, version = version + 1
  WHERE ino = ? AND sound`;

const TOUCH_ATIME = `UPDATE inode SET atime = nullif(${TIME}, btime) WHERE ino = ? AND sound`;
const EXISTS = 'SELECT 1 FROM inode WHERE ino = ?';

const COUNT = 'SELECT count(*) FROM inode';
const NUMBERS_AFTER = 'SELECT ino FROM inode WHERE ino > ? ORDER BY ino LIMIT ?';

const DELETE = 'DELETE FROM inode WHERE ino = ?';

/** An inode to be, with its inline content if it has any. */
export interface NewInode {
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  readonly atime: Timestamp;
  readonly mtime: Timestamp;
  readonly ctime: Timestamp;
  readonly parent: Ino | null;
  readonly chunks: number;
  readonly head: BlobId | null;
  readonly inlineCrc32c: number | null;
  readonly inline: Uint8Array | null;
}

/** Seconds of a time, or null, which makes the whole column NULL, when it is that of birth. */
function unlessBirth(time: Timestamp, birth: Timestamp): number | null {
  return time.sec === birth.sec && time.nsec === birth.nsec ? null : secondsThatFit(time.sec);
}

/** EIO unless the sum of a row of `inode` is that of its columns. */
export function demandSound(sound: unknown, ino: number): void {
  if (sound !== 1) throw damaged(`the row of inode ${ino} has a wrong sum`);
}

export class InodeTable {
  /** Whether every read compares the sum of the row. */
  verifies = false;
  readonly #get: Statement<[number], InodeTuple>;
  readonly #connection: Connection;
  readonly #numbers: InoNumbers;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#get = connection.statement(GET);
    this.#numbers = new InoNumbers(connection);
  }

  get(ino: Ino): Inode | undefined {
    if (this.verifies) return this.#verified(ino);
    const row = this.#get.get(ino);
    return row === undefined ? undefined : toInode(row);
  }

  #verified(ino: Ino): Inode | undefined {
    const row = this.#connection
      .statement<[number], [...InodeTuple, sound: number]>(GET_WITH_SUM)
      .get(ino);
    if (row === undefined) return undefined;
    demandSound(row[SUM_COLUMN], ino);
    return toInode(row as unknown as InodeTuple);
  }

  /** The same whatever the row holds, for a repair. */
  getAny(ino: Ino): Inode | undefined {
    const row = this.#get.get(ino);
    return row === undefined ? undefined : mapped(row);
  }

  directoryFacts(ino: Ino): DirectoryFacts | undefined {
    const row = this.#connection
      .statement<[number], [mode: number, gid: number, nlink: number, sound: number]>(
        this.verifies ? DIRECTORY_FACTS_WITH_SUM : DIRECTORY_FACTS,
      )
      .get(ino);
    if (row === undefined) return undefined;
    demandSound(row[3], ino);
    return { mode: row[0], gid: row[1], nlink: row[2] };
  }

  /** Adds an inode at version 1, born at its ctime. */
  insert(inode: NewInode): Ino {
    const ino = this.#numbers.take();
    this.#connection
      .statement<SqlValue[], never>(INSERT)
      .run(
        ino,
        inode.mode,
        inode.nlink,
        inode.uid,
        inode.gid,
        inode.rdev,
        inode.size,
        unlessBirth(inode.atime, inode.ctime),
        inode.atime.nsec,
        unlessBirth(inode.mtime, inode.ctime),
        inode.mtime.nsec,
        inode.ctime.sec,
        inode.ctime.nsec,
        1,
        inode.parent,
        inode.chunks,
        inode.head,
        inode.inlineCrc32c,
        inode.inline,
      );
    return ino;
  }

  /** After a rollback. */
  forgetNumbers(): void {
    this.#numbers.forget();
  }

  /** Saves a changed inode and counts its version up. */
  save(inode: Inode): void {
    inode.version += 1;
    this.#connection
      .statement<SqlValue[], never>(UPDATE)
      .run(
        inode.mode,
        inode.nlink,
        inode.uid,
        inode.gid,
        inode.size,
        inode.atimeSec,
        inode.atimeNsec,
        inode.mtimeSec,
        inode.mtimeNsec,
        inode.ctimeSec,
        inode.ctimeNsec,
        inode.version,
        inode.parent,
        inode.chunks,
        inode.head,
        inode.ino,
      );
  }

  /** What adding or removing a name does to the directory: times, version, and `nlinkDelta`. */
  touchDirectory(ino: Ino, now: Timestamp, nlinkDelta: number): void {
    const { changes } = this.#connection
      .statement<SqlValue[], never>(TOUCH_DIRECTORY)
      .run(now.sec, now.nsec, now.sec, now.nsec, nlinkDelta, ino);
    if (changes === 0) this.#demandGone(ino);
  }

  /** A row that was not changed because its sum is wrong: a new sum would hide that. */
  #demandGone(ino: Ino): void {
    const isThere = this.#connection.statement<[number], [number]>(EXISTS).get(ino) !== undefined;
    demandSound(isThere ? 0 : 1, ino);
  }

  /** Reading is no change: neither ctime nor version. */
  touchAtime(ino: Ino, now: Timestamp): void {
    const { changes } = this.#connection
      .statement<SqlValue[], never>(TOUCH_ATIME)
      .run(now.sec, now.nsec, ino);
    if (changes === 0) this.#demandGone(ino);
  }

  /** Numbers of inodes in order, for who walks through all of them. */
  numbersAfter(ino: number, limit: number): Ino[] {
    const rows = this.#connection
      .statement<[number, number], [number]>(NUMBERS_AFTER)
      .all(ino, limit);
    return rows.map(([number]) => number as Ino);
  }

  /** How many inodes there are: a scan. */
  count(): number {
    return this.#connection.statement<[], [number]>(COUNT).get()?.[0] ?? 0;
  }

  delete(ino: Ino): void {
    this.#connection.statement<[number], never>(DELETE).run(ino);
  }
}
