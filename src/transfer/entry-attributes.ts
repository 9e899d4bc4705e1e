/** Attributes of an entry on disk in the form a volume keeps them. */
import type { BigIntStats } from 'node:fs';
import { type Timestamp, timestampFromNs } from '../core/clock.js';

export interface EntryAttributes {
  /** Type and permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Timestamp;
  readonly atime: Timestamp;
}

/** Who entries belong to when owners are not carried. */
export interface DefaultOwner {
  readonly uid: number;
  readonly gid: number;
}

/** `owner` undefined: the entry's own. */
export function attributesOf(stats: BigIntStats, owner: DefaultOwner | undefined): EntryAttributes {
  return {
    mode: Number(stats.mode),
    uid: owner?.uid ?? Number(stats.uid),
    gid: owner?.gid ?? Number(stats.gid),
    mtime: timestampFromNs(stats.mtimeNs),
    atime: timestampFromNs(stats.atimeNs),
  };
}

export function sameTime(left: Timestamp, right: Timestamp): boolean {
  return left.sec === right.sec && left.nsec === right.nsec;
}
