/**
 * Having a volume for oneself: proves that nobody has it open, of this process or another, reading or
 * writing, and keeps everybody out until it is let go.
 *
 * Every connection of SQLite that has read from a database with a log holds a shared lock on its file
 * for as long as it is open. The exclusive lock taken here is refused while one does, so there is no
 * moment between the proof and the hold. Who opens the volume meanwhile waits for its `busyTimeoutMs`
 * and is then refused with ERR_VOLUME_BUSY.
 */
import { realpathSync, statSync } from 'node:fs';
import { VolumeError } from '../../core/errors.js';
import { type Connection, openConnection } from '../../sqlite/connection.js';
import { SessionTable } from '../../store/session-table.js';
import { type FileIdentity, identityOfFile, openersOf } from './openers.js';

export interface ExclusiveVolume {
  /** Where the file really is: no link is followed any more. */
  readonly path: string;
  readonly file: FileIdentity;
  readonly connection: Connection;
  /** Lets everybody in again; may be called twice. */
  close(): void;
}

/** Somebody may be closing the volume at this moment; then it is free within this time. */
const WAIT_MS = 500;
const CACHE_BYTES = 16 * 1024 * 1024;
const LISTED_MAX = 5;

/**
 * Takes the volume at `path`, which must exist, for this connection alone. ERR_VOLUME_BUSY, naming who
 * has it open as far as that can be known; other errors as `openConnection`.
 */
export function takeExclusive(path: string, waitMs: number = WAIT_MS): ExclusiveVolume {
  const real = realpathSync(path);
  refuseEmptyFile(real);
  const file = identityOfFile(real);
  let connection: Connection;
  try {
    connection = openConnection(real, {
      role: 'writer',
      cacheBytes: CACHE_BYTES,
      busyTimeoutMs: waitMs,
      synchronous: 'FULL',
      isExclusive: true,
    });
  } catch (error) {
    if (!(error instanceof VolumeError) || error.code !== 'ERR_VOLUME_BUSY') throw error;
    throw inUse(real, whoHas(real, file), error);
  }
  return {
    path: real,
    file,
    connection,
    close: () => {
      if (connection.isOpen) connection.close();
    },
  };
}

/** SQLite deletes the log beside an empty file without a word, and everything may be in it. */
function refuseEmptyFile(path: string): void {
  if (statSync(path).size > 0) return;
  throw new VolumeError('ERR_NOT_A_VOLUME', `'${path}' is empty: there is no volume in it.`, {
    path,
    hint: 'Check the path; nothing was changed.',
  });
}

export function inUse(path: string, who: readonly string[], cause?: unknown): VolumeError {
  const listed = who.slice(0, LISTED_MAX).join(', ');
  const more = who.length > LISTED_MAX ? ` and ${who.length - LISTED_MAX} more` : '';
  const by = who.length === 0 ? '' : ` by ${listed}${more}`;
  return new VolumeError('ERR_VOLUME_BUSY', `'${path}' is in use${by}.`, {
    ...(cause === undefined ? {} : { cause }),
    path,
    hint: 'Close it everywhere first, for reading too, and try again.',
  });
}

/** Not all processes could be looked into: refused, as somebody may have it open. */
export function usersUnknown(
  path: string,
  silent: readonly number[],
  cause?: unknown,
): VolumeError {
  const which = silent.slice(0, LISTED_MAX).join(', ');
  const stuck = silent.length === 0 ? '' : ` (process ${which} does not answer)`;
  return new VolumeError(
    'ERR_VOLUME_BUSY',
    `It could not be found out in time who has '${path}' open${stuck}.`,
    {
      ...(cause === undefined ? {} : { cause }),
      path,
      hint: 'Nothing was changed. Try again, after unmounting by force what does not answer.',
    },
  );
}

/** In words: by the descriptors of processes, or by the sessions of the volume where those are hidden. */
export function whoHas(path: string, file: FileIdentity): string[] {
  const { found } = openersOf(path, file);
  const openers = found.map(({ pid, program }) => nameOf(pid, program));
  return openers.length > 0 ? openers : sessionsOf(path);
}

export function nameOf(pid: number, program: string): string {
  return pid === process.pid ? 'this process' : `process ${pid} (${program})`;
}

function sessionsOf(path: string): string[] {
  try {
    const connection = openConnection(path, {
      role: 'reader',
      cacheBytes: CACHE_BYTES,
      busyTimeoutMs: 0,
    });
    try {
      return new SessionTable(connection)
        .list()
        .map(({ pid }) => (pid === process.pid ? 'this process' : `process ${pid}`));
    } finally {
      connection.close();
    }
  } catch {
    // It only adds names to an error that is there already.
    return [];
  }
}
