/**
 * `restoreVolume`: a backup, or a state of an archive, becomes a volume.
 *
 *   claim a partial file beside the target ▸ copy the backup into it and compare with the manifest
 *   ▸ SQLite's check ▸ migrate ▸ every rule, all content ▸ sessions go, the restore is remembered
 *   ▸ take the target's place, under a lock that nobody else can have ▸ open it ▸ let the old one go
 *
 * What is verified is the very file that takes the place. INVARIANT: at every instant the target's name
 * leads to a whole volume, the old one or the new one, without a log of the other (`put-in-place.ts`).
 */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { AbortError } from '../../core/abort.js';
import { VolumeError } from '../../core/errors.js';
import { failpoint } from '../../core/failpoint.js';
import { resolveOptions } from '../../core/options.js';
import { PRIVATE_FILE_MODE } from '../../core/private-modes.js';
import { ReaderThreads } from '../../readers/threads.js';
import { readSchemaState } from '../../schema/identity.js';
import { openConnection } from '../../sqlite/connection.js';
import { removeDatabase, SIDECARS } from '../../sqlite/database-files.js';
import { syncDirectoryOf } from '../../sqlite/wal.js';
import { readNextCommit } from '../../store/commit-numbers.js';
import { readVolumeFacts } from '../../store/meta-table.js';
import { checkComplete } from '../../writer/prepare.js';
import { listProblems } from '../backup/backup-volume.js';
import { CopyChild } from '../backup/copy-child.js';
import { ProgressTeller } from '../backup/progress.js';
import { leaveNothingBehind } from '../check/leave-nothing-behind.js';
import { type Claim, claimTarget } from '../placement/claim.js';
import { putBack, putNew, replace } from '../placement/put-in-place.js';
import {
  refuseExisting,
  refuseItself,
  resolveTarget,
  type Target,
  targetFailed,
} from '../placement/target.js';
import type { PrepareResult } from './prepare-restored.js';
import { restoreArchive } from './restore-archive.js';
import {
  type ResolvedRestoreOptions,
  type RestoreOptions,
  type RestoreResult,
  resolveRestoreOptions,
} from './restore-options.js';
import {
  copyBackup,
  damaged,
  isArchive,
  resolveSource,
  type SourceCopy,
  type SourceRequest,
} from './restore-source.js';

const NEW_FILE_MODE = PRIVATE_FILE_MODE;
const PERMISSIONS = 0o777;
const PROBLEMS_SHOWN = 3;
const CACHE_BYTES = 1024 * 1024;

/**
 * Restores `source`, a backup or the directory of an archive, to a volume at `dest`. Throws
 * ERR_BACKUP_DAMAGED, ERR_NOT_A_VOLUME, ERR_SCHEMA_TOO_NEW about the source; ERR_VOLUME_EXISTS,
 * ERR_BACKUP_TARGET, ERR_NO_SPACE, ERR_VOLUME_BUSY, ERR_VOLUME_BUSY about the target.
 */
export async function restoreVolume(
  source: string,
  dest: string,
  options?: RestoreOptions,
): Promise<RestoreResult> {
  const resolved = resolveRestoreOptions(options);
  const { signal } = resolved;
  if (signal?.aborted) throw new AbortError(signal.reason);
  const from = resolveSource(source);
  const target = resolveTarget(dest);
  refuseItself(target, from, 'the backup');
  if (!resolved.overwrite) refuseExisting(target);
  const mode = target.stats === undefined ? NEW_FILE_MODE : target.stats.mode & PERMISSIONS;
  const claim = await claimTarget(target.path, mode, signal);
  const defaults = resolveOptions();
  const threads = new ReaderThreads({ ...defaults, readerThreadsMax: 1 });
  let child: CopyChild | undefined;
  try {
    child = new CopyChild(signal);
    const teller = new ProgressTeller(resolved.onProgress);
    const { partial, partialManifest: placeholder } = claim;
    const { busyTimeoutMs } = defaults;
    const request = { source: from, partial, placeholder, child, threads, busyTimeoutMs, teller };
    return await new Restoration({ ...request, options: resolved }, target, claim).run();
  } catch (error) {
    throw targetFailed(error, target.path);
  } finally {
    await child?.end();
    await threads.close(new VolumeError('ERR_VOLUME_CLOSED', 'The restore has ended.'));
    claim.end();
  }
}

class Restoration {
  readonly #request: SourceRequest;
  readonly #options: ResolvedRestoreOptions;
  readonly #target: Target;
  readonly #claim: Claim;
  readonly #startedMs = Date.now();
  readonly #started = performance.now();

  constructor(request: SourceRequest, target: Target, claim: Claim) {
    this.#request = request;
    this.#options = request.options;
    this.#target = target;
    this.#claim = claim;
  }

  async run(): Promise<RestoreResult> {
    const { source } = this.#request;
    const isOfArchive = isArchive(source);
    if (!isOfArchive && this.#options.at !== undefined) {
      throw new VolumeError('ERR_OPTION_INVALID', `'${source}' is a backup and holds one state.`, {
        path: source,
        hint: 'Leave `at` out, or give the directory of an archive.',
      });
    }
    const copy = await (isOfArchive ? restoreArchive(this.#request) : copyBackup(this.#request));
    const migrations = await this.#verify();
    const { volumeId } = await this.#enter(copy);
    await this.#request.child.ask('store', null);
    failpoint('restore:verified');
    const replaced = this.#takePlace();
    this.#request.teller.tell({ done: 1, total: 1 });
    return {
      path: this.#target.path,
      bytes: statSync(this.#target.path).size,
      volumeId,
      commit: copy.commit,
      atMs: copy.atMs,
      hadManifest: copy.hadManifest,
      migrations,
      replaced,
      durationMs: performance.now() - this.#started,
    };
  }

  /** Returns what was migrated. Everything that is wrong is an error about the source. */
  async #verify(): Promise<readonly string[]> {
    const { partial, child, teller, source } = this.#request;
    teller.enter('verify');
    let migrated: PrepareResult;
    try {
      migrated = await child.ask('prepare', { path: partial, step: 'migrate' });
    } catch (error) {
      throw this.#aboutSource(error);
    }
    const job = { path: partial, depth: 'content' as const, problemsMax: PROBLEMS_SHOWN };
    const report = await child.ask('verify', job, (parts) => teller.tell(parts));
    if (report.problemsTotal > 0) throw damaged(source, listProblems(report));
    return migrated.migrations;
  }

  /** The partial file is nothing that a person has heard of. */
  #aboutSource(error: unknown): unknown {
    if (!(error instanceof VolumeError)) return error;
    const { source, partial } = this.#request;
    const { code, hint, cause } = error;
    const text = hint === undefined ? error.message : error.message.slice(0, -hint.length - 1);
    const message = text.replaceAll(partial, source);
    if (code === 'ERR_VOLUME_CORRUPT' || code === 'ERR_MIGRATION_FAILED') {
      return damaged(source, message.replace(/\.$/, ''), error);
    }
    return new VolumeError(code, message, {
      cause,
      path: source,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  #enter(copy: SourceCopy): Promise<PrepareResult> {
    const { partial, child, source } = this.#request;
    const { commit, atMs, bytes } = copy;
    const entry = {
      kind: 'restore' as const,
      startedMs: this.#startedMs,
      endedMs: Date.now(),
      ok: true,
      detail: { source, commit, atMs, bytes },
    };
    const nextCommit = nextCommitOf(this.#target);
    return child.ask('prepare', { path: partial, step: 'enter', entry, nextCommit });
  }

  /** Returns where the replaced volume is, when it is kept. */
  #takePlace(): string | null {
    const { signal, keepReplaced, overwrite } = this.#options;
    this.#request.teller.enter('finish');
    // From here on nothing waits, so that an abort comes before or too late.
    if (signal?.aborted) throw new AbortError(signal.reason);
    const { partial, replaced } = this.#claim;
    const { path } = this.#target;
    if (!overwrite || !existsSync(path)) {
      putNew(partial, path);
      try {
        prove(path);
      } catch (error) {
        rmSync(path, { force: true });
        throw error;
      }
      return null;
    }
    replace(partial, path, replaced);
    failpoint('restore:placed');
    try {
      prove(path);
    } catch (error) {
      putBack(path, replaced);
      throw error;
    }
    return keepReplaced ? keep(path, replaced) : letGo(replaced);
  }
}

/** Gives the replaced volume a name that no later work takes for a leftover. */
function keep(path: string, replaced: string): string {
  const time = new Date().toISOString().replace(/\.\d+/, '').replaceAll(':', '-');
  let kept = `${path}.replaced-${time}`;
  for (let number = 2; existsSync(kept); number += 1) kept = `${path}.replaced-${time}.${number}`;
  for (const ending of [...SIDECARS, '']) {
    if (existsSync(replaced + ending)) renameSync(replaced + ending, kept + ending);
  }
  syncDirectoryOf(path);
  return kept;
}

function letGo(replaced: string): null {
  removeDatabase(replaced);
  return null;
}

/** Opens it by its name, as the next program will. */
function prove(path: string): void {
  const connection = openConnection(path, {
    role: 'reader',
    cacheBytes: CACHE_BYTES,
    busyTimeoutMs: 0,
  });
  try {
    checkComplete(connection);
    readSchemaState(connection);
    readVolumeFacts(connection);
  } finally {
    connection.close();
  }
}

/** Where the numbers of the replaced volume go on; undefined when that cannot be read. */
function nextCommitOf({ path, stats }: Target): number | undefined {
  if (stats === undefined) return undefined;
  try {
    const connection = openConnection(path, {
      role: 'reader',
      cacheBytes: CACHE_BYTES,
      busyTimeoutMs: 0,
    });
    try {
      return readNextCommit(connection);
    } finally {
      connection.close();
      leaveNothingBehind(path, 0);
    }
  } catch {
    // A damaged volume is what one restores over; its numbers are lost.
    return undefined;
  }
}
