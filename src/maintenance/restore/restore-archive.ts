/** Restoring from an archive: the state that is asked for becomes the partial file of the restore. */
import { rmSync, writeFileSync } from 'node:fs';
import { PRIVATE_FILE_MODE } from '../../core/private-modes.js';
import { materialise } from '../archive/materialise.js';
import type { MaterialiseProgress } from '../archive/materialise-task.js';
import type { ProgressTeller } from '../backup/progress.js';
import type { SourceCopy, SourceRequest } from './restore-source.js';

/** Unit in which progress is told: an archive is read as bytes, whatever the volume's pages are. */
const TOLD_PAGE_BYTES = 8192;

export async function restoreArchive(request: SourceRequest): Promise<SourceCopy> {
  const { source, partial, placeholder, options, teller } = request;
  // The claim has made it, to have the name; an archive writes new files only. Another one keeps it.
  writeFileSync(placeholder, '', { mode: PRIVATE_FILE_MODE });
  rmSync(partial, { force: true });
  const { commit, atMs, bytes } = await materialise(source, options.at, partial, {
    signal: options.signal,
    onProgress: tellingOf(teller),
  });
  return { bytes, commit, atMs, hadManifest: true };
}

function tellingOf(teller: ProgressTeller): (progress: MaterialiseProgress) => void {
  let hasBegun = false;
  return ({ bytesDone, bytesTotal }) => {
    if (!hasBegun) teller.begin(Math.ceil(bytesTotal / TOLD_PAGE_BYTES), TOLD_PAGE_BYTES);
    hasBegun = true;
    teller.tell({ done: bytesDone, total: bytesTotal });
  };
}
