/**
 * Task of a thread: compacts a volume that nobody has open. Holds it exclusively from the first look to
 * the swap, so that nothing can change in between.
 */

import { VolumeError } from '../../core/errors.js';
import { failpoint } from '../../core/failpoint.js';
import {
  answerTask,
  type TaskAnswer,
  type TaskControl,
  type TaskRequest,
} from '../../readers/task.js';
import { readSchemaState } from '../../schema/identity.js';
import { type Connection, openConnection } from '../../sqlite/connection.js';
import { removeIfPossible } from '../../sqlite/database-files.js';
import { demandSpace } from '../../sqlite/disk-space.js';
import { guarded } from '../../sqlite/driver-errors.js';
import { makePrivateFile } from '../../sqlite/private-file.js';
import { MaintenanceTable } from '../../store/maintenance-table.js';
import { refuseOutdated } from '../../writer/prepare.js';
import { type Space, spaceOf } from '../../writer/vacuum.js';
import { checkFile } from '../check/thread.js';
import { removeLeftovers } from '../placement/leftovers.js';
import { systemFailed } from '../placement/target.js';
import { type ExclusiveVolume, takeExclusive } from '../swap/exclusive.js';
import { takeAttributes } from '../swap/file-attributes.js';
import { swapFiles } from '../swap/swap-files.js';
import type { CompactResult } from './compact-options.js';
import { recordOf } from './compact-record.js';

export interface FullInput {
  readonly path: string;
  /** Where to make the new file, beside the volume. */
  readonly temporary: string;
  readonly cacheBytes: number;
  readonly busyTimeoutMs: number;
}

/** What is reported: how many bytes the copy will have, and then how far the verification is. */
export type FullReport =
  | { readonly phase: 'copy'; readonly total: number }
  | { readonly phase: 'verify' | 'replace'; readonly done: number; readonly total: number };

export default function compact(request: TaskRequest<FullInput>): TaskAnswer<CompactResult> {
  return answerTask(request, compactFully);
}

function compactFully(input: FullInput, control: TaskControl): CompactResult {
  const startedMs = Date.now();
  const held = takeExclusive(input.path);
  try {
    return guarded(held.path, () => compactHeld(held, input, control, startedMs));
  } catch (error) {
    throw systemFailed(error, held.path);
  } finally {
    // Before the lock is let go: afterwards the name belongs to nobody.
    removeIfPossible(input.temporary);
    held.close();
  }
}

function compactHeld(
  held: ExclusiveVolume,
  input: FullInput,
  control: TaskControl,
  startedMs: number,
): CompactResult {
  const { connection, path } = held;
  const { temporary } = input;
  refuseOtherFiles(connection);
  removeLeftovers(path);
  const before = spaceOf(connection);
  const usedBytes = bytesOf({ ...before, pages: before.pages - before.freePages });
  demandSpace(path, usedBytes + SPARE_BYTES, 'Compacting as a whole', IN_PLACE);
  control.report({ phase: 'copy', total: usedBytes } satisfies FullReport, true);
  makePrivateFile(temporary);
  connection.statement<[string], never>('VACUUM INTO ?').run(temporary);
  control.throwIfCancelled();
  const after = finish(connection, temporary, before, startedMs);
  failpoint('compact:written');
  verify(input, control);
  control.throwIfCancelled();
  control.report({ phase: 'replace', done: 0, total: 1 } satisfies FullReport, true);
  takeAttributes(path, temporary);
  swapFiles(held, temporary);
  const freedPages = before.pages - after.pages;
  return {
    full: true,
    bytesBefore: bytesOf(before),
    bytesAfter: bytesOf(after),
    freedBytes: freedPages * before.pageSizeBytes,
    freedPages,
    durationMs: Date.now() - startedMs,
  };
}

function bytesOf({ pages, pageSizeBytes }: Pick<Space, 'pages' | 'pageSizeBytes'>): number {
  return pages * pageSizeBytes;
}

function refuseOtherFiles(connection: Connection): void {
  // Throws for databases of others.
  readSchemaState(connection);
  refuseOutdated(connection);
}

/** Beside the copy itself, for the log that is moved into the file and the entries of the directory. */
const SPARE_BYTES = 1024 * 1024;
const IN_PLACE = 'give free pages back in place: `cabinet compact` without --full';

const FACTS = ['page_size', 'auto_vacuum', 'application_id', 'user_version'] as const;

/**
 * Makes the copy what the volume is: the same kind of database with the same rows, with a log, and with
 * the record of this compaction in it, which so becomes true with the swap.
 */
function finish(source: Connection, temporary: string, before: Space, startedMs: number): Space {
  const copy = openConnection(temporary, {
    role: 'writer',
    cacheBytes: COPY_CACHE_BYTES,
    busyTimeoutMs: 0,
    synchronous: 'FULL',
  });
  try {
    for (const fact of FACTS) demandSame(source, fact, source.pragma(fact), copy.pragma(fact));
    for (const name of tablesOf(source)) {
      demandSame(source, `rows of ${name}`, countOf(source, name), countOf(copy, name));
    }
    const after = spaceOf(copy);
    const freedPages = before.pages - after.pages;
    const freedBytes = freedPages * before.pageSizeBytes;
    const figures = { full: true, freedPages, freedBytes, bytesAfter: bytesOf(after) };
    new MaintenanceTable(copy).insert(recordOf(figures, startedMs, 'call'));
    copy.pragma('journal_mode = WAL');
    return spaceOf(copy);
  } finally {
    copy.close();
  }
}

const COPY_CACHE_BYTES = 8 * 1024 * 1024;
const TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";

function tablesOf(connection: Connection): string[] {
  return connection
    .statement<[], [string]>(TABLES)
    .all()
    .map(([name]) => name);
}

/** The names are those of the schema, which has been compared with the migrations'. */
function countOf(connection: Connection, table: string): number {
  const sql = `SELECT count(*) FROM "${table.replaceAll('"', '""')}"`;
  return connection.statement<[], [number]>(sql).get()?.[0] ?? 0;
}

function demandSame({ path }: Connection, what: string, wanted: unknown, found: unknown): void {
  if (wanted === found) return;
  throw notReplaced(path, `${what} is ${String(found)}, not ${String(wanted)}`);
}

function notReplaced(path: string, what: string): VolumeError {
  return new VolumeError(
    'ERR_COMPACTION_REFUSED',
    `The compacted copy of '${path}' was not put in its place: ${what}.`,
    { path, hint: 'The volume is as it was. Run `cabinet check --repair`, and then try again.' },
  );
}

function verify({ path, temporary, ...input }: FullInput, control: TaskControl): void {
  const quiet: TaskControl = {
    throwIfCancelled: () => control.throwIfCancelled(),
    report: (progress, always) => {
      const { done, total } = progress as { done: number; total: number };
      control.report({ phase: 'verify', done, total } satisfies FullReport, always);
    },
  };
  const { problems, problemsTotal } = checkFile(
    {
      ...input,
      path: temporary,
      content: false,
      problemsMax: 1,
      phase: 'check',
      isUnknownFile: true,
    },
    quiet,
  );
  const [first] = problems;
  if (first === undefined) return;
  const more = problemsTotal > 1 ? ` (and ${problemsTotal - 1} more)` : '';
  throw notReplaced(path, `rule ${first.invariant} does not hold: ${first.detail}${more}`);
}
