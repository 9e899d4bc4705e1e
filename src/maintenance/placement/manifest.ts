/** The manifest of a backup: `<backup>.json`, what the backup is and by which bytes one knows it. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { VolumeError } from '../../core/errors.js';
import { PRIVATE_FILE_MODE } from '../../core/private-modes.js';
import { listPartials } from './partials.js';

export const MANIFEST_FORMAT = 'cabinetfs-backup-1';

export interface BackupManifest {
  readonly format: typeof MANIFEST_FORMAT;
  /** 32 hexadecimal digits. */
  readonly volumeId: string;
  /** Number of the last commit that is in it; null when that could not be known. */
  readonly commit: number | null;
  /** When the view was taken, as ISO 8601 in UTC. */
  readonly createdAt: string;
  readonly pages: number;
  readonly pageSizeBytes: number;
  readonly bytes: number;
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string;
  readonly schemaVersion: number;
  /** Which checks the copy has passed before it got its name. */
  readonly verified: false | 'quick' | 'full' | 'content';
  /** Name and version of the software that made it. */
  readonly software: string;
}

/** No manifest is anywhere near as long. */
const MANIFEST_BYTES_MAX = 65_536;

export function manifestPath(backup: string): string {
  return `${backup}.json`;
}

/** Writes a manifest and makes its bytes durable; the directory entry is for the caller. */
export function writeManifest(path: string, manifest: BackupManifest): void {
  const fd = openSync(path, 'wx', PRIVATE_FILE_MODE);
  try {
    writeFileSync(fd, `${JSON.stringify(manifest, null, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The manifest in the file at `path`; undefined when there is no file. Throws ERR_BACKUP_DAMAGED. */
export function readManifest(path: string): BackupManifest | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(path, error);
  }
  try {
    return checked(JSON.parse(text));
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, cause: unknown): VolumeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new VolumeError(
    'ERR_BACKUP_DAMAGED',
    `The manifest '${path}' cannot be read: ${reason}.`,
    { cause, path, hint: 'Remove the manifest to use the backup without it.' },
  );
}

const NUMBERS = ['pages', 'pageSizeBytes', 'bytes', 'schemaVersion'] as const;

function checked(value: unknown): BackupManifest {
  const manifest = value as Partial<Record<keyof BackupManifest, unknown>> | null;
  if (typeof manifest !== 'object' || manifest === null) throw new Error('it is no object');
  if (manifest.format !== MANIFEST_FORMAT) {
    throw new Error(`its format is ${JSON.stringify(manifest.format)}, not '${MANIFEST_FORMAT}'`);
  }
  for (const name of NUMBERS) {
    if (!Number.isSafeInteger(manifest[name])) throw new Error(`'${name}' is no number`);
  }
  const { commit, sha256, volumeId, createdAt } = manifest;
  if (commit !== null && !Number.isSafeInteger(commit)) throw new Error("'commit' is no number");
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new Error("'sha256' is none");
  }
  if (typeof volumeId !== 'string' || typeof createdAt !== 'string') {
    throw new Error("'volumeId' or 'createdAt' is missing");
  }
  return manifest as BackupManifest;
}

/** How a file differs from what a manifest says; undefined when it does not. */
export function manifestDifference(
  manifest: BackupManifest,
  { bytes, sha256 }: { readonly bytes: number; readonly sha256: string },
): string | undefined {
  if (manifest.bytes !== bytes) {
    return `the file has ${bytes} bytes, its manifest says ${manifest.bytes}`;
  }
  if (manifest.sha256 === sha256) return undefined;
  return `the file's SHA-256 is ${sha256}, its manifest says ${manifest.sha256}`;
}

/**
 * The manifest of the file at `backup`, whose bytes are known. A process that died between giving the
 * backup its name and the manifest its own has left the manifest under its partial name: that one counts
 * when it fits. Undefined when there is none.
 */
export function manifestOf(
  backup: string,
  file: { readonly bytes: number; readonly sha256: string },
): BackupManifest | undefined {
  const path = manifestPath(backup);
  const pending = listPartials(backup).filter((each) => each.kind === 'manifest');
  for (const each of pending) {
    const manifest = tryReadManifest(each.path);
    if (manifest !== undefined && manifestDifference(manifest, file) === undefined) return manifest;
  }
  return readManifest(path);
}

/** Whether there is a manifest of `backup`, under its name or still under a partial one. */
export function hasManifest(backup: string): boolean {
  if (existsSync(manifestPath(backup))) return true;
  return listPartials(backup).some(({ kind }) => kind === 'manifest');
}

/** Whether the file at `path` is a manifest, of whatever backup. */
export function isManifest(path: string): boolean {
  return statSync(path).size <= MANIFEST_BYTES_MAX && tryReadManifest(path) !== undefined;
}

/** One that is being written, or was when its process died, is none. */
export function tryReadManifest(path: string): BackupManifest | undefined {
  try {
    return readManifest(path);
  } catch {
    return undefined;
  }
}
