/** Opening the writer's connection: create the file, recognise it, bring its schema up to date. */
import { statSync } from 'node:fs';
import { VolumeError } from '../core/errors.js';
import { failpoint } from '../core/failpoint.js';
import type { ResolvedOptions } from '../core/options.js';
import { readSchemaState } from '../schema/identity.js';
import {
  type MigrateOptions,
  type MigrationReport,
  migrate,
  pendingMigrations,
} from '../schema/migrate.js';
import { type Migration, readMigrations } from '../schema/migration-files.js';
import {
  type Connection,
  type ConnectionOptions,
  createDatabase,
  openConnection,
} from '../sqlite/connection.js';
import { guarded } from '../sqlite/driver-errors.js';
import { syncDirectoryOf, walBytes, walPath } from '../sqlite/wal.js';
import { makerName } from './maker-name.js';

/** Who wants to know how far a migration is. */
export type MigrationWatch = Pick<MigrateOptions, 'onStep' | 'onCopy'>;

export interface Prepared {
  readonly connection: Connection;
  readonly migrations: MigrationReport;
}

/** A database without its last pages would fail later, in the middle of somebody's work. */
export function checkComplete(connection: Connection): void {
  const { path } = connection;
  if (walBytes(path) > 0) return;
  const pageSize = Number(connection.pragma('page_size'));
  const wanted = Number(connection.pragma('page_count')) * pageSize;
  const { size } = statSync(path);
  // To SQLite a file shorter than a page is an empty database, which it would overwrite.
  if (wanted === 0 && size > 0) {
    throw new VolumeError(
      'ERR_NOT_A_VOLUME',
      `'${path}' is too short to be a volume: ${size} bytes.`,
      { path, hint: 'Check the path, or restore a backup; the file was not changed.' },
    );
  }
  if (size >= wanted) return;
  throw new VolumeError(
    'ERR_VOLUME_CORRUPT',
    `'${path}' is truncated: ${size} bytes of ${wanted}.`,
    { path, hint: 'Restore a backup; the file was not changed.' },
  );
}

/**
 * Whether a volume is to be made at `path`. SQLite deletes the log beside an empty file without a word,
 * and everything that was acknowledged may be in it.
 */
function mustCreate(path: string): boolean {
  // Before the file: another process that creates the volume writes the file first.
  const logBytes = walBytes(path);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats !== undefined && stats.size > 0) return false;
  if (logBytes === 0) return true;
  const what = stats === undefined ? 'missing' : 'empty';
  throw new VolumeError(
    'ERR_VOLUME_CORRUPT',
    `'${path}' is ${what}, but its log '${walPath(path)}' holds ${logBytes} bytes.`,
    {
      path,
      hint: 'Put the file that belongs to the log back; or remove the log to lose what is in it.',
    },
  );
}

/** Throws ERR_NOT_A_VOLUME for an empty database: there is none to open, and none is to be made. */
function refuseEmpty(connection: Connection): void {
  if (readSchemaState(connection).version !== 0) return;
  throw new VolumeError(
    'ERR_NOT_A_VOLUME',
    `'${connection.path}' is an empty database: there is no volume in it.`,
    { path: connection.path, hint: 'Check the path, or make a volume of it with `create: true`.' },
  );
}

/** A connection to a volume with the newest schema; on an error the file is as it was. */
export function prepareVolume(
  path: string,
  options: ResolvedOptions,
  connectionOptions: ConnectionOptions,
  isBulkLoad = false,
  watch: MigrationWatch = {},
): Prepared {
  const isNew = mustCreate(path);
  const journalMode = isNew && isBulkLoad ? 'persist' : 'wal';
  if (isNew) createDatabase(path, options, journalMode);
  failpoint('open:created');
  // A migration is durable whatever level the volume is opened with.
  const connection = openConnection(path, { ...connectionOptions, synchronous: 'FULL' });
  try {
    const migrations = guarded(path, () => {
      checkComplete(connection);
      if (!options.create) refuseEmpty(connection);
      if (!options.migrate && !isNew) refuseOutdated(connection);
      const report = migrate(connection, { ...options, ...watch, maker: makerName() });
      // A copy made by VACUUM INTO has a rollback journal.
      connection.pragma(`journal_mode = ${journalMode}`);
      connection.pragma(`synchronous = ${connectionOptions.synchronous ?? 'FULL'}`);
      if (isNew) syncDirectoryOf(path);
      return report;
    });
    return { connection, migrations };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Throws ERR_SCHEMA_OUTDATED when migrations are pending and must not be run here. */
export function refuseOutdated(
  connection: Connection,
  known: readonly Migration[] = readMigrations(),
): void {
  refuseEmpty(connection);
  const pending = pendingMigrations(connection, known);
  if (pending.length === 0) return;
  const names = pending.map(({ name }) => name).join(', ');
  throw new VolumeError(
    'ERR_SCHEMA_OUTDATED',
    `'${connection.path}' needs migrations first: ${names}.`,
    { path: connection.path, hint: 'Run `cabinet migrate`, or open it with `migrate: true`.' },
  );
}
