/** open read write flush release fsync fallocate lseek copyFileRange syncfs: the bytes of files. */
import { constants } from 'node:os';
import { errno } from '../../core/errno.js';
import { appends, mayWrite } from '../../core/flags.js';
import type { Ino } from '../../core/ino.js';
import { isDirectory } from '../../core/mode.js';
import type { NewWrite } from '../../core/write-behind.js';
import type { RangeChange } from '../../ops/ranges.js';
import { FOPEN, RELEASE_FLOCK_UNLOCK, WRITE_CACHE, WRITE_KILL_SUIDGID } from '../protocol/flags.js';
import { BYTES_AT, encodeError, encodeFilled, encodeStruct } from '../protocol/reply.js';
import type { Caller, Request } from '../protocol/request.js';
import { LSEEK_OUT, OPEN_OUT, WRITE_OUT } from '../protocol/structs.js';
import { inodeIn, inoOf, mayRemember, noteAccess, type Session } from '../session.js';
import { lengthWithinLimit, withinLimit } from '../write-limit.js';
import { unlockLeftovers, unlockOpening, unlockProcess } from './locks.js';

/**
 * The file is kept for as long as it is open, whatever happens to its names. A request that comes with a
 * handle has the inode and the flags, too; so it may come to any thread.
 */
export function open(session: Session, { unique, nodeid, args }: Request<'open'>): number {
  const ino = inoOf(nodeid);
  const { volume, openings } = session;
  if (mayWrite(args.flags) && volume.isReadOnly) throw errno('EROFS');
  if (volume.open(ino) === undefined) throw errno('ESTALE');
  const fh = openings.open();
  volume.noteOpening(ino, fh);
  return encodeStruct(session.page, unique, OPEN_OUT, {
    fh,
    openFlags: openFlagsOf(session, args.flags),
  });
}

/**
 * Where the kernel is told of changes it may keep what it has read. Who only reads has nothing to be told when he closes
 * the file; but where locks come to us, those of bytes are given up when any descriptor of the process is closed.
 */
function openFlagsOf(session: Session, flags: number): number {
  const needsFlush = session.options.locks !== 'local' || mayWrite(flags);
  return (mayRemember(session) ? FOPEN.keepCache : 0) | (needsFlush ? 0 : FOPEN.noFlush);
}

export function release(session: Session, { unique, nodeid, args }: Request<'release'>): number {
  const ino = inoOf(nodeid);
  if ((args.releaseFlags & RELEASE_FLOCK_UNLOCK) !== 0) unlockOpening(session, ino, args);
  unlockLeftovers(session, ino, args.fh);
  try {
    // The file may be gone as soon as nobody has it open. Errors were told by the last FLUSH: nobody hears this.
    session.volume.settleWrites(ino);
    return encodeError(session.page, unique, 0);
  } finally {
    session.volume.release(ino);
  }
}

/** The bytes go straight into the reply. */
export function read(session: Session, { unique, nodeid, args }: Request<'read'>): number {
  const { page, volume, openings } = session;
  const size = Math.min(args.size, page.buffer.length - BYTES_AT);
  const target = page.buffer.subarray(BYTES_AT, BYTES_AT + size);
  volume.settleWrites(inoOf(nodeid));
  let count = 0;
  const inode = volume.read((store) => {
    const found = inodeIn(store, nodeid);
    if (isDirectory(found.mode)) throw errno('EISDIR');
    count = store.content.readInto(found, args.offset, target);
    return found;
  });
  if (openings.isFirstRead(args.fh)) noteAccess(session, inode);
  return encodeFilled(page, unique, count);
}

export function write(session: Session, request: Request<'write'>): number {
  const { unique, nodeid, args, bytes } = request;
  const ino = inoOf(nodeid);
  // What comes from the page cache has its place; the handle is guessed, and may be one that appends.
  const isPlaced = (args.writeFlags & WRITE_CACHE) !== 0 || !appends(args.flags);
  const data = isPlaced ? withinLimit(args.offset, bytes) : bytes;
  const write = {
    ino,
    offset: args.offset,
    isAppend: !isPlaced,
    asStranger: (args.writeFlags & WRITE_KILL_SUIDGID) !== 0,
    data,
  };
  if (!mayTake(session) || !session.volume.writeBehind(write)) writeAtOnce(session, write);
  return encodeStruct(session.page, unique, WRITE_OUT, { size: data.length });
}

/** Whether bytes may be written later: other processes do not know of what is pending here. */
function mayTake({ options, remembered }: Session): boolean {
  return options.writeBehind !== false && !remembered.hasOthers;
}

function writeAtOnce(
  { volume, desk }: Session,
  { ino, offset, isAppend, asStranger, data }: NewWrite,
): void {
  const written = volume.change('writeAt', [ino, isAppend ? null : offset, asStranger], data);
  // The kernel took the file to end elsewhere, or does not know of the new mode.
  if (written.hasNewMode || written.offset !== offset) desk.stale(ino);
}

/** Called when a descriptor is closed: what was written is committed, or the error is told. */
export function flush(session: Session, { unique, nodeid, args }: Request<'flush'>): number {
  const ino = inoOf(nodeid);
  unlockProcess(session, ino, args);
  session.volume.settleWrites(ino);
  return encodeError(session.page, unique, failureToTell(session, ino, args.fh, false));
}

/**
 * Returns the errno of what could not be written, 0 for none; throws where the reason has no errno. Each opening
 * is told when it is closed, until it has been told by a sync.
 */
function failureToTell({ volume }: Session, ino: Ino, opening: number, isSync: boolean): number {
  const failure = volume.failureOf(ino, opening, isSync);
  if (failure === constants.errno.EIO) throw lostBytes(ino);
  return failure;
}

function lostBytes(ino: Ino): Error {
  return new Error(
    `Bytes that a program had written to inode ${ino} could not be stored. It is told so when it closes or syncs the file. The health of the volume says why.`,
  );
}

/** A real barrier, whatever the volume's durability is. */
export function fsync(session: Session, { unique, nodeid, args }: Request<'fsync'>): number {
  // The barrier has all that was taken done before: asking for that first would be a second way to the writer.
  barrier(session, unique);
  const failure = failureToTell(session, inoOf(nodeid), args.fh, true);
  return encodeError(session.page, unique, failure);
}

export function fsyncdir(session: Session, { unique }: Request<'fsyncdir'>): number {
  return barrier(session, unique);
}

export function syncfs(session: Session, { unique }: Request<'syncfs'>): number {
  return barrier(session, unique);
}

function barrier({ volume, page }: Session, unique: number): number {
  if (!volume.isReadOnly) volume.control({ type: 'sync' });
  return encodeError(page, unique, 0);
}

/**
 * Whether somebody may not keep the set-id bits of what he changes. These requests do not say what the kernel
 * knows, so that root without CAP_FSETID counts as root.
 */
function isStranger({ uid }: Caller): boolean {
  return uid !== 0;
}

/** Flags of fallocate(2). */
const FALLOC_KEEP_SIZE = 0x01;
const FALLOC_PUNCH_HOLE = 0x02;
const FALLOC_ZERO_RANGE = 0x10;
const FALLOC_KNOWN = FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE | FALLOC_ZERO_RANGE;

function rangeChangeOf(mode: number): RangeChange {
  if ((mode & ~FALLOC_KNOWN) !== 0) throw errno('ENOTSUP');
  const punches = (mode & FALLOC_PUNCH_HOLE) !== 0;
  if (punches && (mode & (FALLOC_KEEP_SIZE | FALLOC_ZERO_RANGE)) !== FALLOC_KEEP_SIZE) {
    throw errno('ENOTSUP');
  }
  if (punches) return 'punch';
  return (mode & FALLOC_ZERO_RANGE) !== 0 ? 'zero' : 'reserve';
}

export function fallocate(
  session: Session,
  { unique, nodeid, args, caller }: Request<'fallocate'>,
): number {
  const { offset, length, mode } = args;
  const ino = inoOf(nodeid);
  const change = rangeChangeOf(mode);
  const keepsSize = (mode & FALLOC_KEEP_SIZE) !== 0;
  const asStranger = isStranger(caller);
  session.volume.change('changeRange', [ino, change, offset, length, keepsSize, asStranger]);
  if (asStranger) session.desk.stale(ino);
  return encodeError(session.page, unique, 0);
}

const NOT_OFFERED = constants.errno.ENOSYS;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;

export function lseek(session: Session, { unique, nodeid, args }: Request<'lseek'>): number {
  const { offset, whence } = args;
  // What the kernel has gathered is no hole, though nothing of it is here yet: it takes all for data then.
  if (session.options.writeback === true) return encodeError(session.page, unique, NOT_OFFERED);
  if (whence !== SEEK_DATA && whence !== SEEK_HOLE) throw errno('EINVAL');
  session.volume.settleWrites(inoOf(nodeid));
  const found = session.volume.read((store) => {
    const inode = inodeIn(store, nodeid);
    if (offset >= inode.size) throw errno('ENXIO');
    if (whence === SEEK_HOLE) return store.content.nextHole(inode, offset);
    return store.content.nextData(inode, offset);
  });
  if (found === undefined) throw errno('ENXIO');
  return encodeStruct(session.page, unique, LSEEK_OUT, { offset: found });
}

export function copyFileRange(session: Session, request: Request<'copyFileRange'>): number {
  const { unique, nodeid, args, caller } = request;
  const { flags, offIn, nodeidOut, offOut, len } = args;
  if (flags !== 0) throw errno('EINVAL');
  const { length } = session.volume.change('copyRange', [
    inoOf(nodeid),
    offIn,
    inoOf(nodeidOut),
    offOut,
    lengthWithinLimit(offOut, len),
    isStranger(caller),
  ]);
  if (isStranger(caller)) session.desk.stale(inoOf(nodeidOut));
  return encodeStruct(session.page, unique, WRITE_OUT, { size: length });
}
