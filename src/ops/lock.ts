/**
 * Advisory locks. Rules: flock(2) for locks of a whole file, fcntl(2) for ranges of bytes. A lock is no
 * change of its inode: no version, no time, no event.
 *
 * What is held and who waits are rows, so that all processes agree. A session grants its own waiters only,
 * in the order of asking over all processes; rows of a process that has ended are in nobody's way.
 *
 * The order: a lock of a whole file is not given past an earlier claim that it conflicts with, so shared
 * ones that keep coming do not starve an exclusive one. Byte ranges go by what is held alone, as in the
 * kernel: there an order would make deadlocks where a program expects none.
 */
import { errno } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import { LOCK_RANGE_END, LOCK_RANGES_MAX } from '../core/limits.js';
import type {
  LockClaim,
  LockConflict,
  LockedFile,
  LockedRange,
  LockKind,
  LockWait,
} from '../store/lock-table.js';
import type { OpContext } from './context.js';
import { withoutRange, withRange } from './lock-ranges.js';

/** What these operations know of sessions. */
export interface LockParty {
  /** The session of this process. */
  readonly session: number;
  /** The same, sure to exist: one that was taken for dead enters anew. */
  enterSession(): number;
  /** Whether the process of a session has ended. */
  isGone(session: number): boolean;
  /** Removes a session that has gone, with all it held. */
  bury(session: number): void;
  /** A claim of this session has become a lock, once the transaction commits. */
  noteGranted(seq: number): void;
  /** A claim of this session has left the queue, once the transaction commits. */
  noteCancelled(seq: number): void;
  /** Whether an inode must not go because it is locked, when no other process can have locked it. */
  keeps(ino: Ino): boolean;
}

export interface LockContext extends OpContext {
  /** Who asks. */
  readonly client: number;
  readonly locks: LockParty;
}

export interface LockRequest {
  readonly kind: LockKind;
  /** Unique within the process. */
  readonly owner: string;
  readonly pid: number;
  /** With the kind `flock` the range is the whole file. */
  readonly first: number;
  readonly last: number;
  readonly exclusive: boolean;
  /** Join the queue when it cannot be had at once; otherwise EAGAIN. */
  readonly wait: boolean;
}

export interface LockAnswer {
  readonly ino: Ino;
  /** Place in the queue; absent when the lock is held. */
  readonly seq?: number;
  /** The session that waits. */
  readonly session: number;
}

const WAITS_AT_ONCE = 64;

/** Whether an order of asking is kept. */
function isFair(kind: LockKind): boolean {
  return kind === 'flock';
}

/**
 * Takes a lock, or joins the queue. EAGAIN, EDEADLK (byte ranges only, over all processes) or ENOLCK;
 * then what the owner held before is as it was.
 */
export function lock(ctx: LockContext, ino: Ino, request: LockRequest): LockAnswer {
  const session = ctx.locks.enterSession();
  const claim = claimOf(ctx, ino, session, request);
  let gone = goneInTheWay(ctx, claim, Number.MAX_SAFE_INTEGER);
  // An owner that holds a lock may change its mode past the queue: the queue may be waiting for it.
  if (gone === undefined && isFair(claim.kind) && ctx.store.locks.countOwn(claim) > 0) {
    gone = goneInTheWay(ctx, claim, 0);
  }
  if (gone !== undefined) {
    checkCount(ctx, claim);
    // A weaker lock than before may let others in.
    if (hold(ctx, claim, gone)) grantWaiters(ctx, claim);
    return { ino, session };
  }
  if (!request.wait) throw errno('EAGAIN');
  if (claim.kind === 'posix' && closesCircle(ctx, claim)) throw errno('EDEADLK');
  // flock(2): a lock that is converted is given up while its owner waits for the other mode. So two that
  // both want more do not wait for each other.
  if (claim.kind === 'flock') release(ctx, claim);
  return { ino, session, seq: ctx.store.locks.enqueue(claim) };
}

type Claimed = Omit<LockRequest, 'wait'>;

function claimOf(ctx: LockContext, ino: Ino, session: number, request: Claimed): LockClaim {
  const { kind, owner, pid, first, last, exclusive } = request;
  return { ino, kind, session, owner, first, last, exclusive, client: ctx.client, pid };
}

/**
 * Sessions that have gone and are still in the way of a claim; undefined when somebody who lives is in
 * the way. Claims before `seq` in the queue count where an order is kept.
 */
function goneInTheWay(ctx: LockView, claim: LockClaim, seq: number): number[] | undefined {
  const { locks } = ctx.store;
  const inOrder = isFair(claim.kind);
  if (locks.isHeldHere(claim) || (inOrder && locks.isAwaitedHere(claim, seq))) return undefined;
  const others = new Set(locks.sessionsHolding(claim));
  if (inOrder) for (const session of locks.sessionsAwaiting(claim, seq)) others.add(session);
  const gone: number[] = [];
  for (const session of others) {
    if (!ctx.locks.isGone(session)) return undefined;
    gone.push(session);
  }
  return gone;
}

function checkCount({ store }: LockContext, claim: LockClaim): void {
  if (claim.kind === 'posix' && store.locks.countOwn(claim) >= LOCK_RANGES_MAX) {
    throw errno('ENOLCK');
  }
}

/** Makes the claim a lock; true when it took something of what the owner held before. */
function hold(ctx: LockContext, claim: LockClaim, gone: readonly number[]): boolean {
  for (const session of gone) {
    ctx.locks.bury(session);
    ctx.wakeReaper();
  }
  // With the neighbours, which may become one with it.
  const before = ctx.store.locks.ownWithin(claim, claim.first - 1, claim.last + 1);
  replace(ctx, claim, before, withRange(before, claim));
  return before.length > 0;
}

function replace(
  { store }: LockContext,
  claim: LockClaim,
  before: readonly LockedRange[],
  after: readonly LockedRange[],
): void {
  for (const range of before) {
    if (!after.some((other) => isSame(other, range))) store.locks.deleteOwn(claim, range.first);
  }
  for (const range of after) {
    if (!before.some((other) => isSame(other, range))) store.locks.insertOwn(claim, range);
  }
}

function isSame(a: LockedRange, b: LockedRange): boolean {
  return a.first === b.first && a.last === b.last && a.exclusive === b.exclusive;
}

/** Takes bytes of an owner's locks away; false when it held none of them. */
function release(ctx: LockContext, claim: LockClaim): boolean {
  const before = ctx.store.locks.ownWithin(claim, claim.first, claim.last);
  if (before.length === 0) return false;
  replace(ctx, claim, before, withoutRange(before, claim.first, claim.last));
  grantWaiters(ctx, claim);
  return true;
}

/** Unlocks a range, or the whole of the file; false when the owner held nothing of it. */
export function unlock(
  ctx: LockContext,
  ino: Ino,
  kind: LockKind,
  owner: string,
  first = 0,
  last: number = LOCK_RANGE_END,
): boolean {
  const { session } = ctx.locks;
  const { client } = ctx;
  const claim = { ino, kind, session, owner, first, last, exclusive: false, client, pid: 0 };
  const held = release(ctx, claim);
  if (held) letGo(ctx, ino);
  return held;
}

/** Takes a claim out of the queue; false when it is not there (any more). */
export function cancelLock(ctx: LockContext, seq: number): boolean {
  const { locks } = ctx.store;
  const claim = locks.wait(seq);
  if (claim === undefined || !locks.deleteWait(seq)) return false;
  ctx.locks.noteCancelled(seq);
  grantWaiters(ctx, claim);
  letGo(ctx, claim.ino);
  return true;
}

/** A file without a name may have been kept by its lock. */
function letGo(ctx: LockContext, ino: Ino): void {
  if (ctx.store.inodes.get(ino)?.nlink === 0) ctx.wakeReaper();
}

/** Removes everything that a client held and waited for. */
export function releaseClient(ctx: LockContext, client: number): void {
  const files = ctx.store.locks.deleteClient(ctx.locks.session, client);
  for (const file of files) {
    grantWaiters(ctx, file);
    letGo(ctx, file.ino);
  }
}

/** The first lock, by its bytes, that is in the way of a range; undefined when there is none. */
export function testLock(ctx: LockContext, ino: Ino, request: Claimed): LockConflict | undefined {
  const { session } = ctx.locks;
  const conflicts = ctx.store.locks.conflicts(claimOf(ctx, ino, session, request));
  return conflicts.find((found) => found.session === session || !ctx.locks.isGone(found.session));
}

// --- who waits -----------------------------------------------------------------------------------

/** What it takes to find out whether a claim may become a lock. */
export type LockView = Pick<LockContext, 'store' | 'locks'>;

interface Grantable {
  readonly wait: LockWait;
  readonly gone: readonly number[];
}

/** Claims of this session on a file that may become locks, in order, as the rows are at each moment. */
function* grantable(ctx: LockView, file: LockedFile): Generator<Grantable> {
  const { locks } = ctx.store;
  const { session } = ctx.locks;
  /** An exclusive claim to the whole file: what comes behind it waits for it, but for its owner's own. */
  let first: LockWait | undefined;
  for (let after = 0; ; ) {
    const waits = locks.waits(file, after, WAITS_AT_ONCE);
    for (const wait of waits) {
      after = wait.seq;
      const isOwn = wait.session === session;
      const isBehind = first !== undefined && !isSameOwner(first, wait);
      const gone = isOwn && !isBehind ? goneInTheWay(ctx, wait, wait.seq) : undefined;
      if (gone !== undefined) yield { wait, gone };
      else if (isFair(file.kind) && wait.exclusive && (isOwn || !ctx.locks.isGone(wait.session))) {
        // Behind two of different owners nobody is both.
        if (isBehind) return;
        first = wait;
      }
    }
    if (waits.length < WAITS_AT_ONCE) return;
  }
}

function isSameOwner(a: LockWait, b: LockWait): boolean {
  return a.session === b.session && a.owner === b.owner;
}

/** Makes locks of the claims on a file that nothing is in the way of any more. */
function grantWaiters(ctx: LockContext, file: LockedFile): void {
  for (let again = true; again; ) {
    again = false;
    for (const { wait, gone } of grantable(ctx, file)) {
      ctx.store.locks.deleteWait(wait.seq);
      // What it took of its owner's other locks may have been in the way of an earlier claim.
      if (hold(ctx, wait, gone)) again = true;
      ctx.locks.noteGranted(wait.seq);
    }
  }
}

/** The same for all files that this session waits for: another process may have let go. */
export function grantAllWaiters(ctx: LockContext): void {
  for (const file of ctx.store.locks.awaitedFiles(ctx.locks.session)) grantWaiters(ctx, file);
}

/** Whether a claim of this session on one of the files may become a lock. Reads only. */
export function canGrantWaiters(ctx: LockView, files: readonly LockedFile[]): boolean {
  return files.some((file) => grantable(ctx, file).next().done !== true);
}

/**
 * Whether an owner that waits for `claim` would wait for itself: it is in the way of one that is in the
 * way of the claim, and so on.
 */
function closesCircle({ store: { locks } }: LockContext, claim: LockClaim): boolean {
  const seen = new Set<string>();
  const pending: LockClaim[] = [claim];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const holder of locks.conflicts(next)) {
      if (holder.session === claim.session && holder.owner === claim.owner) return true;
      const name = `${holder.session} ${holder.owner}`;
      if (seen.has(name)) continue;
      seen.add(name);
      pending.push(...locks.waitsOf(holder));
    }
  }
  return false;
}
