/**
 * What is restored: a backup, or another volume, becomes a file beside the target; so does a state of an
 * archive. Nothing is written to the source.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { VolumeError } from '../../core/errors.js';
import type { ReaderThreads } from '../../readers/threads.js';
import { walBytes } from '../../sqlite/wal.js';
import type { CopyChild } from '../backup/copy-child.js';
import { copySnapshot } from '../backup/copy-snapshot.js';
import type { ProgressTeller } from '../backup/progress.js';
import { leaveNothingBehind } from '../check/leave-nothing-behind.js';
import {
  manifestDifference,
  manifestOf,
  manifestPath,
  readManifest,
} from '../placement/manifest.js';
import { checkSpace } from '../placement/target.js';
import type { ResolvedRestoreOptions } from './restore-options.js';

export interface SourceCopy {
  readonly bytes: number;
  readonly commit: number | null;
  readonly atMs: number | null;
  readonly hadManifest: boolean;
}

export interface SourceRequest {
  readonly source: string;
  readonly partial: string;
  /** A name that is claimed too. */
  readonly placeholder: string;
  readonly child: CopyChild;
  readonly threads: ReaderThreads;
  readonly busyTimeoutMs: number;
  readonly teller: ProgressTeller;
  readonly options: ResolvedRestoreOptions;
}

const PAGES_PER_STEP = 512;

/** Checks the path before SQLite sees it. */
export function resolveSource(given: unknown): string {
  if (typeof given !== 'string' || given === '' || given.includes('\0')) {
    throw new VolumeError('ERR_OPTION_INVALID', `'${String(given)}' is no path of a backup.`, {
      hint: 'Give the path as a string.',
    });
  }
  const path = resolve(given);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new VolumeError('ERR_VOLUME_NOT_FOUND', `There is no backup at '${path}'.`, {
      path,
      hint: 'Check the path.',
    });
  }
  if (stats.isFile() || stats.isDirectory()) return path;
  throw new VolumeError('ERR_NOT_A_VOLUME', `'${path}' is neither a file nor a directory.`, {
    path,
    hint: 'Give a backup, or the directory of an archive.',
  });
}

export function isArchive(source: string): boolean {
  return statSync(source).isDirectory();
}

/** Copies the backup and compares it with its manifest. Throws ERR_BACKUP_DAMAGED. */
export async function copyBackup(request: SourceRequest): Promise<SourceCopy> {
  const { source, partial, child, threads, busyTimeoutMs, teller, options } = request;
  // A manifest that cannot be read is found before anything is written.
  const expects = readManifest(manifestPath(source)) !== undefined;
  try {
    const { bytes, sha256, image } = await copySnapshot({
      source,
      target: partial,
      threads,
      child,
      writer: undefined,
      busyTimeoutMs,
      pagesPerStep: PAGES_PER_STEP,
      bytesPerSecondMax: 0,
      signal: options.signal,
      onImage: ({ pages, pageSizeBytes }) => {
        checkSpace(partial, pages * pageSizeBytes);
        teller.begin(pages, pageSizeBytes);
      },
      onCopied: (report) => teller.tell(report),
    });
    // With a log the file by itself is not what is restored.
    const fileBytes = walBytes(source) > 0 ? bytes : statSync(source).size;
    const manifest = manifestOf(source, { bytes: fileBytes, sha256 });
    const difference =
      manifest === undefined
        ? lengthDifference(bytes, fileBytes)
        : manifestDifference(manifest, { bytes: fileBytes, sha256 });
    if (difference !== undefined) throw damaged(source, difference);
    return {
      bytes,
      commit: manifest?.commit ?? image.commit,
      atMs: manifest === undefined ? null : Date.parse(manifest.createdAt),
      hadManifest: manifest !== undefined,
    };
  } catch (error) {
    throw expects ? asDamage(error, source) : error;
  } finally {
    leaveNothingBehind(source, 0);
  }
}

function lengthDifference(bytes: number, fileBytes: number): string | undefined {
  return fileBytes < bytes ? `the file has ${fileBytes} bytes of ${bytes}` : undefined;
}

/** What a damaged header makes SQLite say. */
const UNREADABLE: readonly string[] = ['ERR_NOT_A_VOLUME', 'ERR_VOLUME_CORRUPT', 'ERR_IO'];

/** With a manifest beside it there is no doubt that the file is meant to be a volume. */
function asDamage(error: unknown, source: string): unknown {
  if (!(error instanceof VolumeError) || !UNREADABLE.includes(error.code)) return error;
  return damaged(source, (error as Error).message, error);
}

export function damaged(source: string, what: string, cause?: unknown): VolumeError {
  return new VolumeError('ERR_BACKUP_DAMAGED', `'${source}' is damaged: ${what}.`, {
    cause,
    path: source,
    hint: 'Use another backup; nothing was replaced.',
  });
}
