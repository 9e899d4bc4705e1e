/**
 * `volume.backup`: a verified copy of one commit of a volume that is in use.
 *
 *   claim a partial file ▸ copy the view ▸ verify the copy ▸ write the manifest under its partial name
 *   ▸ give the copy its name ▸ give the manifest its name ▸ remember it in the volume
 *
 * INVARIANT: a crash between any two of these leaves no file under the name of the backup, or a whole and
 * verified one; and an older backup under that name stays until the new one takes its place.
 */
import { existsSync, renameSync, statSync } from 'node:fs';
import { AbortError } from '../../core/abort.js';
import { VolumeError } from '../../core/errors.js';
import { failpoint } from '../../core/failpoint.js';
import { SOFTWARE } from '../../core/software.js';
import { RunningTask } from '../../readers/running-task.js';
import type { ReaderThreads } from '../../readers/threads.js';
import { syncDirectoryOf } from '../../sqlite/wal.js';
import type { WriterClient } from '../../writer/client.js';
import type { CheckReport } from '../check/run.js';
import { type Claim, claimTarget } from '../placement/claim.js';
import {
  type BackupManifest,
  MANIFEST_FORMAT,
  manifestPath,
  writeManifest,
} from '../placement/manifest.js';
import { putBack, putNew, replace } from '../placement/put-in-place.js';
import {
  checkSpace,
  refuseExisting,
  refuseItself,
  refuseOtherManifest,
  resolveTarget,
  type Target,
  targetFailed,
} from '../placement/target.js';
import {
  type BackupOptions,
  type BackupResult,
  type ResolvedBackupOptions,
  resolveBackupOptions,
} from './backup-options.js';
import { CopyChild } from './copy-child.js';
import { copySnapshot, type SnapshotCopy } from './copy-snapshot.js';
import { ProgressTeller } from './progress.js';

/** What a backup is made of. */
export interface BackupSource {
  readonly path: string;
  readonly busyTimeoutMs: number;
  readonly threads: ReaderThreads;
  /** Absent when the volume cannot be written here. */
  readonly writer: WriterClient | undefined;
  /** Where the operator sees how far it is. */
  readonly report?: (done: number, total: number) => void;
}

const PERMISSIONS = 0o777;
const PROBLEMS_SHOWN = 3;

/**
 * Makes a backup of the volume at `dest`. Throws ERR_VOLUME_EXISTS, ERR_BACKUP_TARGET, ERR_NO_SPACE,
 * ERR_VOLUME_BUSY when another backup to the same place is under way, ERR_VOLUME_BUSY when `overwrite`
 * would replace a volume that is open, ERR_VOLUME_CORRUPT when the copy does not pass its checks.
 */
export async function backupVolume(
  source: BackupSource,
  dest: string,
  options?: BackupOptions,
): Promise<BackupResult> {
  const resolved = resolveBackupOptions(options);
  const startedMs = Date.now();
  const started = performance.now();
  try {
    const made = await endingWithVolume(source, resolved, (options) =>
      makeBackup(source, dest, options),
    );
    const result = { ...made, durationMs: performance.now() - started };
    const recorded = await record(source, startedMs, true, { ...result });
    return { ...result, recorded };
  } catch (error) {
    if (!isTakenBack(error) && !isRefusal(error)) {
      const { code, message } = error as VolumeError;
      await record(source, startedMs, false, { path: String(dest), error: code ?? null, message });
    }
    throw error;
  }
}

/** Who ends a backup, or closes the volume meanwhile, knows that there is none: it has not failed. */
function isTakenBack(error: unknown): boolean {
  if (error instanceof AbortError) return true;
  return error instanceof VolumeError && error.code === 'ERR_VOLUME_CLOSED';
}

/** What was asked for cannot be: nothing was tried, so no backup has failed. */
function isRefusal(error: unknown): boolean {
  return error instanceof VolumeError && REFUSALS.includes(error.code);
}

const REFUSALS: readonly string[] = [
  'ERR_OPTION_INVALID',
  'ERR_OPTION_UNKNOWN',
  'ERR_VOLUME_EXISTS',
];

/** Closing the volume ends `work` too, and waits until nothing is left of it. */
async function endingWithVolume<T>(
  { threads }: BackupSource,
  options: ResolvedBackupOptions,
  work: (options: ResolvedBackupOptions) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const signal =
    options.signal === undefined ? ending.signal : AbortSignal.any([options.signal, ending.signal]);
  const task = new RunningTask<T, never>({});
  const answer = work({ ...options, signal }).then((output) => ({ output }));
  try {
    return await threads.follow(task, answer);
  } catch (error) {
    ending.abort(error);
    throw error;
  }
}

/** Whether the volume remembers it now. A backup that is there is not undone because it does not. */
async function record(
  { writer }: BackupSource,
  startedMs: number,
  ok: boolean,
  detail: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  if (writer === undefined) return false;
  try {
    const entry = { kind: 'backup' as const, startedMs, endedMs: Date.now(), ok, detail };
    await writer.control({ type: 'record', entry });
    return true;
  } catch {
    return false;
  }
}

type Made = Omit<BackupResult, 'durationMs' | 'recorded'>;

async function makeBackup(
  source: BackupSource,
  dest: string,
  options: ResolvedBackupOptions,
): Promise<Made> {
  const { signal } = options;
  if (signal?.aborted) throw new AbortError(signal.reason);
  const target = resolveTarget(dest);
  refuseItself(target, source.path, 'the volume');
  if (!options.overwrite) refuseExisting(target);
  refuseOtherManifest(target);
  // Whoever may read the volume may read its backup.
  const claim = await claimTarget(target.path, statSync(source.path).mode & PERMISSIONS, signal);
  let child: CopyChild | undefined;
  try {
    // Started first: the view waits for nothing then.
    child = new CopyChild(signal);
    return await fill(source, target, claim, child, options);
  } catch (error) {
    throw targetFailed(error, target.path);
  } finally {
    await child?.end();
    claim.end();
  }
}

async function fill(
  source: BackupSource,
  target: Target,
  claim: Claim,
  child: CopyChild,
  options: ResolvedBackupOptions,
): Promise<Made> {
  const teller = new ProgressTeller((progress) => {
    source.report?.(progress.pagesDone, progress.pagesTotal);
    options.onProgress?.(progress);
  });
  const copy = await copySnapshot({
    source: source.path,
    target: claim.partial,
    threads: source.threads,
    child,
    writer: source.writer,
    busyTimeoutMs: source.busyTimeoutMs,
    pagesPerStep: options.pagesPerStep,
    bytesPerSecondMax: options.bytesPerSecondMax,
    signal: options.signal,
    onImage: ({ pages, pageSizeBytes }) => {
      checkSpace(target.path, pages * pageSizeBytes);
      teller.begin(pages, pageSizeBytes);
    },
    onCopied: (report) => teller.tell(report),
  });
  if (options.verify !== false) await verify(claim.partial, child, teller, options.verify);
  teller.enter('finish');
  await child.ask('store', null);
  failpoint('backup:copied');
  // Between here and the end nothing waits, so that an abort comes before or too late.
  if (options.signal?.aborted) throw new AbortError(options.signal.reason);
  const manifest = manifestFor(copy, options);
  finish(claim, manifest, options.overwrite);
  teller.tell({ done: 1, total: 1 });
  const { pages, bytes, commit, sha256 } = manifest;
  return { path: target.path, pages, bytes, verified: options.verify, commit, sha256 };
}

async function verify(
  path: string,
  child: CopyChild,
  teller: ProgressTeller,
  depth: 'quick' | 'full' | 'content',
): Promise<void> {
  teller.enter('verify');
  const job = { path, depth, problemsMax: PROBLEMS_SHOWN };
  const report = await child.ask('verify', job, (parts) => teller.tell(parts));
  if (report.problemsTotal === 0) return;
  throw new VolumeError(
    'ERR_VOLUME_CORRUPT',
    `The copy does not pass its checks: ${listProblems(report)}.`,
    {
      path,
      hint: 'The volume is damaged and so is every copy of it: run `cabinet check`, keep the backups that there are.',
    },
  );
}

export function listProblems({ problems, problemsTotal }: CheckReport): string {
  const shown = problems.map(({ invariant, path, detail }) => {
    return `${invariant}${path === null ? '' : ` ${path}`}: ${detail}`;
  });
  const more = problemsTotal - problems.length;
  return shown.join('; ') + (more > 0 ? ` (and ${more} more)` : '');
}

function manifestFor(
  { image, bytes, sha256 }: SnapshotCopy,
  { verify: verified }: ResolvedBackupOptions,
): BackupManifest {
  const { volumeId, commit, takenMs, pages, pageSizeBytes, schemaVersion } = image;
  return {
    format: MANIFEST_FORMAT,
    volumeId,
    commit,
    createdAt: new Date(takenMs).toISOString(),
    pages,
    pageSizeBytes,
    bytes,
    sha256,
    schemaVersion,
    verified,
    software: SOFTWARE,
  };
}

function finish(claim: Claim, manifest: BackupManifest, overwrite: boolean): void {
  const { partial, partialManifest, target, replaced } = claim;
  writeManifest(partialManifest, manifest);
  // From here on a process that dies leaves a manifest that is found (`manifestOf`).
  syncDirectoryOf(target);
  failpoint('backup:described');
  const { ino } = statSync(partial);
  const isThere = statSync(target, { throwIfNoEntry: false }) !== undefined;
  try {
    if (overwrite && isThere) replace(partial, target, replaced);
    else putNew(partial, target);
    failpoint('backup:placed');
    renameSync(partialManifest, manifestPath(target));
  } catch (error) {
    // The file and its manifest stand or fall together.
    if (statSync(target, { throwIfNoEntry: false })?.ino === ino) completeOrUndo(claim);
    throw error;
  }
  syncDirectoryOf(target);
}

/** The new file has its name, and something failed after that. */
function completeOrUndo({ partialManifest, target, replaced }: Claim): void {
  try {
    renameSync(partialManifest, manifestPath(target));
  } catch {
    if (existsSync(replaced)) putBack(target, replaced);
  }
}
