/**
 * Task of a reader thread: puts a database file together from a base and the segments after it, verifying
 * every byte that it takes.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { VolumeError } from '../../core/errors.js';
import { PRIVATE_FILE_MODE } from '../../core/private-modes.js';
import {
  answerTask,
  type TaskAnswer,
  type TaskControl,
  type TaskRequest,
} from '../../readers/task.js';
import { syncDirectoryOf } from '../../sqlite/wal.js';
import { asArchiveError, damaged } from './archive-errors.js';
import { type BaseDescription, readDescription } from './base.js';
import type { ArchiveItem, Way } from './layout.js';
import { readSegment } from './segment-reader.js';

export interface MaterialiseInput {
  readonly directory: string;
  readonly way: Way;
  readonly target: string;
}

export interface MaterialiseProgress {
  /** Bytes of the archive that have been read. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface MaterialiseOutput {
  /** Size of the database file. */
  readonly bytes: number;
}

const READ_BYTES = 1024 * 1024;
const WRITING: readonly string[] = ['write', 'ftruncate', 'fsync'];

export default function task(
  request: TaskRequest<MaterialiseInput>,
): TaskAnswer<MaterialiseOutput> {
  return answerTask(request, (input, control) => {
    try {
      return materialise(input, control);
    } catch (error) {
      throw asArchiveError(asTargetError(error, input.target), input.directory);
    }
  });
}

function materialise({ way, target }: MaterialiseInput, control: TaskControl): MaterialiseOutput {
  const bytesTotal = [way.base, ...way.segments].reduce((sum, item) => sum + sizeOf(item), 0);
  let bytesDone = 0;
  const advance = (bytes: number): void => {
    bytesDone += bytes;
    control.report({ bytesDone, bytesTotal } satisfies MaterialiseProgress);
    control.throwIfCancelled();
  };
  // Of its own: who made a file of that name is not overwritten.
  const fd = openSync(target, 'wx', PRIVATE_FILE_MODE);
  try {
    const base = copyBase(way.base, fd, advance);
    const databasePages = addSegments(way.segments, base, fd, advance);
    const bytes = databasePages * base.pageSizeBytes;
    ftruncateSync(fd, bytes);
    fsyncSync(fd);
    syncDirectoryOf(target);
    return { bytes };
  } catch (error) {
    rmSync(target, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** What is written here is the target, and nothing else. */
function asTargetError(error: unknown, target: string): unknown {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  const isOfTarget = path === target || WRITING.includes(syscall ?? '');
  if (!isOfTarget) return error;
  return new VolumeError('ERR_IO', `'${target}' cannot be written (${code}).`, {
    cause: error,
    path: target,
    hint: 'Check that its directory exists and may be written, and that its disk has space; nothing was left there.',
  });
}

function sizeOf(item: ArchiveItem): number {
  const stats = statSync(item.path, { throwIfNoEntry: false });
  if (stats === undefined) throw damaged(item, 'it is missing');
  return stats.size;
}

function copyBase(
  item: ArchiveItem,
  target: number,
  advance: (bytes: number) => void,
): BaseDescription {
  const description = readDescription(item);
  const source = openSync(item.path, 'r');
  try {
    const hash = createHash('sha256');
    const memory = Buffer.alloc(READ_BYTES);
    let position = 0;
    for (;;) {
      const read = readSync(source, memory, 0, READ_BYTES, position);
      if (read === 0) break;
      const piece = memory.subarray(0, read);
      hash.update(piece);
      writeAll(target, piece, position);
      position += read;
      advance(read);
    }
    const isSame = position === description.bytes && hash.digest('hex') === description.sha256;
    if (!isSame) throw damaged(item, 'its hash does not match');
    return description;
  } finally {
    closeSync(source);
  }
}

/** Returns the pages of the database at the end. */
function addSegments(
  segments: readonly ArchiveItem[],
  base: BaseDescription,
  target: number,
  advance: (bytes: number) => void,
): number {
  let { previous, commit, databasePages } = base;
  for (const item of segments) {
    const { header, hash, bytes } = readSegment(item, (number, image, { pageSizeBytes }) => {
      // Looked at before anything is written by it.
      if (pageSizeBytes !== base.pageSizeBytes || number === 0) {
        throw damaged(item, 'its pages are none of this volume');
      }
      writeAll(target, image, (number - 1) * pageSizeBytes);
    });
    const follows =
      header.previous === previous &&
      header.fromCommit === commit &&
      header.volumeId === base.volumeId;
    if (!follows) throw damaged(item, 'it does not follow the one before it');
    previous = hash;
    commit = header.toCommit;
    databasePages = header.databasePages;
    advance(bytes);
  }
  return databasePages;
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.byteLength) {
    done += writeSync(fd, bytes, done, bytes.byteLength - done, position + done);
  }
}
