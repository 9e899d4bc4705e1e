/**
 * Task of a reader thread: keeps a view of a database open while its image is copied, and says what
 * belongs to the view.
 *
 * To know how much of the log does, the log is looked at through a second connection before and after the
 * view begins: as long as it is the same filling of the log, the view's frames are the first ones of it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { VolumeError } from '../../core/errors.js';
import { encodeFailure } from '../../core/failure.js';
import {
  createTaskControl,
  type TaskAnswer,
  TaskCancelled,
  type TaskControl,
  type TaskRequest,
} from '../../readers/task.js';
import { readTrustedState } from '../../schema/identity.js';
import { type Connection, openConnection } from '../../sqlite/connection.js';
import { translateSqliteError } from '../../sqlite/driver-errors.js';
import { type LogPart, logIdentity } from '../../sqlite/log-frames.js';
import { walState } from '../../sqlite/wal.js';
import { readVolumeFacts } from '../../store/meta-table.js';
import { type Pinned, pinSnapshot } from '../../writer/pin.js';

export interface PinInput {
  readonly path: string;
  readonly cacheBytes: number;
  readonly busyTimeoutMs: number;
  readonly cells: SharedArrayBuffer;
  /** One cell: what the thread is to do with the view. */
  readonly wish: SharedArrayBuffer;
  /** Where the thread copies to itself when it is asked to. */
  readonly target: string;
  readonly pagesPerStep: number;
}

export const WISH_END = 1;
/** Copy with SQLite's own means: slower, and needs to know nothing of the log. */
export const WISH_COPY = 2;

/** What the view holds. */
export interface Image {
  readonly path: string;
  readonly pages: number;
  readonly pageSizeBytes: number;
  readonly commit: number | null;
  readonly takenMs: number;
  readonly volumeId: string;
  readonly schemaVersion: number;
  /** `unknown`: somebody was in between each time; then only SQLite can tell. */
  readonly log: LogPart | null | 'unknown';
}

export type PinMessage =
  | { readonly image: Image }
  | { readonly copied: { readonly done: number; readonly total: number } };

const ATTEMPTS = 20;
const LOOK_EVERY_MS = 10;
const PROBE_CACHE_BYTES = 256 * 1024;

export default async function pin({
  input,
  port,
  cancel,
}: TaskRequest<PinInput>): Promise<TaskAnswer<null>> {
  const control = createTaskControl(port, cancel);
  try {
    control.throwIfCancelled();
    await keepView(input, control);
    return { output: null };
  } catch (error) {
    if (error instanceof TaskCancelled) return { cancelled: true };
    return encodeFailure(translateSqliteError(error, input.path));
  } finally {
    port.close();
  }
}

async function keepView(input: PinInput, control: TaskControl): Promise<void> {
  const connection = openConnection(input.path, { ...input, role: 'reader' });
  try {
    refuseOthers(connection);
    const { pinned, log } = beginView(connection, input, control);
    control.report({ image: describe(connection, pinned, log) } satisfies PinMessage, true);
    await serve(connection, input, control);
  } finally {
    connection.close();
  }
}

/** What is no volume has nothing that could be read below. */
function refuseOthers(connection: Connection): void {
  if (readTrustedState(connection).version > 0) return;
  throw new VolumeError('ERR_NOT_A_VOLUME', `'${connection.path}' is an empty database.`, {
    path: connection.path,
    hint: 'Check the path; the file was not changed.',
  });
}

interface View {
  readonly pinned: Pinned;
  readonly log: Image['log'];
}

function beginView(connection: Connection, input: PinInput, control: TaskControl): View {
  const probe = openConnection(input.path, {
    role: 'reader',
    cacheBytes: PROBE_CACHE_BYTES,
    busyTimeoutMs: input.busyTimeoutMs,
  });
  try {
    for (let attempt = 1; ; attempt += 1) {
      const before = lookAtLog(probe);
      const pinned = pinSnapshot(input.cells, connection, control);
      const log = partOf(pinned, before, lookAtLog(probe));
      if (log !== 'unknown' || attempt === ATTEMPTS) return { pinned, log };
      connection.execute('COMMIT');
    }
  } finally {
    probe.close();
  }
}

interface LogState {
  readonly identity: string | null;
  readonly frames: number;
  /** Frames of them that are in the database file. */
  readonly checkpointed: number;
}

function lookAtLog(probe: Connection): LogState {
  // A connection that has read nothing yet does not know that there is a log.
  probe.pragma('schema_version');
  return { identity: logIdentity(probe.path), ...walState(probe) };
}

function partOf({ walFrames }: Pinned, before: LogState, after: LogState): Image['log'] {
  if (before.identity !== after.identity) return 'unknown';
  const frames = walFrames ?? (before.frames === after.frames ? before.frames : undefined);
  if (frames === undefined) return 'unknown';
  // The log may be there, and its frames be of before it was begun anew.
  if (frames === 0 || after.identity === null) return null;
  // All of it is in the database file, which no checkpoint touches as long as the view is there.
  if (frames === before.frames && before.checkpointed === frames) return null;
  return { identity: after.identity, frames };
}

function describe(connection: Connection, { commit }: Pinned, log: Image['log']): Image {
  return {
    path: connection.path,
    pages: Number(connection.pragma('page_count')),
    pageSizeBytes: Number(connection.pragma('page_size')),
    commit,
    takenMs: Date.now(),
    volumeId: readVolumeFacts(connection).volumeId,
    schemaVersion: Number(connection.pragma('user_version')),
    log,
  };
}

/** Until it is told to end. */
async function serve(connection: Connection, input: PinInput, control: TaskControl): Promise<void> {
  const wish = new Int32Array(input.wish);
  for (;;) {
    control.throwIfCancelled();
    const wanted = Atomics.load(wish, 0);
    if (wanted === WISH_END) return;
    if (wanted === WISH_COPY) {
      await connection.copyPages(input.target, (left, total) => {
        control.throwIfCancelled();
        control.report({ copied: { done: total - left, total } } satisfies PinMessage);
        return input.pagesPerStep;
      });
      return;
    }
    await pause(LOOK_EVERY_MS);
  }
}
