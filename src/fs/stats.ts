/**
 * `Stats`, `BigIntStats` and `StatFs` as `node:fs` gives them: the same own properties in the same
 * order, the same prototype methods. One is made per `stat`, so it must cost well under a microsecond.
 */
import { Stats as NodeStats } from 'node:fs';
import {
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
} from '../core/mode.js';

/** The fields of an inode that `stat` shows. Times are split: seconds since 1970 and nanoseconds. */
export interface StatFields {
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  /** Bytes. */
  readonly size: number;
  /** Chunks stored; fewer than the size needs when the file has holes. */
  readonly chunks: number;
  /** Bytes kept in the inode itself; such a file has no chunks. */
  readonly inlineBytes: number;
  readonly atimeSec: number;
  readonly atimeNsec: number;
  readonly mtimeSec: number;
  readonly mtimeNsec: number;
  readonly ctimeSec: number;
  readonly ctimeNsec: number;
  readonly btimeSec: number;
  readonly btimeNsec: number;
}

/** What every file of a volume shares. */
export interface VolumeFacts {
  readonly dev: number;
  readonly chunkSizeBytes: number;
}

/** Unit of `blocks`, in bytes, whatever `blksize` says. */
const BLOCK_BYTES = 512;
/** Programs size their buffers by `blksize`; a chunk may be larger than is good for that. */
const BLKSIZE_BYTES_MAX = 65_536;

/** Space a file takes, in 512-byte units; holes take none. */
export function blocksOf(inode: StatFields, chunkSizeBytes: number): number {
  if ((inode.mode & S_IFMT) !== S_IFREG || inode.size <= 0) return 0;
  // What is grown beyond its inline bytes is a hole from there on.
  if (inode.chunks === 0) return Math.ceil(inode.inlineBytes / BLOCK_BYTES);
  const isWhole = inode.chunks >= Math.ceil(inode.size / chunkSizeBytes);
  if (isWhole) return Math.ceil(inode.size / BLOCK_BYTES);
  return (inode.chunks * chunkSizeBytes) / BLOCK_BYTES;
}

interface FileTypeMethods {
  isBlockDevice(): boolean;
  isCharacterDevice(): boolean;
  isDirectory(): boolean;
  isFIFO(): boolean;
  isFile(): boolean;
  isSocket(): boolean;
  isSymbolicLink(): boolean;
}

// A base whose prototype is that of `fs.Stats`: a result is an instance of both classes and has Node's
// methods, without the constructor of `fs.Stats`, which is deprecated.
function StatsMethods(): void {}
StatsMethods.prototype = NodeStats.prototype;
const NodeStatsBase = StatsMethods as unknown as new () => FileTypeMethods;

// Fields are defined, not assigned: later versions of Node have setters of these names on the prototype.
export class Stats extends NodeStatsBase {
  readonly dev: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly blksize: number;
  readonly ino: number;
  readonly size: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
  readonly atime: Date;
  readonly mtime: Date;
  readonly ctime: Date;
  readonly birthtime: Date;

  constructor(inode: StatFields, facts: VolumeFacts) {
    super();
    this.dev = facts.dev;
    this.mode = inode.mode;
    this.nlink = inode.nlink;
    this.uid = inode.uid;
    this.gid = inode.gid;
    this.rdev = inode.rdev;
    this.blksize = Math.min(facts.chunkSizeBytes, BLKSIZE_BYTES_MAX);
    this.ino = inode.ino;
    this.size = inode.size;
    this.blocks = blocksOf(inode, facts.chunkSizeBytes);
    this.atimeMs = inode.atimeSec * 1e3 + inode.atimeNsec / 1e6;
    this.mtimeMs = inode.mtimeSec * 1e3 + inode.mtimeNsec / 1e6;
    this.ctimeMs = inode.ctimeSec * 1e3 + inode.ctimeNsec / 1e6;
    this.birthtimeMs = inode.btimeSec * 1e3 + inode.btimeNsec / 1e6;
    this.atime = new Date(Math.round(this.atimeMs));
    this.mtime = new Date(Math.round(this.mtimeMs));
    this.ctime = new Date(Math.round(this.ctimeMs));
    this.birthtime = new Date(Math.round(this.birthtimeMs));
  }
}

const NS_PER_SEC = 1_000_000_000n;
const NS_PER_MS = 1_000_000n;

function nsOf(sec: number, nsec: number): bigint {
  return BigInt(sec) * NS_PER_SEC + BigInt(nsec);
}

/** The exact form; like Node's, it is not an instance of `Stats`. */
export class BigIntStats implements FileTypeMethods {
  readonly dev: bigint;
  readonly mode: bigint;
  readonly nlink: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly rdev: bigint;
  readonly blksize: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly blocks: bigint;
  readonly atimeMs: bigint;
  readonly mtimeMs: bigint;
  readonly ctimeMs: bigint;
  readonly birthtimeMs: bigint;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;
  readonly atime: Date;
  readonly mtime: Date;
  readonly ctime: Date;
  readonly birthtime: Date;

  constructor(inode: StatFields, facts: VolumeFacts) {
    this.dev = BigInt(facts.dev);
    this.mode = BigInt(inode.mode);
    this.nlink = BigInt(inode.nlink);
    this.uid = BigInt(inode.uid);
    this.gid = BigInt(inode.gid);
    this.rdev = BigInt(inode.rdev);
    this.blksize = BigInt(Math.min(facts.chunkSizeBytes, BLKSIZE_BYTES_MAX));
    this.ino = BigInt(inode.ino);
    this.size = BigInt(inode.size);
    this.blocks = BigInt(blocksOf(inode, facts.chunkSizeBytes));
    this.atimeNs = nsOf(inode.atimeSec, inode.atimeNsec);
    this.mtimeNs = nsOf(inode.mtimeSec, inode.mtimeNsec);
    this.ctimeNs = nsOf(inode.ctimeSec, inode.ctimeNsec);
    this.birthtimeNs = nsOf(inode.btimeSec, inode.btimeNsec);
    this.atimeMs = this.atimeNs / NS_PER_MS;
    this.mtimeMs = this.mtimeNs / NS_PER_MS;
    this.ctimeMs = this.ctimeNs / NS_PER_MS;
    this.birthtimeMs = this.birthtimeNs / NS_PER_MS;
    this.atime = new Date(Number(this.atimeMs));
    this.mtime = new Date(Number(this.mtimeMs));
    this.ctime = new Date(Number(this.ctimeMs));
    this.birthtime = new Date(Number(this.birthtimeMs));
  }

  isBlockDevice(): boolean {
    return typeOf(this) === S_IFBLK;
  }

  isCharacterDevice(): boolean {
    return typeOf(this) === S_IFCHR;
  }

  isDirectory(): boolean {
    return typeOf(this) === S_IFDIR;
  }

  isFIFO(): boolean {
    return typeOf(this) === S_IFIFO;
  }

  isFile(): boolean {
    return typeOf(this) === S_IFREG;
  }

  isSocket(): boolean {
    return typeOf(this) === S_IFSOCK;
  }

  isSymbolicLink(): boolean {
    return typeOf(this) === S_IFLNK;
  }
}

function typeOf(stats: BigIntStats): number {
  return Number(stats.mode) & S_IFMT;
}

export function toStats(inode: StatFields, facts: VolumeFacts): Stats {
  return new Stats(inode, facts);
}

export function toBigIntStats(inode: StatFields, facts: VolumeFacts): BigIntStats {
  return new BigIntStats(inode, facts);
}
