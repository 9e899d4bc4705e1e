/** Task of a reader thread: counts what a volume holds, in slices of one view. */
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../core/mode.js';
import {
  answerTask,
  type TaskAnswer,
  type TaskControl,
  type TaskRequest,
} from '../../readers/task.js';
import { type Connection, openConnection } from '../../sqlite/connection.js';
import { guarded } from '../../sqlite/driver-errors.js';

export interface ScanInput {
  readonly path: string;
  readonly cacheBytes: number;
  readonly busyTimeoutMs: number;
}

/** What a volume holds. Files that lost their last name count as orphans only. */
export interface VolumeScan {
  /** Regular files; one with several names counts once. */
  readonly files: number;
  /** The root included. */
  readonly directories: number;
  readonly symlinks: number;
  /** Sockets, pipes and devices. */
  readonly others: number;
  /** Files without a name that are still open or wait for the reaper; a directory stands for its tree. */
  readonly orphans: number;
  /** Advisory locks that are held, of all processes. */
  readonly locks: number;
  /** Claims that wait for a lock, of all processes. */
  readonly lockWaiters: number;
  /** Sizes of the regular files together, in bytes; holes count. */
  readonly bytes: number;
  /** Bytes of content that are stored, once each however many files share them. */
  readonly storedBytes: number;
  /** Bytes that sharing saves: what copies would take beyond the one that is stored. */
  readonly sharedBytes: number;
}

// `total` and not `sum`: sizes of sparse files may add up to more than an integer holds.
const INODES = `
  SELECT i.mode & ${S_IFMT}, count(*), total(i.size), total(length(i.inline)) FROM inode AS i
  WHERE i.ino > ? AND i.ino <= ? AND i.nlink > 0 GROUP BY 1`;
const ORPHANS = 'SELECT count(*) FROM orphan';
const LOCKS = 'SELECT count(*) FROM lock';
const LOCK_WAITS = 'SELECT count(*) FROM lock_wait';
const ORPHANED_INLINE = `
  SELECT total(length(i.inline)) FROM orphan AS o CROSS JOIN inode AS i ON i.ino = o.ino`;
// `length` of a blob comes from the header of its row: the bytes are not read.
const BLOBS = 'SELECT total(length(data)) FROM blob WHERE id > ? AND id <= ?';
const SHARES = `
  SELECT total((s.refs - 1) * length(b.data)) FROM share AS s CROSS JOIN blob AS b ON b.id = s.blob`;
const MAX_INO = 'SELECT coalesce(max(ino), 0) FROM inode';
const MAX_BLOB = 'SELECT coalesce(max(id), 0) FROM blob';

const SLICES_MAX = 256;
const SLICE_NUMBERS_MIN = 10_000;

export default function scan(request: TaskRequest<ScanInput>): TaskAnswer<VolumeScan> {
  return answerTask(request, (input, control) =>
    guarded(input.path, () => scanFile(input, control)),
  );
}

function scanFile(input: ScanInput, control: TaskControl): VolumeScan {
  const connection = openConnection(input.path, { ...input, role: 'reader' });
  try {
    return connection.snapshot(() => scanView(connection, control));
  } finally {
    connection.close();
  }
}

/** Slices `(from, to]` of the numbers up to `max`, so that an abort need not wait for a whole table. */
function* slices(max: number, control: TaskControl): Generator<[from: number, to: number]> {
  const step = Math.max(SLICE_NUMBERS_MIN, Math.ceil(max / SLICES_MAX));
  for (let from = 0; from < max; from += step) {
    control.throwIfCancelled();
    yield [from, from + step];
  }
}

function first(connection: Connection, sql: string): number {
  return connection.statement<[], [number]>(sql).get()?.[0] ?? 0;
}

interface TypeTotals {
  readonly count: number;
  readonly bytes: number;
}

function scanView(connection: Connection, control: TaskControl): VolumeScan {
  const byType = new Map<number, TypeTotals>();
  let storedBytes = first(connection, ORPHANED_INLINE);
  const inodes = connection.statement<[number, number], [number, number, number, number]>(INODES);
  for (const [from, to] of slices(first(connection, MAX_INO), control)) {
    for (const [type, count, bytes, inlineBytes] of inodes.all(from, to)) {
      const before = byType.get(type) ?? { count: 0, bytes: 0 };
      byType.set(type, { count: before.count + count, bytes: before.bytes + bytes });
      storedBytes += inlineBytes;
    }
  }
  const blobs = connection.statement<[number, number], [number]>(BLOBS);
  for (const [from, to] of slices(first(connection, MAX_BLOB), control)) {
    storedBytes += blobs.get(from, to)?.[0] ?? 0;
  }
  return summarise(connection, byType, storedBytes);
}

function summarise(
  connection: Connection,
  byType: ReadonlyMap<number, TypeTotals>,
  storedBytes: number,
): VolumeScan {
  const count = (type: number): number => byType.get(type)?.count ?? 0;
  let all = 0;
  for (const totals of byType.values()) all += totals.count;
  const [files, directories, symlinks] = [count(S_IFREG), count(S_IFDIR), count(S_IFLNK)];
  return {
    files,
    directories,
    symlinks,
    others: all - files - directories - symlinks,
    orphans: first(connection, ORPHANS),
    locks: first(connection, LOCKS),
    lockWaiters: first(connection, LOCK_WAITS),
    bytes: byType.get(S_IFREG)?.bytes ?? 0,
    storedBytes,
    sharedBytes: first(connection, SHARES),
  };
}
