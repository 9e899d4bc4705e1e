/**
 * Whose archive a directory is, and who writes to it now.
 *
 * The lock is a file that exists only while a process writes; it is made by a link, which succeeds for
 * one. What a process left behind that has ended is taken over, by a rename that succeeds for one.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE_FILE_MODE } from '../../core/private-modes.js';
import { syncPath } from '../../sqlite/wal.js';
import { hasEnded, identityOf } from '../../writer/process-identity.js';
import { makeDirectory } from '../placement/make-directory.js';
import { asArchiveError, busy, conflict } from './archive-errors.js';
import { IDENTITY_FILE, isPartial, LOCK_FILE, partialOf } from './layout.js';

const FORMAT = 'cabinetfs archive';
const FORMAT_VERSION = 1;

export interface ArchiveIdentity {
  readonly format: string;
  readonly version: number;
  readonly volumeId: string;
  readonly createdMs: number;
}

interface LockContent {
  readonly pid: number;
  readonly identity: string | null;
  readonly volume: string;
  readonly sinceMs: number;
  /** Tells the lock of this archiver from a later one. */
  readonly token: string;
}

/** What `archive.json` says; undefined when there is no archive. Throws ERR_ARCHIVE_CONFLICT. */
export function readIdentity(directory: string): ArchiveIdentity | undefined {
  const path = join(directory, IDENTITY_FILE);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw asArchiveError(error, directory);
  }
  const identity = parse<ArchiveIdentity>(text);
  if (identity?.format !== FORMAT || typeof identity.volumeId !== 'string') {
    throw conflict(
      directory,
      `has an ${IDENTITY_FILE} that is none of ours`,
      'Choose another directory.',
    );
  }
  if (identity.version !== FORMAT_VERSION) {
    throw conflict(
      directory,
      `is an archive of format ${identity.version}, and known is ${FORMAT_VERSION}`,
      'Use the version of cabinetfs that made it.',
    );
  }
  return identity;
}

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

/** Makes the directory an archive of the volume; refuses one that is something else. */
export function claimDirectory(directory: string, volumeId: string): void {
  makeDirectory(directory);
  const identity = readIdentity(directory);
  if (identity === undefined) {
    createIdentity(directory, volumeId);
    return;
  }
  if (identity.volumeId === volumeId) return;
  throw conflict(
    directory,
    `is the archive of the volume ${identity.volumeId}, and this is ${volumeId}`,
    'Give each volume a directory of its own.',
  );
}

function createIdentity(directory: string, volumeId: string): void {
  const others = readdirSync(directory).filter((name) => name !== LOCK_FILE && !isPartial(name));
  if (others.length > 0) {
    throw conflict(
      directory,
      `is not empty and no archive: it holds '${others[0]}'`,
      'Choose an empty directory, or one that does not exist yet.',
    );
  }
  const identity: ArchiveIdentity = {
    format: FORMAT,
    version: FORMAT_VERSION,
    volumeId,
    createdMs: Date.now(),
  };
  const path = join(directory, IDENTITY_FILE);
  writeFileSync(partialOf(path), `${JSON.stringify(identity, undefined, 2)}\n`, {
    flush: true,
    mode: PRIVATE_FILE_MODE,
  });
  renameSync(partialOf(path), path);
  syncPath(directory);
}

/** The right to write to an archive. */
export class ArchiveLock {
  readonly #path: string;
  readonly #token: string;

  private constructor(path: string, token: string) {
    this.#path = path;
    this.#token = token;
  }

  /** Throws ERR_ARCHIVE_BUSY while another archiver has it, in this process or another. */
  static take(directory: string, volume: string): ArchiveLock {
    makeDirectory(directory);
    const path = join(directory, LOCK_FILE);
    const token = randomBytes(8).toString('hex');
    const own = partialOf(`${path}-${token}`);
    const { pid } = process;
    const content: LockContent = {
      pid,
      identity: identityOf(pid),
      volume,
      sinceMs: Date.now(),
      token,
    };
    // Flushed, so that after a power cut there is no lock without content, which nobody may take away.
    writeFileSync(own, JSON.stringify(content), { flush: true, mode: PRIVATE_FILE_MODE });
    try {
      while (!tryLink(own, path)) removeAbandoned(directory, path, token);
    } finally {
      rmSync(own, { force: true });
    }
    return new ArchiveLock(path, token);
  }

  /** Whether the lock is still ours: somebody may have emptied the directory. */
  get isHeld(): boolean {
    return readLock(this.#path)?.token === this.#token;
  }

  release(): void {
    if (this.isHeld) rmSync(this.#path, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined when there is none. Locks are whole from the beginning: one that is not, is none of ours. */
function readLock(path: string): LockContent | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const content = parse<LockContent>(text);
  if (typeof content?.pid === 'number' && typeof content.token === 'string') return content;
  throw conflict(path, 'is no lock of an archive', 'Remove it when no program archives there.');
}

/** Takes away the lock of a process that has ended; throws when it has not. */
function removeAbandoned(directory: string, path: string, token: string): void {
  const content = readLock(path);
  // It was released meanwhile.
  if (content === undefined) return;
  if (!hasEnded(content.pid, content.identity)) throw busy(directory, content.pid);
  const aside = partialOf(`${path}-${token}-old`);
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return;
  }
  const taken = readLock(aside);
  // Between looking and renaming another process may have put its own there: it gets it back.
  if (taken !== undefined && taken.token !== content.token) tryLink(aside, path);
  rmSync(aside, { force: true });
}
