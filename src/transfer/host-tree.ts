/**
 * Making entries on the host so that nothing outside the target is ever touched: each is created
 * exclusively, what is there already is looked at without following links, and a directory is entered
 * only when it is a real one.
 */

import * as fs from 'node:fs';
import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  lstatSync,
  openSync,
} from 'node:fs';
import type { Timestamp } from '../core/clock.js';
import { isSymlink, MODE_BITS } from '../core/mode.js';
import type { Inode } from '../store/inode-table.js';
import { ExactTimes, type ExactTimesOutcome, secondsOf } from './exact-times.js';
import type { HostXattrs, XattrList } from './xattrs.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const CREATE_FLAGS = O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0);
// Until its content and owner are right, nobody else may use it.
const PRIVATE_FILE_MODE = 0o600;
const PRIVATE_DIRECTORY_MODE = 0o700;

export function atimeOf(inode: Inode): Timestamp {
  return { sec: inode.atimeSec, nsec: inode.atimeNsec };
}

export function mtimeOf(inode: Inode): Timestamp {
  return { sec: inode.mtimeSec, nsec: inode.mtimeNsec };
}

/** What is at `path`, links not followed. */
export function lookAt(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(String((error as NodeJS.ErrnoException).code));
}

export class HostTree {
  readonly #owners: boolean;
  readonly #xattrs: HostXattrs | undefined;
  readonly #exactTimes = new ExactTimes();
  /** Attributes that the target's filesystem cannot hold, or this user may not set. */
  readonly shortcomings: Set<string> = new Set();

  constructor(owners: boolean, xattrs: HostXattrs | undefined) {
    this.#owners = owners;
    this.#xattrs = xattrs;
  }

  /** Opens a new file for writing; EEXIST when something has the name. */
  createFile(path: string): number {
    return openSync(path, CREATE_FLAGS, PRIVATE_FILE_MODE);
  }

  createDirectory(path: string): void {
    fs.mkdirSync(path, { mode: PRIVATE_DIRECTORY_MODE });
  }

  /** Lets the owner add entries to a directory that is there; it gets its mode when it is left. */
  openDirectory(path: string, mode: number): void {
    if ((mode & PRIVATE_DIRECTORY_MODE) === PRIVATE_DIRECTORY_MODE) return;
    try {
      fs.chmodSync(path, (mode & MODE_BITS) | PRIVATE_DIRECTORY_MODE);
    } catch (error) {
      // Somebody else's; then the first entry says so.
      if (!isErrno(error, 'EPERM')) throw error;
    }
  }

  /** Gives an open new file its attributes and closes it. */
  finishFile(fd: number, path: string, inode: Inode, xattrs: XattrList): void {
    try {
      if (this.#owners) fchownSync(fd, inode.uid, inode.gid);
      if (xattrs.length > 0) this.#writeXattrs(path, xattrs);
      // After chown, which takes setuid away.
      fchmodSync(fd, inode.mode & MODE_BITS);
      futimesSync(fd, secondsOf(atimeOf(inode)), secondsOf(mtimeOf(inode)));
    } finally {
      closeSync(fd);
    }
    this.#refineTimes(path, inode);
  }

  /** The same for what is not opened: directories, links, special files. */
  finishOther(path: string, inode: Inode, xattrs: XattrList): void {
    if (this.#owners) fs.lchownSync(path, inode.uid, inode.gid);
    if (xattrs.length > 0) this.#writeXattrs(path, xattrs);
    if (!isSymlink(inode.mode)) fs.chmodSync(path, inode.mode & MODE_BITS);
    fs.lutimesSync(path, secondsOf(atimeOf(inode)), secondsOf(mtimeOf(inode)));
    this.#refineTimes(path, inode);
  }

  #writeXattrs(path: string, xattrs: XattrList): void {
    if (this.#xattrs === undefined) {
      this.shortcomings.add(
        'Extended attributes are not carried: the optional package fs-xattr is not installed.',
      );
      return;
    }
    if (this.#xattrs.write(path, xattrs)) return;
    this.shortcomings.add('Extended attributes are not carried: the target cannot hold them.');
  }

  #refineTimes(path: string, inode: Inode): void {
    const [atime, mtime] = [atimeOf(inode), mtimeOf(inode)];
    if (ExactTimes.isNeeded(atime, mtime)) this.#exactTimes.set(path, atime, mtime);
  }

  /** Resolves when more entries may be finished. */
  ready(): Promise<void> {
    return this.#exactTimes.ready();
  }

  /** Waits until all times are set. */
  async finish(): Promise<void> {
    const outcome: ExactTimesOutcome = await this.#exactTimes.finish();
    if (outcome === 'exact') return;
    this.shortcomings.add(
      'Times are exact to the microsecond only: neither perl nor python3 could set the rest.',
    );
  }
}
