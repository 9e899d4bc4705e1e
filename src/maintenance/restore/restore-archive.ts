/** The way from a restore to the archive: its state becomes the file that is verified and swapped in. */
import { rmSync, writeFileSync } from 'node:fs';
import { materialise } from '../archive/materialise.js';
import type { SourceCopy, SourceRequest } from './restore-source.js';

// Only for people: an archive tells bytes, and progress is told in pages.
const PAGE_BYTES = 8192;

export async function restoreArchive(request: SourceRequest): Promise<SourceCopy> {
  const { source, partial, placeholder, options, teller } = request;
  // It must not be there; the claim stays by another name.
  writeFileSync(placeholder, '');
  rmSync(partial);
  let hasBegun = false;
  const { commit, atMs, bytes } = await materialise(source, options.at, partial, {
    signal: options.signal,
    onProgress: ({ bytesDone, bytesTotal }) => {
      if (!hasBegun) teller.begin(Math.ceil(bytesTotal / PAGE_BYTES), PAGE_BYTES);
      hasBegun = true;
      teller.tell({ done: bytesDone, total: bytesTotal });
    },
  });
  return { bytes, commit, atMs, hadManifest: true };
}
