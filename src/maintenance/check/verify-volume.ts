/**
 * `verifyVolume`: checks a volume or a backup that is not open here, without changing it. When a manifest
 * lies beside it, the file must be what the manifest says, byte for byte.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { VolumeError } from '../../core/errors.js';
import { resolveOptions } from '../../core/options.js';
import { ReaderThreads } from '../../readers/threads.js';
import { CopyChild } from '../backup/copy-child.js';
import {
  type BackupManifest,
  hasManifest,
  manifestDifference,
  manifestOf,
} from '../placement/manifest.js';
import { checkVolume, problemsMaxOf } from './check-volume.js';
import type { CheckOptions, CheckResult, Problem } from './problem.js';

export type VerifyOptions = Omit<CheckOptions, 'repair'>;

export interface VerifyResult extends CheckResult {
  /**
   * The manifest beside the file, null when there is none. That the file is not what it says, or that it
   * cannot be read, is a problem of rule I1.
   */
  readonly manifest: BackupManifest | null;
}

/** Says what is wrong with the path before SQLite says that it is "unable". */
function checkPath(path: unknown): string {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new VolumeError('ERR_OPTION_INVALID', `'${String(path)}' is no path of a volume.`, {
      hint: 'Give a file path as a string.',
    });
  }
  const absolute = resolve(path);
  const stats = statSync(absolute, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new VolumeError('ERR_VOLUME_NOT_FOUND', `There is no volume at '${absolute}'.`, {
      path: absolute,
      hint: 'Check the path.',
    });
  }
  if (stats.isFile()) return absolute;
  throw new VolumeError('ERR_NOT_A_VOLUME', `'${absolute}' is not a regular file.`, {
    path: absolute,
    hint: 'A volume is one file; give its path.',
  });
}

interface Comparison {
  readonly manifest: BackupManifest | null;
  readonly difference: string | undefined;
}

/** In a process of its own: the file may be open in this one after all. */
async function compareWithManifest(path: string, signal?: AbortSignal): Promise<Comparison> {
  if (!hasManifest(path)) return { manifest: null, difference: undefined };
  const child = new CopyChild(signal);
  try {
    const file = { bytes: statSync(path).size, sha256: await child.ask('hash', path) };
    const manifest = manifestOf(path, file) ?? null;
    return {
      manifest,
      difference: manifest === null ? undefined : manifestDifference(manifest, file),
    };
  } catch (error) {
    if (!(error instanceof VolumeError && error.code === 'ERR_BACKUP_DAMAGED')) throw error;
    return { manifest: null, difference: error.message };
  } finally {
    await child.end();
  }
}

function isAboutFile(error: unknown): error is VolumeError {
  return error instanceof VolumeError && !error.code.startsWith('ERR_OPTION_');
}

function unreadable(error: VolumeError, content: boolean, durationMs: number): CheckResult {
  const problem: Problem = {
    invariant: 'I1',
    ino: null,
    path: null,
    detail: error.message,
    repaired: false,
  };
  return { ok: false, problems: [problem], problemsTotal: 1, content, durationMs };
}

function withComparison(
  result: CheckResult,
  { manifest, difference }: Comparison,
  problemsMax: number,
): VerifyResult {
  if (difference === undefined) return { ...result, manifest };
  const problem: Problem = {
    invariant: 'I1',
    ino: null,
    path: null,
    detail: difference,
    repaired: false,
  };
  return {
    ...result,
    ok: false,
    problems: [problem, ...result.problems].slice(0, problemsMax),
    problemsTotal: result.problemsTotal + 1,
    manifest,
  };
}

/**
 * Checks the volume at `path`: SQLite, the tree, and unless `content` is false every byte. Read-only.
 * What is damaged is in the result; a file that is no volume, or of another schema version, is an
 * error: ERR_NOT_A_VOLUME, ERR_SCHEMA_OUTDATED, ERR_SCHEMA_TOO_NEW.
 */
export async function verifyVolume(
  path: string,
  options: VerifyOptions = {},
): Promise<VerifyResult> {
  const absolute = checkPath(path);
  const defaults = resolveOptions();
  const threads = new ReaderThreads({ ...defaults, readerThreadsMax: 1 });
  try {
    const { busyTimeoutMs } = defaults;
    const target = { path: absolute, busyTimeoutMs, threads, writer: undefined };
    const request = { content: true, ...options };
    const problemsMax = problemsMaxOf(request);
    const startedMs = performance.now();
    // What is wrong with the options is refused first.
    const checking = checkVolume({ ...target, isUnknownFile: true }, request);
    const checked = await checking.catch((error: unknown) => {
      if (isAboutFile(error)) return { error };
      throw error;
    });
    const comparison = await compareWithManifest(absolute, options.signal);
    if (!('error' in checked)) return withComparison(checked, comparison, problemsMax);
    if (comparison.difference === undefined) throw checked.error;
    // There is a manifest, so it was a backup once.
    const result = unreadable(
      checked.error,
      request.content ?? true,
      performance.now() - startedMs,
    );
    return withComparison(result, comparison, problemsMax);
  } finally {
    await threads.close(
      new VolumeError('ERR_VOLUME_CLOSED', `The verification of '${absolute}' has ended.`),
    );
  }
}
