/**
 * What the writer tells without being asked: numbers in shared memory that any thread reads in constant
 * time, also when the writer is stuck.
 */
import { METER_CELLS, WriterMeters } from './meters.js';

const FIELDS = [
  /** Wall clock of the last sign of life, in milliseconds since 1970. */
  'heartbeatMs',
  /** Since when the writer works on the current batch, same clock; 0 when it is idle. */
  'busySinceMs',
  'commits',
  /** Number of the last commit of this process; grows over all processes and restarts. */
  'commit',
  'commands',
  /** Commits since the last sync, 0 when all is on stable storage. */
  'unsyncedCommits',
  'walFrames',
  'checkpointedFrames',
  'checkpoints',
  'orphans',
  'openFiles',
  /** Ways to the writer: the volume's own, and one per handle that was given out. */
  'clients',
  /** Locks of this process, and claims that wait for one; as of the last second. */
  'locks',
  'lockWaiters',
  /** 1 when the writer has stopped for good. */
  'failed',
  /** Bytes of content that were asked to be written, of writes that succeeded. */
  'writtenBytes',
  /** Bytes that commits have appended to the log, and how many of them are on stable storage. */
  'loggedBytes',
  'syncedBytes',
  /** Other processes that have the volume open for writing; as of the last second. */
  'otherSessions',
  /** The last checkpoint: 0 passive, 1 full, 2 restart, 3 truncate. */
  'checkpointMode',
  /** 1 when somebody kept it from moving all that it should have. */
  'checkpointBusy',
  /** 1 when it failed. */
  'checkpointFailed',
  /** When it ended, in milliseconds since 1970; 0 when there was none yet. */
  'checkpointEndedMs',
  'checkpointDurationMs',
  /** Frames that it moved. */
  'checkpointMovedFrames',
  /** Checkpoints that failed, of all modes. */
  'checkpointFailures',
  /** Counters by mode and result. */
  'checkpointsPassiveOk',
  'checkpointsPassiveBusy',
  'checkpointsPassiveFailed',
  'checkpointsFullOk',
  'checkpointsFullBusy',
  'checkpointsFullFailed',
  'checkpointsRestartOk',
  'checkpointsRestartBusy',
  'checkpointsRestartFailed',
  'checkpointsTruncateOk',
  'checkpointsTruncateBusy',
  'checkpointsTruncateFailed',
  /** Frames of the log that a reader keeps from being moved or written over; 0 when none does. */
  'walHeldFrames',
  /** Since when, in milliseconds since 1970; 0 when nobody holds it. */
  'walHeldSinceMs',
  /** A process that reads: another one before this one; 0 when it is not known. */
  'walHeldByPid',
  /** 1 while free pages are given back by itself. */
  'compacting',
  /** Pages given back since the volume was opened. */
  'compactedPages',
] as const;

export type GaugeName = (typeof FIELDS)[number];

const BYTES_PER_FIELD = 8;
const BYTES = (FIELDS.length + METER_CELLS) * BYTES_PER_FIELD;

export class WriterGauges {
  readonly buffer: SharedArrayBuffer;
  /** What it measures of its work, in the same memory. */
  readonly meters: WriterMeters;
  readonly #values: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(BYTES)) {
    this.buffer = buffer;
    this.#values = new Float64Array(buffer, 0, FIELDS.length);
    const behind = FIELDS.length * BYTES_PER_FIELD;
    this.meters = new WriterMeters(new Float64Array(buffer, behind, METER_CELLS));
  }

  get(name: GaugeName): number {
    return this.#values[FIELDS.indexOf(name)] ?? 0;
  }

  set(name: GaugeName, value: number): void {
    this.#values[FIELDS.indexOf(name)] = value;
  }

  add(name: GaugeName, by: number): void {
    this.set(name, this.get(name) + by);
  }

  /** Sets a gauge that only grows. */
  raise(name: GaugeName, value: number): void {
    if (value > this.get(name)) this.set(name, value);
  }

  /** Bytes of the log that are not on stable storage, as far as is known. */
  get unsyncedBytes(): number {
    return Math.max(0, this.get('loggedBytes') - this.get('syncedBytes'));
  }

  snapshot(): Record<GaugeName, number> {
    return Object.fromEntries(FIELDS.map((name) => [name, this.get(name)])) as Record<
      GaugeName,
      number
    >;
  }
}
