/** The way from a restore to the archive: which state, to which file. */
import { VolumeError } from '../../core/errors.js';
import type { ArchivePoint } from './restore-options.js';
import type { SourceCopy, SourceRequest } from './restore-source.js';

/** Makes the state at `at` of the archive in `archiveDir` a database file at `target`. */
export type Materialise = (
  archiveDir: string,
  at: ArchivePoint,
  target: string,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((progress: unknown) => void) | undefined;
  },
) => Promise<{ readonly commit: number; readonly atMs: number; readonly bytes: number }>;

let materialise: Materialise | undefined;

/** Tells how states of archives are made files. */
export function connectArchive(how: Materialise): void {
  materialise = how;
}

export async function restoreArchive(request: SourceRequest): Promise<SourceCopy> {
  const { source, partial, options } = request;
  if (materialise === undefined) {
    throw new VolumeError('ERR_NOT_A_VOLUME', `'${source}' is a directory.`, {
      path: source,
      hint: 'Give the path of a backup.',
    });
  }
  const { signal } = options;
  const { commit, atMs, bytes } = await materialise(source, options.at, partial, { signal });
  return { bytes, commit, atMs, hadManifest: true };
}
