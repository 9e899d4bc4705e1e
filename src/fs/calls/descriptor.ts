/** read write readv writev fstat ftruncate fchmod fchown futimes fsync fdatasync: on an open file. */
import { errno } from '../../core/errno.js';
import { FsError } from '../../core/errors.js';
import { appends, mayRead, mayWrite } from '../../core/flags.js';
import { isDirectory } from '../../core/mode.js';
import type { Inode } from '../../store/inode-table.js';
import type { Store } from '../../store/store.js';
import { bytesOf } from '../arguments/buffers.js';
import { truncateLength, validateOwnerId } from '../arguments/integers.js';
import { parseFileMode } from '../arguments/mode.js';
import { wantsBigInt } from '../arguments/options.js';
import { timestampOf, toUnixTimestamp } from '../arguments/times.js';
import type { OpenFile } from '../descriptors.js';
import { type BigIntStats, type Stats, toBigIntStats, toStats } from '../stats.js';
import { versionCondition } from './precondition.js';
import {
  ask,
  type CallEnvironment,
  type ReadStep,
  readStep,
  type Step,
  type StepSequence,
  type WriteStep,
  writeStep,
} from './step.js';

/** The inode of an open file. It is there as long as the file is open, unless its session was lost. */
function inodeOf(store: Store, file: OpenFile): Inode {
  const inode = store.inodes.get(file.ino);
  if (inode === undefined) throw errno('EBADF');
  return inode;
}

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

export function read(
  file: OpenFile,
  target: Uint8Array,
  position: number | null,
): ReadStep<number> {
  return readTargets('read', file, [target], position);
}

export function readv(
  file: OpenFile,
  buffers: readonly ArrayBufferView[],
  position: number | null,
): ReadStep<number> {
  return readTargets('read', file, buffers.map(bytesOf), position);
}

/**
 * Writes all of `bytes` in one command. Without a position it goes to the file's, which moves at once,
 * so that writes that are not awaited still follow each other.
 */
export function* write(
  file: OpenFile,
  bytes: Uint8Array,
  position: number | null,
): StepSequence<number> {
  const place = { syscall: 'write' };
  // Not as a step: the first thing that a sequence asks for must be the write, whose bytes are copied
  // before the call returns.
  if (!mayWrite(file.flags)) throw new FsError('EBADF', place);
  if (bytes.length === 0) return 0;
  // pwrite(2) on Linux appends whatever the position, when the file was opened with O_APPEND.
  const atEnd = appends(file.flags);
  const usesPosition = position === null;
  const at = atEnd ? null : (position ?? file.position);
  const before = file.position;
  if (usesPosition && at !== null) file.position = at + bytes.length;
  try {
    const written = yield* ask(
      writeStep(place, 'write', [file.ino, at], { data: bytes, finish: (result) => result }),
    );
    if (usesPosition && atEnd) file.position = written.offset + bytes.length;
    return bytes.length;
  } catch (error) {
    if (usesPosition && at !== null && file.position === at + bytes.length) file.position = before;
    throw error;
  }
}

/** Several buffers as one write: one command, all or nothing. */
export function writev(
  file: OpenFile,
  buffers: readonly ArrayBufferView[],
  position: number | null,
): StepSequence<number> {
  const [only] = buffers;
  const bytes =
    buffers.length === 1 && only !== undefined
      ? bytesOf(only)
      : Buffer.concat(buffers.map(bytesOf));
  return write(file, bytes, position);
}

export function fstat(
  env: CallEnvironment,
  file: OpenFile,
  options?: unknown,
): ReadStep<Stats | BigIntStats> {
  const convert = wantsBigInt(options as { bigint?: boolean }) ? toBigIntStats : toStats;
  return readStep({ syscall: 'fstat' }, (store) => convert(inodeOf(store, file), env.facts));
}

export function ftruncate(file: OpenFile, length: unknown = 0): WriteStep<undefined> {
  const size = truncateLength(length);
  const place = { syscall: 'ftruncate' };
  // ftruncate(2): a descriptor that is not open for writing is EINVAL.
  if (!mayWrite(file.flags)) throw new FsError('EINVAL', place);
  return writeStep(place, 'truncate', [file.ino, size]);
}

export function fchmod(file: OpenFile, mode: unknown, options?: unknown): WriteStep<undefined> {
  const bits = parseFileMode(mode, 'mode');
  return writeStep({ syscall: 'fchmod' }, 'chmod', [file.ino, bits], {
    preconditions: versionCondition(options, file.ino, true),
  });
}

export function fchown(file: OpenFile, uid: unknown, gid: unknown): WriteStep<undefined> {
  validateOwnerId(uid, 'uid');
  validateOwnerId(gid, 'gid');
  return writeStep({ syscall: 'fchown' }, 'chown', [file.ino, uid, gid, true]);
}

export function futimes(file: OpenFile, atime: unknown, mtime: unknown): WriteStep<undefined> {
  const accessed = toUnixTimestamp(atime, 'atime');
  const modified = toUnixTimestamp(mtime, 'mtime');
  return writeStep({ syscall: 'futime' }, 'utimes', [
    file.ino,
    timestampOf(accessed),
    timestampOf(modified),
    true,
  ]);
}

export function fsync(syscall: 'fsync' | 'fdatasync'): Step<undefined> {
  return { kind: 'sync', syscall };
}
