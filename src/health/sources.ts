/**
 * What other parts of a volume tell health when they run. They are asked in the call of `health()`, so
 * they answer from memory and do not throw.
 */
export interface HealthSources {
  /** Absent when there is no continuous archive. */
  readonly archive?: () => ArchiveStatus;
  /** Absent when no backups are made by schedule. */
  readonly backupSchedule?: () => BackupScheduleStatus;
  /** Where the volume was opened. */
  readonly mounts?: () => MountFigures;
}

/** Of all mounts of the volume together; what has ended counts in the sums. */
export interface MountFigures {
  /** Mounts that there are now. */
  readonly mounts: number;
  /** Requests of the kernel that were answered. */
  readonly requests: number;
  /** Of those, such as failed for a reason that has no errno. */
  readonly errors: number;
  /** Bytes that were taken from programs and are not committed. */
  readonly pendingBytes: number;
  /** Writes that were taken from programs, and then could not be committed. */
  readonly failedWrites: number;
}

export interface ArchiveStatus {
  /** When something was last shipped, in milliseconds since 1970; null when nothing was yet. */
  readonly lastShippedMs: number | null;
  /** Age of the oldest change that is not in the archive, in milliseconds; 0 when all are. */
  readonly lagMs: number;
  /** Why the last attempt failed; null or undefined when it did not. */
  readonly error?: unknown;
}

export interface BackupScheduleStatus {
  /** Attempts in a row that failed; 0 after one that went well. */
  readonly failures: number;
  /** Why the last attempt failed; null or undefined when it did not. */
  readonly error?: unknown;
}
