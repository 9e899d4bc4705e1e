/** Whether a SQLite file is a volume of ours, and which version its schema has. */
import { VolumeError } from '../core/errors.js';
import type { Connection } from '../sqlite/connection.js';
import { isSqliteError } from '../sqlite/driver-errors.js';
import { type Migration, readMigrations } from './migration-files.js';
import { schemaDifferences } from './objects.js';

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

/**
 * Reads the version. Throws ERR_NOT_A_VOLUME for another application's database. Reads one table, the
 * record of the migrations, and that only when it is a plain one: a stranger's may be a view without end.
 */
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

const RECORD_TYPE = "SELECT type, sql FROM sqlite_schema WHERE name = 'migration'";
const PLAIN_RECORD = /^CREATE TABLE migration \(\s*version\s+INTEGER PRIMARY KEY,[^()]*\) STRICT$/;

function readApplied(connection: Connection): AppliedMigration[] {
  const record = connection.statement<[], [string, string]>(RECORD_TYPE).get();
  if (record !== undefined && !isPlainTable(record)) {
    throw altered(connection.path, 'its record of migrations is no table of ours');
  }
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

function isPlainTable([type, sql]: [string, string]): boolean {
  return type === 'table' && PLAIN_RECORD.test(sql.replace(/--[^\n]*/g, ''));
}

function altered(path: string, what: string): VolumeError {
  return new VolumeError(
    'ERR_SCHEMA_ALTERED',
    `The schema of '${path}' is not that of a volume: ${what}.`,
    {
      path,
      hint: 'Somebody has changed the database, or made it to do harm. Drop what was added, restore a backup, or get the files out with `cabinet salvage`.',
    },
  );
}

const DIFFERENCES_SHOWN_MAX = 3;

/**
 * Refuses a volume in which anything stands beside, or instead of, what its migrations made. `migrations`
 * are those that have been applied to it.
 */
export function checkObjects(connection: Connection, migrations: readonly Migration[]): void {
  const differences = schemaDifferences(connection, migrations);
  if (differences.length === 0) return;
  const texts = differences.map(({ text }) => text);
  const more = texts.length - DIFFERENCES_SHOWN_MAX;
  const shown = texts.slice(0, DIFFERENCES_SHOWN_MAX).join(', ');
  throw altered(connection.path, more > 0 ? `${shown}, and ${more} more` : shown);
}

/** The state of a volume whose schema is known to be exactly that of its version, of one moment. */
export function readTrustedState(
  connection: Connection,
  migrations: readonly Migration[] = readMigrations(),
): SchemaState {
  return connection.snapshot(() => {
    const state = readSchemaState(connection);
    checkHistory(connection.path, state, migrations);
    if (state.version < migrations.length) checkRecord(connection.path, state);
    if (state.version > 0) checkObjects(connection, migrations.slice(0, state.version));
    return state;
  });
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
