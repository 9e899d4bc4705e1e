/** open read write flush release fsync fallocate lseek copyFileRange syncfs: the bytes of files. */
import { errno } from '../../core/errno.js';
import { appends, mayWrite, truncates } from '../../core/flags.js';
import { isDirectory } from '../../core/mode.js';
import type { RangeChange } from '../../ops/ranges.js';
import { FOPEN, WRITE_CACHE } from '../protocol/flags.js';
import { BYTES_AT, encodeError, encodeFilled, encodeStruct } from '../protocol/reply.js';
import type { Request } from '../protocol/request.js';
import { LSEEK_OUT, OPEN_OUT, WRITE_OUT } from '../protocol/structs.js';
import { inoOf, type Session } from '../session.js';

/** Whether the writer keeps what is open: where nothing can be written, nothing is removed either. */
function holds({ volume }: Session): boolean {
  return volume.canHold;
}

/**
 * The file is kept for as long as it is open, whatever happens to its names. Its handle is no number of
 * ours: a request that comes with it says everything, whichever thread it comes to.
 */
export function open(session: Session, { unique, nodeid, args }: Request<'open'>): number {
  const ino = inoOf(nodeid);
  const { flags } = args;
  if (mayWrite(flags) && session.volume.isReadOnly) throw errno('EROFS');
  if (holds(session) && session.volume.control({ type: 'hold', ino }) !== true)
    throw errno('ENOENT');
  if (truncates(flags)) session.volume.change('setAttributes', [ino, { size: 0 }]);
  return encodeStruct(session.page, unique, OPEN_OUT, { fh: 0, openFlags: FOPEN.keepCache });
}

export function release(session: Session, { unique, nodeid }: Request<'release'>): number {
  if (holds(session)) session.volume.release(inoOf(nodeid));
  return encodeError(session.page, unique, 0);
}

/** The bytes go straight into the reply. */
export function read(session: Session, { unique, nodeid, args }: Request<'read'>): number {
  const { page, volume } = session;
  const size = Math.min(args.size, page.buffer.length - BYTES_AT);
  const target = page.buffer.subarray(BYTES_AT, BYTES_AT + size);
  const count = volume.read((store) => {
    const inode = store.inodes.get(inoOf(nodeid));
    if (inode === undefined) throw errno('ENOENT');
    if (isDirectory(inode.mode)) throw errno('EISDIR');
    return store.content.readInto(inode, args.offset, target);
  });
  return encodeFilled(page, unique, count);
}

export function write(session: Session, request: Request<'write'>): number {
  const { unique, nodeid, args, bytes } = request;
  const ino = inoOf(nodeid);
  // What comes from the page cache has its place; the handle is guessed, and may be one that appends.
  const isPlaced = (args.writeFlags & WRITE_CACHE) !== 0 || !appends(args.flags);
  session.volume.change('write', [ino, isPlaced ? args.offset : null] as never, bytes);
  return encodeStruct(session.page, unique, WRITE_OUT, { size: bytes.length });
}

/** Called when a descriptor is closed; what was written is committed already. */
export function flush(session: Session, { unique }: Request<'flush'>): number {
  return encodeError(session.page, unique, 0);
}

/** A real barrier, whatever the volume's durability is. */
export function fsync(session: Session, { unique }: Request<'fsync'>): number {
  return barrier(session, unique);
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

/** Flags of fallocate(2). */
const FALLOC_KEEP_SIZE = 0x01;
const FALLOC_PUNCH_HOLE = 0x02;
const FALLOC_ZERO_RANGE = 0x10;
const FALLOC_KNOWN = FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE | FALLOC_ZERO_RANGE;

function rangeChangeOf(mode: number): RangeChange {
  if ((mode & ~FALLOC_KNOWN) !== 0) throw errno('ENOTSUP');
  if ((mode & FALLOC_PUNCH_HOLE) !== 0) return 'punch';
  return (mode & FALLOC_ZERO_RANGE) !== 0 ? 'zero' : 'reserve';
}

export function fallocate(
  session: Session,
  { unique, nodeid, args }: Request<'fallocate'>,
): number {
  const { offset, length, mode } = args;
  const keepsSize = (mode & FALLOC_KEEP_SIZE) !== 0;
  session.volume.change('changeRange', [
    inoOf(nodeid),
    rangeChangeOf(mode),
    offset,
    length,
    keepsSize,
  ]);
  return encodeError(session.page, unique, 0);
}

const SEEK_DATA = 3;
const SEEK_HOLE = 4;

export function lseek(session: Session, { unique, nodeid, args }: Request<'lseek'>): number {
  const { offset, whence } = args;
  if (whence !== SEEK_DATA && whence !== SEEK_HOLE) throw errno('EINVAL');
  const found = session.volume.read((store) => {
    const inode = store.inodes.get(inoOf(nodeid));
    if (inode === undefined) throw errno('ENOENT');
    if (offset >= inode.size) throw errno('ENXIO');
    if (whence === SEEK_HOLE) return store.content.nextHole(inode, offset);
    return store.content.nextData(inode, offset);
  });
  if (found === undefined) throw errno('ENXIO');
  return encodeStruct(session.page, unique, LSEEK_OUT, { offset: found });
}

export function copyFileRange(session: Session, request: Request<'copyFileRange'>): number {
  const { unique, nodeid, args } = request;
  if (args.flags !== 0) throw errno('EINVAL');
  const { length } = session.volume.change('copyRange', [
    inoOf(nodeid),
    args.offIn,
    inoOf(args.nodeidOut),
    args.offOut,
    args.len,
  ]);
  return encodeStruct(session.page, unique, WRITE_OUT, { size: length });
}
