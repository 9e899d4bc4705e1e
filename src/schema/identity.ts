/** Whether a SQLite file is a volume of ours, and which version its schema has. */
import { VolumeError } from '../core/errors.js';
import type { Connection } from '../sqlite/connection.js';
import { isSqliteError } from '../sqlite/driver-errors.js';
import type { Migration } from './migration-files.js';

/** `application_id` in the header of the database file: 'cabf' in ASCII. */
export const APPLICATION_ID = 0x63616266;

export interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly sha256: string;
}

export interface SchemaState {
  /** 0: an empty database, not yet a volume. */
  readonly version: number;
  readonly applied: readonly AppliedMigration[];
}

function isEmptyDatabase(connection: Connection): boolean {
  return (
    connection.statement<[], [number]>('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
  );
}

/** Reads the version. Throws ERR_NOT_A_VOLUME for another application's database. */
export function readSchemaState(connection: Connection): SchemaState {
  const applicationId = connection.pragma('application_id');
  const version = Number(connection.pragma('user_version'));
  if (applicationId !== APPLICATION_ID) {
    if (applicationId === 0 && version === 0 && isEmptyDatabase(connection)) {
      return { version: 0, applied: [] };
    }
    throw new VolumeError(
      'ERR_NOT_A_VOLUME',
      `'${connection.path}' is a SQLite database of another application.`,
      { path: connection.path, hint: 'Check the path; the file was not changed.' },
    );
  }
  return { version, applied: readApplied(connection) };
}

function readApplied(connection: Connection): AppliedMigration[] {
  let rows: [number, string, string][];
  try {
    rows = connection
      .statement<[], [number, string, string]>(
        'SELECT version, name, sha256 FROM migration ORDER BY version',
      )
      .all();
  } catch (error) {
    if (!isSqliteError(error, 'SQLITE_ERROR')) throw error;
    throw new VolumeError(
      'ERR_VOLUME_CORRUPT',
      `'${connection.path}' has no record of its schema (${error.message}).`,
      { cause: error, path: connection.path, hint: 'Restore a backup; the file was not changed.' },
    );
  }
  return rows.map(([version, name, sha256]) => ({ version, name, sha256 }));
}

/** Refuses a volume that is newer than this code, or whose history differs from it. */
export function checkHistory(
  path: string,
  state: SchemaState,
  migrations: readonly Migration[],
): void {
  const newest = migrations.length;
  if (state.version > newest) {
    const last = state.applied.at(-1)?.name ?? 'unknown';
    throw new VolumeError(
      'ERR_SCHEMA_TOO_NEW',
      `'${path}' has schema version ${state.version} ('${last}'); this cabinetfs knows up to ${newest}.`,
      { path, hint: 'Use a newer cabinetfs.' },
    );
  }
  for (const { version, name, sha256 } of state.applied) {
    const known = migrations[version - 1];
    if (known !== undefined && known.sha256 === sha256) continue;
    throw new VolumeError(
      'ERR_MIGRATION_EDITED',
      `Migration '${name}' of '${path}' is not the one that this cabinetfs has.`,
      {
        path,
        hint: 'Applied migrations must never be edited: reinstall cabinetfs, or use the version that wrote the volume.',
      },
    );
  }
}

/**
 * Refuses to migrate a volume whose version and record of migrations contradict each other: a step may have
 * been done already.
 */
export function checkRecord(path: string, { version, applied }: SchemaState): void {
  if (applied.length === version && applied.every((each, at) => each.version === at + 1)) return;
  const recorded = applied.map((each) => each.version).join(', ') || 'none';
  throw new VolumeError(
    'ERR_VOLUME_CORRUPT',
    `'${path}' says that its schema version is ${version}, but has a record of these: ${recorded}.`,
    { path, hint: 'Restore a backup; the file was not changed.' },
  );
}
