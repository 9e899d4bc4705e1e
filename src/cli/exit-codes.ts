/** Exit codes of the command; docs/cli.md has the same table. */

export const EXIT = {
  ok: 0,
  /** The operation failed. */
  failed: 1,
  /** The command was called wrongly. */
  usage: 2,
  /** A check found problems, or the volume is damaged. */
  problems: 3,
  /** There is no volume at the path, or the file is none. */
  noVolume: 4,
  /** Somebody else keeps the volume busy. */
  busy: 5,
  /** Done, but some entries were left out. */
  incomplete: 6,
  /** The volume and this software do not fit: a migration, or another version, is needed. */
  version: 7,
  /** The health of the volume is degraded. */
  degraded: 8,
  /** A bug of ours. */
  bug: 70,
  /** Ctrl-C. */
  interrupted: 130,
  /** Who read our output has gone away. */
  brokenPipe: 141,
} as const;

const BY_CODE: Readonly<Record<string, number>> = {
  ERR_OPTION_UNKNOWN: EXIT.usage,
  ERR_OPTION_INVALID: EXIT.usage,
  ERR_USAGE: EXIT.usage,
  ERR_QUERY_INVALID: EXIT.usage,
  ERR_SERVE_EXPOSED: EXIT.usage,
  ERR_VOLUME_CORRUPT: EXIT.problems,
  ERR_SCHEMA_ALTERED: EXIT.problems,
  ERR_ARCHIVE_DAMAGED: EXIT.problems,
  ERR_VOLUME_NOT_FOUND: EXIT.noVolume,
  ERR_NOT_A_VOLUME: EXIT.noVolume,
  ERR_VOLUME_BUSY: EXIT.busy,
  ERR_MOUNT_BUSY: EXIT.busy,
  ERR_ARCHIVE_BUSY: EXIT.busy,
  ERR_BACKUP_DAMAGED: EXIT.problems,
  ERR_QUEUE_FULL: EXIT.busy,
  ERR_QUEUE_TIMEOUT: EXIT.busy,
  ERR_READERS_EXHAUSTED: EXIT.busy,
  ERR_SCHEMA_TOO_NEW: EXIT.version,
  ERR_SCHEMA_OUTDATED: EXIT.version,
  ERR_MIGRATION_EDITED: EXIT.version,
  ERR_BUG: EXIT.bug,
  ABORT_ERR: EXIT.interrupted,
  EPIPE: EXIT.brokenPipe,
};

export function exitCodeOf(code: string): number {
  return BY_CODE[code] ?? EXIT.failed;
}
