/** Task of a reader thread: checks the volume at a path on a connection of its own. */
import { VolumeError } from '../../core/errors.js';
import {
  answerTask,
  type TaskAnswer,
  type TaskControl,
  type TaskRequest,
} from '../../readers/task.js';
import { readSchemaState } from '../../schema/identity.js';
import { readMigrations } from '../../schema/migration-files.js';
import { type Connection, openConnection } from '../../sqlite/connection.js';
import { translateSqliteError } from '../../sqlite/driver-errors.js';
import { refuseOutdated } from '../../writer/prepare.js';
import { CONTENT_CHECKS, FOUNDATION_CHECKS, ROW_CHECKS } from './checks.js';
import { CheckContext, type CheckPace } from './context.js';
import { damageFinding, isDamage } from './damage.js';
import type { Finding } from './finding.js';
import { leaveNothingBehind } from './leave-nothing-behind.js';
import type { CheckProgress } from './problem.js';
import { chunkSizeOf } from './rules/facts.js';
import { schemaFindings } from './rules/schema.js';
import { type CheckReport, Recorder, runChecks } from './run.js';
import { Scratch } from './scratch.js';

export interface CheckInput {
  readonly path: string;
  readonly cacheBytes: number;
  readonly busyTimeoutMs: number;
  readonly content: boolean;
  readonly problemsMax: number;
  readonly phase: CheckProgress['phase'];
  /** Only what all else relies on: SQLite's own check, the schema, the facts. */
  readonly isQuick?: boolean;
  /** The file is not open here: whether it is a volume is not known yet. */
  readonly isUnknownFile: boolean;
  /** @defaultValue as fast as it can, as long as it takes */
  readonly pace?: CheckPace | undefined;
}

export default function check(request: TaskRequest<CheckInput>): TaskAnswer<CheckReport> {
  return answerTask(request, checkFile);
}

/** The check itself, for whoever is on a thread or in a process of its own. */
export function checkFile(input: CheckInput, control: TaskControl): CheckReport {
  let connection: Connection;
  try {
    connection = openConnection(input.path, { ...input, role: 'reader' });
  } catch (error) {
    return reportUnopened(error, input);
  }
  try {
    return checkOn(connection, input, control);
  } catch (error) {
    if (isDamage(error)) return reportDamage(error, input);
    if (isAltered(error)) return reportForeign([], input, error.message);
    throw translateSqliteError(error, input.path);
  } finally {
    connection.close();
    if (input.isUnknownFile) leaveNothingBehind(input.path, input.busyTimeoutMs);
  }
}

function checkOn(connection: Connection, input: CheckInput, control: TaskControl): CheckReport {
  // The connection is read-only all the same; scratch tables need to be written. They may be bigger
  // than memory should be.
  connection.pragma('query_only = 0');
  connection.pragma('temp_store = FILE');
  if (input.isUnknownFile) {
    refuseOtherFiles(connection);
    const foreign = schemaFindings(connection);
    if (foreign.length > 0) return reportForeign(foreign, input);
  }
  Scratch.create(connection);
  connection.beginView();
  try {
    const context = new CheckContext(connection, control, {
      content: input.content,
      repairs: false,
      ...(input.pace === undefined ? {} : { pace: input.pace }),
      chunkSizeBytes: tryChunkSize(connection),
    });
    const rows = input.isQuick === true ? [] : ROW_CHECKS;
    const checks = [...FOUNDATION_CHECKS, ...rows, ...(input.content ? CONTENT_CHECKS : [])];
    return runChecks(context, checks, {
      phase: input.phase,
      problemsMax: input.problemsMax,
      report: (progress, always) => control.report(progress, always),
    });
  } finally {
    connection.endView();
  }
}

/**
 * Of a stranger's file nothing more is read: what stands under the names of our tables may be views and
 * virtual tables, and what their columns and constraints compute may take for ever.
 */
function reportForeign(
  findings: readonly Finding[],
  { problemsMax }: CheckInput,
  reason = 'a schema that is not ours may do harm',
): CheckReport {
  const recorder = new Recorder(problemsMax);
  for (const finding of findings) recorder.add(finding, () => null);
  const detail = `nothing else was looked at: ${reason}`;
  recorder.add({ invariant: 'I2', ino: null, path: null, detail }, () => null);
  return recorder.report;
}

function isAltered(error: unknown): error is VolumeError {
  return error instanceof VolumeError && error.code === 'ERR_SCHEMA_ALTERED';
}

/** Damage here is reported by rule I26, which reads the same. */
function tryChunkSize(connection: Connection): number {
  try {
    return chunkSizeOf(connection);
  } catch (error) {
    if (isDamage(error)) return 0;
    throw error;
  }
}

/** Throws for what is no volume, or one of another schema version than these checks are for. */
function refuseOtherFiles(connection: Connection): void {
  const { version } = readSchemaState(connection);
  if (version === 0) {
    throw new VolumeError('ERR_NOT_A_VOLUME', `'${connection.path}' is an empty database.`, {
      path: connection.path,
      hint: 'Check the path; the file was not changed.',
    });
  }
  if (version !== readMigrations().length) refuseOutdated(connection);
}

function reportUnopened(error: unknown, input: CheckInput): CheckReport {
  const isDamaged = error instanceof VolumeError && error.code === 'ERR_VOLUME_CORRUPT';
  if (!isDamaged || !isDamage(error.cause)) throw error;
  return reportDamage(error.cause, input);
}

function reportDamage(error: Error & { code: string }, { problemsMax }: CheckInput): CheckReport {
  const recorder = new Recorder(problemsMax);
  recorder.add(damageFinding(error, 'the database'), () => null);
  return { ...recorder.report, isUnsound: true };
}
