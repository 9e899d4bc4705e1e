/** getlk setlk setlkw, and what closing does to locks. Rules: fcntl(2), flock(2); see `ops/lock.ts`. */
import { errno } from '../../core/errno.js';
import type { Ino } from '../../core/ino.js';
import { LOCK_RANGE_END } from '../../core/limits.js';
import type { LockRequest } from '../../ops/lock.js';
import type { LockKind } from '../../store/lock-table.js';
import { LK_FLOCK } from '../protocol/flags.js';
import { encodeError, encodeStruct } from '../protocol/reply.js';
import type { Request } from '../protocol/request.js';
import { LK_OUT } from '../protocol/structs.js';
import { inoOf, type Session } from '../session.js';

/** Types of locks as fcntl(2) has them. */
const F_RDLCK = 0;
const F_WRLCK = 1;
const F_UNLCK = 2;

type LockArgs = Request<'setlk'>['args'];

function requestOf(session: Session, args: LockArgs, wait: boolean): LockRequest {
  const { start, end, type, pid, lkFlags } = args;
  if (type !== F_RDLCK && type !== F_WRLCK) throw errno('EINVAL');
  const isFlock = (lkFlags & LK_FLOCK) !== 0;
  if (!isFlock && end < start) throw errno('EINVAL');
  return {
    kind: isFlock ? 'flock' : 'posix',
    owner: session.desk.ownerOf(args),
    pid,
    first: isFlock ? 0 : start,
    last: isFlock ? LOCK_RANGE_END : end,
    exclusive: type === F_WRLCK,
    wait,
  };
}

export function getlk(session: Session, { unique, nodeid, args }: Request<'getlk'>): number {
  const request = requestOf(session, args, false);
  const found = session.volume.change('testLock', [inoOf(nodeid), request]);
  return encodeStruct(session.page, unique, LK_OUT, {
    start: found?.first ?? 0,
    end: found?.last ?? 0,
    type: lockTypeOf(found),
    pid: found?.pid ?? 0,
  });
}

function lockTypeOf(found: { readonly exclusive: boolean } | null): number {
  if (found === null) return F_UNLCK;
  return found.exclusive ? F_WRLCK : F_RDLCK;
}

export function setlk(session: Session, request: Request<'setlk'>): number {
  return change(session, request, false);
}

/** Not answered from here when it has to wait: see `desk.ts`. */
export function setlkw(session: Session, request: Request<'setlkw'>): number {
  return change(session, request, true);
}

function change(session: Session, request: Request<'setlk' | 'setlkw'>, wait: boolean): number {
  const { unique, nodeid, args } = request;
  const ino = inoOf(nodeid);
  if (args.type === F_UNLCK) {
    unlock(session, ino, kindOf(args), session.desk.ownerOf(args), args.start, args.end);
    return encodeError(session.page, unique, 0);
  }
  const wanted = requestOf(session, args, wait);
  session.desk.noteLock();
  // Before there is a lock that closing must not miss.
  if (wanted.kind === 'posix') session.openings.noteLocker(args.fh, ino, wanted.owner);
  const answer = session.volume.change('lock', [ino, wanted]);
  if (answer.seq === undefined) return encodeError(session.page, unique, 0);
  session.desk.awaitLock(unique, answer, wanted);
  return 0;
}

function kindOf({ lkFlags }: LockArgs): LockKind {
  return (lkFlags & LK_FLOCK) === 0 ? 'posix' : 'flock';
}

function unlock(
  { volume, desk }: Session,
  ino: Ino,
  kind: LockKind,
  owner: string,
  first = 0,
  last: number = LOCK_RANGE_END,
): void {
  // Nothing was ever locked through this mount.
  if (!desk.usesLocks || volume.isReadOnly) return;
  const isWhole = kind === 'flock';
  volume.change('unlock', [ino, kind, owner, isWhole ? 0 : first, isWhole ? LOCK_RANGE_END : last]);
}

/** A process has closed a descriptor of the file: it gives up all its locks of bytes of it. */
export function unlockProcess(
  session: Session,
  ino: Ino,
  args: { readonly ownerA: number; readonly ownerB: number },
): void {
  if (!session.desk.usesLocks) return;
  const owner = session.desk.ownerOf(args);
  session.openings.forgetLocker(ino, owner);
  unlock(session, ino, 'posix', owner);
}

/** The last descriptor of an opening was closed: the lock of the whole file that belongs to it goes. */
export function unlockOpening(
  session: Session,
  ino: Ino,
  args: { readonly ownerA: number; readonly ownerB: number },
): void {
  unlock(session, ino, 'flock', session.desk.ownerOf(args));
}

/** Locks of bytes that belong to the opening and not to a process (F_OFD_SETLK): no flush tells them. */
export function unlockLeftovers(session: Session, ino: Ino, fh: number): void {
  if (!session.desk.usesLocks) return;
  for (const owner of session.openings.close(fh)) unlock(session, ino, 'posix', owner);
}

/** Of a lock that waits; whatever else is asked for is answered before the next request is read. */
export function interrupt({ desk }: Session, { args }: Request<'interrupt'>): number {
  desk.interrupt(args.unique);
  return 0;
}
