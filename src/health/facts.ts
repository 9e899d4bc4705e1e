/**
 * What the checks look at, gathered at one moment: numbers in shared memory, one `stat` and one `statfs`.
 * No connection, no lock, no message: it takes as long when the writer is stuck.
 */
import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ResolvedOptions } from '../core/options.js';
import type { ThreadBoard } from '../core/thread-board.js';
import { walPath } from '../sqlite/wal.js';
import type { LatestRecord, LatestRecords } from '../store/latest-records.js';
import type { WriterGauges } from '../writer/gauges.js';
import type { ArchiveReport, HealthMemory, ScheduleReport } from './health-memory.js';
import type { HealthSources } from './sources.js';

export type VolumeLife = 'open' | 'closing' | 'closed';

/** Whence the facts come. */
export interface FactSources {
  readonly path: string;
  readonly options: ResolvedOptions;
  readonly threads: ThreadBoard;
  readonly records: LatestRecords;
  readonly memory: HealthMemory;
  /** Absent when the volume is open for reading only. */
  readonly writer: { readonly gauges: WriterGauges; readonly isLost: () => boolean } | undefined;
  readonly life: () => VolumeLife;
}

/** Instants are milliseconds since 1970, 0 for "none". */
export interface QueueFacts {
  /** Writes that are not answered, those that wait for room included. */
  readonly commands: number;
  readonly bytes: number;
  readonly waiters: number;
  readonly sinceMs: number;
}

export interface ReaderFacts {
  /** Connections lent by the thread that has lent most. */
  readonly leased: number;
  readonly waiting: number;
  readonly snapshotSinceMs: number;
}

/** Reads that met damage. */
export interface DamageFacts {
  readonly reads: number;
  /** When the last one did. */
  readonly lastMs: number;
}

export interface HealthFacts {
  readonly nowMs: number;
  readonly life: VolumeLife;
  readonly options: ResolvedOptions;
  readonly writer: { readonly gauges: WriterGauges; readonly isLost: boolean } | undefined;
  readonly queue: QueueFacts;
  readonly readers: ReaderFacts;
  readonly damage: DamageFacts;
  /** Null when it cannot be told. */
  readonly walBytes: number | null;
  readonly freeDiskBytes: number | null;
  readonly check: LatestRecord | undefined;
  readonly backup: LatestRecord | undefined;
  readonly archive: (ArchiveReport & { readonly reason: string | undefined }) | undefined;
  readonly schedule: (ScheduleReport & { readonly reason: string | undefined }) | undefined;
}

export function gatherFacts(from: FactSources, told: HealthSources): HealthFacts {
  const { path, options, threads, records, writer } = from;
  const nowMs = Date.now();
  return {
    nowMs,
    life: from.life(),
    options,
    writer: writer && { gauges: writer.gauges, isLost: writer.isLost() },
    queue: queueFacts(threads),
    readers: readerFacts(threads),
    damage: damageFacts(threads),
    walBytes: walBytesOrNull(path),
    freeDiskBytes: freeDiskBytes(path),
    check: records.get('check'),
    backup: records.get('backup'),
    archive: archiveFacts(from.memory, told, nowMs),
    schedule: scheduleFacts(from.memory, told),
  };
}

/** The queues of all threads together. */
export function queueFacts(threads: ThreadBoard): QueueFacts {
  let [commands, bytes, waiters, sinceMs] = [0, 0, 0, 0];
  for (const slot of threads.slots) {
    commands += slot.get('queueCommands') + slot.get('queueWaiters');
    bytes += slot.get('queueBytes');
    waiters += slot.get('queueWaiters');
    sinceMs = earliest(sinceMs, slot.get('queueSinceMs'));
  }
  return { commands, bytes, waiters, sinceMs };
}

/** The readers of all threads: their own, and the tasks that they have given to others. */
export function readerFacts(threads: ThreadBoard): ReaderFacts {
  let [leased, waiting, snapshotSinceMs] = [0, 0, 0];
  for (const slot of threads.slots) {
    leased = Math.max(leased, slot.get('readersLeased'));
    waiting += slot.get('readersWaiting');
    snapshotSinceMs = earliest(snapshotSinceMs, slot.get('snapshotSinceMs'));
    snapshotSinceMs = earliest(snapshotSinceMs, slot.get('taskSinceMs'));
  }
  return { leased, waiting, snapshotSinceMs };
}

function damageFacts(threads: ThreadBoard): DamageFacts {
  let [reads, lastMs] = [0, 0];
  for (const { damage } of threads.slots) {
    reads += damage[0] as number;
    lastMs = Math.max(lastMs, damage[1] as number);
  }
  return { reads, lastMs };
}

/** The earlier of two instants, of which 0 is none. */
function earliest(a: number, b: number): number {
  if (a === 0 || b === 0) return a + b;
  return Math.min(a, b);
}

function walBytesOrNull(path: string): number | null {
  try {
    return statSync(walPath(path), { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    return null;
  }
}

/** Bytes that this process may still write to the disk of the volume; null when it cannot be told. */
export function freeDiskBytes(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    return null;
  }
}

function reasonOf(error: unknown): string | undefined {
  if (error === undefined || error === null) return undefined;
  return error instanceof Error ? error.message : String(error);
}

function archiveFacts(
  memory: HealthMemory,
  { archive }: HealthSources,
  nowMs: number,
): HealthFacts['archive'] {
  let reason: string | undefined;
  if (archive !== undefined) {
    const { lastShippedMs, lagMs, error } = archive();
    reason = reasonOf(error);
    memory.noteArchive({
      lastShippedMs: lastShippedMs ?? 0,
      behindSinceMs: lagMs > 0 ? nowMs - lagMs : 0,
      isFailing: reason !== undefined,
    });
  }
  const report = memory.archive;
  return report && { ...report, reason };
}

function scheduleFacts(
  memory: HealthMemory,
  { backupSchedule }: HealthSources,
): HealthFacts['schedule'] {
  let reason: string | undefined;
  if (backupSchedule !== undefined) {
    const { failures, error } = backupSchedule();
    reason = reasonOf(error);
    memory.noteSchedule({ failures });
  }
  const report = memory.schedule;
  return report && { ...report, reason };
}
