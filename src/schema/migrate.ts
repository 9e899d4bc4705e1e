/**
 * The migration runner: forward only, one IMMEDIATE transaction per step together with `user_version`
 * and the record of what was applied. Two processes may race for it; each re-reads the version inside
 * its transaction.
 */
import { randomBytes } from 'node:crypto';
import { createClock, type Timestamp } from '../core/clock.js';
import { VolumeError } from '../core/errors.js';
import { failpoint } from '../core/failpoint.js';
import { SOFTWARE } from '../core/software.js';
import type { Connection } from '../sqlite/connection.js';
import { MaintenanceTable } from '../store/maintenance-table.js';
import { insertMeta } from '../store/meta-table.js';
import { APPLICATION_ID, readSchemaState, readTrustedState } from './identity.js';
import { type Migration, readMigrations } from './migration-files.js';
import { makeSafetyCopy } from './safety-copy.js';

export interface MigrateOptions {
  /** Keep a verified copy beside the volume before the first step on one that holds data. */
  readonly safetyCopy: boolean;
  readonly chunkSizeBytes: number;
  readonly migrations?: readonly Migration[];
  readonly onStep?: (step: MigrationStep) => void;
  /** Before the safety copy: the file at `temporary` will grow to `bytes`. */
  readonly onCopy?: (temporary: string, bytes: number) => void;
  /** Names this process, for the name of a safety copy in the making. @defaultValue a random one */
  readonly maker?: string;
}

export interface MigrationStep {
  readonly name: string;
  readonly index: number;
  readonly total: number;
}

export interface MigrationReport {
  readonly from: number;
  readonly to: number;
  readonly applied: readonly string[];
  /** Path of the copy made beforehand, when there was one. */
  readonly safetyCopy?: string;
}

const RECORD = `
  INSERT INTO migration (version, name, sha256, applied_at)
  VALUES (?, ?, ?, CAST(? AS INTEGER) * 1000000000 + ?)`;

/** What would be applied to the volume on `connection`. */
export function pendingMigrations(
  connection: Connection,
  migrations: readonly Migration[] = readMigrations(),
): readonly Migration[] {
  const { version } = readTrustedState(connection, migrations);
  return migrations.slice(Math.max(0, version));
}

/** Brings the volume to the newest schema. The connection is the only user of its transactions. */
export function migrate(connection: Connection, options: MigrateOptions): MigrationReport {
  const migrations = options.migrations ?? readMigrations();
  const pending = pendingMigrations(connection, migrations);
  const from = migrations.length - pending.length;
  const report = { from, to: migrations.length, applied: pending.map(({ name }) => name) };
  if (pending.length === 0) return report;
  const copy = from > 0 && options.safetyCopy ? copyBefore(connection, from, options) : undefined;
  failpoint('migrate:copied');
  run(connection, pending, from === 0, options);
  return copy === undefined ? report : { ...report, safetyCopy: copy };
}

/**
 * Foreign keys are off meanwhile, which must be said outside of a transaction: a step may make a table anew
 * that others refer to. Rows that break a constraint go along: a check finds them, and repairs them.
 */
function run(
  connection: Connection,
  pending: readonly Migration[],
  isNew: boolean,
  options: MigrateOptions,
): void {
  const clock = createClock();
  connection.pragma('foreign_keys = 0');
  connection.pragma('ignore_check_constraints = 1');
  try {
    if (isNew) {
      create(connection, pending, options, clock());
      return;
    }
    for (const [index, migration] of pending.entries()) {
      options.onStep?.({ name: migration.name, index, total: pending.length });
      transact(connection, migration, () => apply(connection, migration, clock()));
    }
  } finally {
    connection.pragma('ignore_check_constraints = 0');
    connection.pragma('foreign_keys = 1');
  }
}

function copyBefore(
  connection: Connection,
  from: number,
  { maker = randomBytes(MAKER_BYTES).toString('hex'), onCopy }: MigrateOptions,
): string | undefined {
  return makeSafetyCopy(connection, from, { maker, onCopy });
}

/** A new volume is made in one transaction: there is none of an older schema in between. */
function create(
  connection: Connection,
  migrations: readonly Migration[],
  options: MigrateOptions,
  now: Timestamp,
): void {
  const last = migrations.at(-1) as Migration;
  transact(connection, last, () => {
    for (const [index, migration] of migrations.entries()) {
      options.onStep?.({ name: migration.name, index, total: migrations.length });
      const isMine = apply(connection, migration, now);
      if (isMine && migration.version === 1) initialise(connection, options);
      if (isMine && migration === last) recordCreation(connection);
    }
  });
}

/** Runs a step, unless another process has been faster. */
function apply(connection: Connection, migration: Migration, now: Timestamp): boolean {
  if (readSchemaState(connection).version >= migration.version) return false;
  connection.execute(migration.sql);
  record(connection, migration, now);
  return true;
}

function transact(connection: Connection, migration: Migration, work: () => void): void {
  connection.execute('BEGIN IMMEDIATE');
  try {
    work();
    failpoint('migrate:applied');
    connection.execute('COMMIT');
    failpoint('migrate:committed');
  } catch (error) {
    if (connection.inTransaction) connection.execute('ROLLBACK');
    throw failed(connection.path, migration, error);
  }
}

function failed(path: string, migration: Migration, cause: unknown): unknown {
  if (cause instanceof VolumeError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new VolumeError(
    'ERR_MIGRATION_FAILED',
    `Migration '${migration.name}' of '${path}' failed: ${reason}.`,
    {
      cause,
      path,
      hint: 'The volume is as it was before this step. `cabinet salvage` gets out what can be read of a damaged one.',
    },
  );
}

function record(connection: Connection, migration: Migration, now: Timestamp): void {
  connection
    .statement<[number, string, string, number, number], never>(RECORD)
    .run(migration.version, migration.name, migration.sha256, now.sec, now.nsec);
  connection.pragma(`user_version = ${migration.version}`);
  connection.pragma(`application_id = ${APPLICATION_ID}`);
}

const HAS_MAINTENANCE = "SELECT 1 FROM sqlite_schema WHERE name = 'maintenance'";

/** A volume that has just been made is whole: nobody need check it to know. */
function recordCreation(connection: Connection): void {
  if (connection.statement<[], [number]>(HAS_MAINTENANCE).get() === undefined) return;
  const nowMs = Date.now();
  new MaintenanceTable(connection).insert({
    kind: 'check',
    startedMs: nowMs,
    endedMs: nowMs,
    ok: true,
    detail: { by: 'creation', content: true, problemsTotal: 0 },
  });
}

const ROOT = `
  INSERT INTO inode (ino, mode, nlink, uid, gid, rdev, size, atime, mtime, ctime, btime, version, parent,
                     chunks)
  SELECT 1, 16877, 2, ?, ?, 0, 0, applied_at, applied_at, applied_at, applied_at, 1, 1, 0
  FROM migration WHERE version = 1`;

const VOLUME_ID_BYTES = 16;
const MAKER_BYTES = 6;

/** Facts and root directory (mode 040755) of a new volume. */
function initialise(connection: Connection, options: MigrateOptions): void {
  insertMeta(connection, 'volume_id', randomBytes(VOLUME_ID_BYTES));
  insertMeta(connection, 'chunk_size_bytes', options.chunkSizeBytes);
  insertMeta(connection, 'created_by', SOFTWARE);
  // The root has 1. A bigint, so that SQLite counts in whole numbers.
  insertMeta(connection, 'next_ino', 2n);
  connection
    .statement<[number, number], never>(ROOT)
    .run(process.getuid?.() ?? 0, process.getgid?.() ?? 0);
}
