/** What `/status.json` says; the page in the browser is written against the same types. */
import type { Health, MaintenanceRecord } from './served-volume.js';

/** One look at the counters. Null: not known, or not there (a volume that is open for reading only). */
export interface Sample {
  /** Counts the samples of one server, from 1. */
  readonly number: number;
  /** Wall clock, in milliseconds since 1970. */
  readonly atMs: number;
  /** Writes of all threads that are not answered. */
  readonly queueDepth: number | null;
  readonly walBytes: number | null;
  /** Mean time of a commit since the sample before, in milliseconds; null when there was none. */
  readonly commitMs: number | null;
  readonly commitsPerSecond: number | null;
  readonly operationsPerSecond: number | null;
}

/** The newest counters, for the figures at the top. */
export interface Figures {
  readonly databaseBytes: number;
  readonly freeBytes: number;
  readonly walBytes: number;
  /** When the last checkpoint ended, in milliseconds since 1970; 0 when there was none yet, null as below. */
  readonly checkpointEndedMs: number | null;
  /** Null: open for reading only. */
  readonly unsyncedCommits: number | null;
}

export interface StatusDocument {
  readonly software: { readonly cabinetfs: string; readonly node: string };
  readonly state: 'open' | 'closing' | 'closed' | 'failed';
  /** Wall clock of the server when it answered, in milliseconds since 1970. */
  readonly atMs: number;
  /** Since when this server answers. */
  readonly servedSinceMs: number;
  /** Whether there is a session to end. */
  readonly hasToken: boolean;
  readonly health: Health;
  readonly figures: Figures | null;
  readonly sampleIntervalMs: number;
  /** How long samples are kept. */
  readonly historyMs: number;
  /** Oldest first; only those with a number above `after`, when that was asked for. */
  readonly samples: readonly Sample[];
  /** Newest first. */
  readonly records: readonly MaintenanceRecord[];
}
