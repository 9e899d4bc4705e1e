/**
 * Figures about a volume. What is known at once is in `VolumeCounters`, constant-time and on the calling
 * thread; what takes a look at every row is in `VolumeScan`, from one view on a reader thread.
 */
import { VolumeError } from '../../core/errors.js';
import { checkSignalOption, rejectUnknownOptions } from '../../core/option-rules.js';
import { programPath } from '../../core/programs.js';
import type { PoolState, ReaderPool } from '../../readers/pool.js';
import type { TaskOptions } from '../../readers/running-task.js';
import type { ReaderThreads, ThreadsState } from '../../readers/threads.js';
import { walBytes } from '../../sqlite/wal.js';
import type { WriterClient } from '../../writer/client.js';
import type { GaugeName, WriterGauges } from '../../writer/gauges.js';
import type { QueueState } from '../../writer/queue.js';
import type { ScanInput, VolumeScan } from './scan.js';

export interface VolumeCounters extends StorageCounters {
  /** Size of the write-ahead log, in bytes. */
  readonly walBytes: number;
  readonly chunkSizeBytes: number;
  /** Writes of this thread that are not answered; null when the volume is open for reading only. */
  readonly queue: QueueState | null;
  readonly readers: PoolState;
  readonly threads: ThreadsState;
  /** What the writer thread tells of itself; null when the volume is open for reading only. */
  readonly writer: Readonly<Record<GaugeName, number>> | null;
  /** Commits since the writer began, and the time they took; null as above. */
  readonly commits: CommitTimes | null;
}

export interface CommitTimes {
  readonly count: number;
  /** Of COMMIT alone; with `full` its sync is in it. */
  readonly seconds: number;
}

export type VolumeStats = VolumeCounters & VolumeScan;

export interface StatsOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface StatsSource {
  readonly path: string;
  readonly busyTimeoutMs: number;
  readonly pool: ReaderPool;
  readonly threads: ReaderThreads;
  readonly writer: { readonly client: WriterClient; readonly gauges: WriterGauges } | undefined;
}

/** What the header of the database says. */
export interface StorageCounters {
  /** Size of the database, free pages included, in bytes. */
  readonly databaseBytes: number;
  readonly pageSizeBytes: number;
  /** Pages that hold nothing. */
  readonly freePages: number;
}

export function readStorage(pool: ReaderPool): StorageCounters {
  const { connection } = pool.store;
  const pageSizeBytes = Number(connection.pragma('page_size'));
  return {
    databaseBytes: Number(connection.pragma('page_count')) * pageSizeBytes,
    pageSizeBytes,
    freePages: Number(connection.pragma('freelist_count')),
  };
}

/** Constant time: counters in memory, the header of the database, and a `stat`. */
export function readCounters({ path, pool, threads, writer }: StatsSource): VolumeCounters {
  return {
    ...readStorage(pool),
    walBytes: walBytes(path),
    chunkSizeBytes: pool.store.facts.chunkSizeBytes,
    queue: writer?.client.state ?? null,
    readers: pool.state,
    threads: threads.state,
    writer: writer?.gauges.snapshot() ?? null,
    commits: writer === undefined ? null : commitTimes(writer.gauges),
  };
}

function commitTimes(gauges: WriterGauges): CommitTimes {
  const { counts, sum } = gauges.meters.read('commitSeconds');
  return { count: counts.reduce((total, count) => total + count, 0), seconds: sum };
}

/** Looks at every inode and blob on a reader thread; the counters are those of the end. */
export async function collectStats(
  source: StatsSource,
  options: StatsOptions = {},
): Promise<VolumeStats> {
  if (typeof options !== 'object' || options === null) {
    throw new VolumeError('ERR_OPTION_INVALID', 'The options of `stats` must be an object.');
  }
  rejectUnknownOptions(options, ['signal']);
  checkSignalOption(options.signal);
  const { path, busyTimeoutMs, threads } = source;
  const input: ScanInput = { path, busyTimeoutMs, cacheBytes: threads.cacheBytes };
  const taskOptions: TaskOptions<never> = { signal: options.signal };
  const scan = await threads.run<ScanInput, VolumeScan>(
    programPath('maintenance/stats/scan'),
    input,
    taskOptions,
  );
  return { ...readCounters(source), ...scan };
}
