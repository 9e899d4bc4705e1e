/**
 * close read write readv writev fstat ftruncate fchmod fchown futimes fsync fdatasync: on a descriptor.
 *
 * The descriptor is looked at last, after every other argument, as in Node.
 */
import { errno } from '../../core/errno.js';
import { FsError } from '../../core/errors.js';
import { appends, mayRead, mayWrite } from '../../core/flags.js';
import { isDirectory } from '../../core/mode.js';
import type { Inode } from '../../store/inode-table.js';
import type { Store } from '../../store/store.js';
import { bytesOf } from '../arguments/buffers.js';
import { truncateLength, validatedFd, validateOwnerId } from '../arguments/integers.js';
import { parseFileMode } from '../arguments/mode.js';
import { wantsBigInt } from '../arguments/options.js';
import { timestampOf, toUnixTimestamp } from '../arguments/times.js';
import type { OpenFile } from '../descriptors.js';
import { type BigIntStats, type Stats, toBigIntStats, toStats } from '../stats.js';
import { versionCondition } from './precondition.js';
import {
  ask,
  type Call,
  type CallEnvironment,
  type LocalStep,
  localStep,
  type ReadStep,
  readStep,
  type Step,
  type StepSequence,
  type WriteStep,
  writeStep,
} from './step.js';

/** The open file behind a number; EBADF when there is none. */
export function openFileOf(env: CallEnvironment, fd: unknown, syscall: string): OpenFile {
  const file = env.descriptors.find(validatedFd(fd));
  if (file === undefined) throw new FsError('EBADF', { syscall });
  return file;
}

/** Gives the descriptor back at once; writes that were asked for before still reach the file. */
export function close(env: CallEnvironment, fd: unknown): LocalStep<undefined> {
  const { fd: number } = openFileOf(env, fd, 'close');
  return localStep(() => {
    const file = env.descriptors.remove(number);
    if (file === undefined) throw new FsError('EBADF', { syscall: 'close' });
    env.release(file.ino);
    return undefined;
  });
}

/** The inode of an open file. It is there as long as the file is open, unless its session was lost. */
function inodeOf(store: Store, file: OpenFile): Inode {
  const inode = store.inodes.get(file.ino);
  if (inode === undefined) throw errno('EBADF');
  return inode;
}

/** Behind the last offset that the kernel knows, in bytes. */
const OFFSET_END = 2 ** 63;

/** Fills `targets` one after the other; returns the number of bytes. A null position is the file's. */
function readTargets(
  syscall: string,
  file: OpenFile,
  targets: readonly Uint8Array[],
  position: number | null,
): ReadStep<number> {
  return readStep({ syscall }, (store) => {
    if (!mayRead(file.flags)) throw errno('EBADF');
    const inode = inodeOf(store, file);
    if (isDirectory(inode.mode)) throw errno('EISDIR');
    // readv(2) of no buffer at all.
    if (targets.length === 0) throw errno('EINVAL');
    const start = position ?? file.position;
    // pread(2) refuses what ends beyond the largest offset.
    if (start >= OFFSET_END) throw errno('EINVAL');
    let offset = start;
    for (const target of targets) {
      const count = store.content.readInto(inode, offset, target);
      offset += count;
      if (count < target.length) break;
    }
    if (position === null) file.position = offset;
    return offset - start;
  });
}

/** Nothing is read, and not even the descriptor looked at, where there is no room. */
export function read(
  env: CallEnvironment,
  fd: unknown,
  target: Uint8Array,
  position: number | null,
): Step<number> {
  if (target.length === 0) return NO_BYTES;
  return readTargets('read', openFileOf(env, fd, 'read'), [target], position);
}

export function readv(
  env: CallEnvironment,
  fd: unknown,
  buffers: readonly ArrayBufferView[],
  position: number | null,
): ReadStep<number> {
  return readTargets('read', openFileOf(env, fd, 'read'), buffers.map(bytesOf), position);
}

/**
 * Writes all of `bytes` in one command. Without a position it goes to the file's, which moves at once,
 * so that writes that are not awaited still follow each other.
 */
export function write(
  env: CallEnvironment,
  fd: unknown,
  bytes: Uint8Array,
  position: number | null,
): Call<number> {
  const file = openFileOf(env, fd, 'write');
  if (!mayWrite(file.flags)) throw new FsError('EBADF', WRITE_PLACE);
  return bytes.length === 0 ? NO_BYTES : writeBytes(file, bytes, position);
}

const WRITE_PLACE = { syscall: 'write' };
const NO_BYTES: LocalStep<number> = localStep(() => 0);

/** The first thing that it asks for is the write, whose bytes are copied before the call returns. */
function* writeBytes(
  file: OpenFile,
  bytes: Uint8Array,
  position: number | null,
): StepSequence<number> {
  // pwrite(2) on Linux appends whatever the position, when the file was opened with O_APPEND.
  const atEnd = appends(file.flags);
  // Taken now: the caller may detach its memory as soon as the call has returned.
  const count = bytes.length;
  const usesPosition = position === null;
  const at = atEnd ? null : (position ?? file.position);
  const before = file.position;
  if (usesPosition && at !== null) file.position = at + count;
  try {
    const written = yield* ask(
      writeStep(WRITE_PLACE, 'write', [file.ino, at], { data: bytes, finish: (result) => result }),
    );
    if (usesPosition && atEnd) file.position = written.offset + count;
    return count;
  } catch (error) {
    if (usesPosition && at !== null && file.position === at + count) file.position = before;
    throw error;
  }
}

/** Several buffers as one write: one command, all or nothing. */
export function writev(
  env: CallEnvironment,
  fd: unknown,
  buffers: readonly ArrayBufferView[],
  position: number | null,
): Call<number> {
  const [only] = buffers;
  const bytes =
    buffers.length === 1 && only !== undefined
      ? bytesOf(only)
      : Buffer.concat(buffers.map(bytesOf));
  return write(env, fd, bytes, position);
}

export function fstat(
  env: CallEnvironment,
  fd: unknown,
  options?: unknown,
): ReadStep<Stats | BigIntStats> {
  const convert = wantsBigInt(options as { bigint?: boolean }) ? toBigIntStats : toStats;
  const file = openFileOf(env, fd, 'fstat');
  return readStep({ syscall: 'fstat' }, (store) => convert(inodeOf(store, file), env.facts));
}

export function ftruncate(
  env: CallEnvironment,
  fd: unknown,
  length: unknown = 0,
): WriteStep<undefined> {
  const size = truncateLength(length);
  const file = openFileOf(env, fd, 'ftruncate');
  const place = { syscall: 'ftruncate' };
  // ftruncate(2): a descriptor that is not open for writing is EINVAL.
  if (!mayWrite(file.flags)) throw new FsError('EINVAL', place);
  return writeStep(place, 'truncate', [file.ino, size]);
}

export function fchmod(
  env: CallEnvironment,
  fd: unknown,
  mode: unknown,
  options?: unknown,
): WriteStep<undefined> {
  const bits = parseFileMode(mode, 'mode');
  const { ino } = openFileOf(env, fd, 'fchmod');
  return writeStep({ syscall: 'fchmod' }, 'chmod', [ino, bits], {
    preconditions: versionCondition(options, ino, true),
  });
}

export function fchown(
  env: CallEnvironment,
  fd: unknown,
  uid: unknown,
  gid: unknown,
): WriteStep<undefined> {
  validateOwnerId(uid, 'uid');
  validateOwnerId(gid, 'gid');
  const { ino } = openFileOf(env, fd, 'fchown');
  return writeStep({ syscall: 'fchown' }, 'chown', [ino, uid, gid, true]);
}

export function futimes(
  env: CallEnvironment,
  fd: unknown,
  atime: unknown,
  mtime: unknown,
): WriteStep<undefined> {
  const accessed = toUnixTimestamp(atime, 'atime');
  return setTimes(env, fd, accessed, toUnixTimestamp(mtime, 'mtime'));
}

/** Of times that are understood already: in seconds, which need not be a time that a file can have. */
export function setTimes(
  env: CallEnvironment,
  fd: unknown,
  accessed: number,
  modified: number,
): WriteStep<undefined> {
  const { ino } = openFileOf(env, fd, 'futime');
  const times = [timestampOf(accessed), timestampOf(modified)] as const;
  return writeStep({ syscall: 'futime' }, 'utimes', [ino, ...times, true]);
}

export function fsync(env: CallEnvironment, fd: unknown): Step<undefined> {
  return barrier(env, fd, 'fsync');
}

export function fdatasync(env: CallEnvironment, fd: unknown): Step<undefined> {
  return barrier(env, fd, 'fdatasync');
}

function barrier(env: CallEnvironment, fd: unknown, syscall: string): Step<undefined> {
  openFileOf(env, fd, syscall);
  return { kind: 'sync', syscall };
}
