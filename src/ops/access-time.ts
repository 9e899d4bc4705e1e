/**
 * When the time of the last access moves, as the mount option `relatime` of Linux has it: a read after a
 * change does it, and the first one of a day. So most reads write nothing.
 */
import type { Timestamp } from '../core/clock.js';
import { errno } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import type { Inode } from '../store/inode-table.js';
import type { OpContext } from './context.js';

const DAY_SEC = 24 * 60 * 60;

type Times = Pick<
  Inode,
  'atimeSec' | 'atimeNsec' | 'mtimeSec' | 'mtimeNsec' | 'ctimeSec' | 'ctimeNsec'
>;

/** Whether a read at `nowSec` moves the access time of a file. */
export function isAccessDue(times: Times, nowSec: number): boolean {
  const { atimeSec, atimeNsec, mtimeSec, mtimeNsec, ctimeSec, ctimeNsec } = times;
  const atime: Timestamp = { sec: atimeSec, nsec: atimeNsec };
  return (
    nowSec - atimeSec >= DAY_SEC ||
    !isAfter(atime, { sec: mtimeSec, nsec: mtimeNsec }) ||
    !isAfter(atime, { sec: ctimeSec, nsec: ctimeNsec })
  );
}

function isAfter(a: Timestamp, b: Timestamp): boolean {
  return a.sec > b.sec || (a.sec === b.sec && a.nsec > b.nsec);
}

/** Notes that a file was read. No version and no event: reading is no change. */
export function noteAccess({ store, now }: OpContext, ino: Ino): null {
  const inode = store.inodes.get(ino);
  if (inode === undefined) throw errno('ESTALE');
  if (isAccessDue(inode, now.sec)) store.inodes.touchAtime(ino, now);
  return null;
}
