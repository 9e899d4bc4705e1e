/** The whole salvage of one file, for the process that does it. */
import { statSync } from 'node:fs';
import { VolumeError } from '../../core/errors.js';
import { RawPages } from '../../sqlite/raw/raw-pages.js';
import { loadHostXattrs } from '../xattrs.js';
import { Gathered } from './gather.js';
import { type SalvageResult, writeReports } from './report.js';
import { SalvageTree } from './salvage-tree.js';

export interface SalvageJob {
  readonly path: string;
  /** An empty directory. */
  readonly dest: string;
  readonly partial: boolean;
  readonly owners: boolean;
}

export interface SalvageProgress {
  /** `read`: going through the pages; `write`: writing files. */
  readonly phase: 'read' | 'write';
  /** Pages, or files. */
  readonly done: number;
  readonly total: number;
  /** The file that is written; empty while reading. */
  readonly path: string;
}

/** What tells whether somebody has written to the volume meanwhile. */
function stateOf(path: string): string {
  return [path, `${path}-wal`]
    .map((file) => statSync(file, { bigint: true, throwIfNoEntry: false }))
    .map((stats) => `${stats?.size} ${stats?.mtimeNs}`)
    .join(' ');
}

export async function salvageFile(
  { path, dest, partial, owners }: SalvageJob,
  onProgress: (progress: SalvageProgress) => void,
): Promise<SalvageResult> {
  const startedMs = Date.now();
  const before = stateOf(path);
  const pages = RawPages.open(path);
  try {
    const from = new Gathered(pages, (done, total) =>
      onProgress({ phase: 'read', done, total, path: '' }),
    );
    if (from.inodes.size === 0 && from.entries.size === 0) throw nothingIn(path);
    const xattrs = await loadHostXattrs();
    const options = { partial, owners, xattrs };
    const tree = new SalvageTree(from, dest, options, (done, total, at) =>
      onProgress({ phase: 'write', done: Math.min(done, total), total, path: at }),
    );
    await tree.write();
    await tree.host.finish();
    const notes = [...tree.host.shortcomings];
    if (stateOf(path) !== before) {
      notes.push('Somebody wrote to the volume meanwhile: what was got out is not of one moment.');
    }
    const { counts, entries } = tree;
    const { frames, damagedFrames } = pages.log ?? { frames: 0, damagedFrames: 0 };
    const isDamaged = from.damagedCells > 0 || from.live.lost.length > 0 || damagedFrames > 0;
    return writeReports(path, dest, {
      ...counts,
      isComplete: entries.length === 0 && !isDamaged,
      entries,
      pages: {
        total: pages.count,
        lost: from.live.lost.length,
        damagedRows: from.damagedCells,
      },
      log: { frames, damagedFrames },
      notes,
      durationMs: Date.now() - startedMs,
    });
  } finally {
    pages.close();
  }
}

function nothingIn(path: string): VolumeError {
  return new VolumeError('ERR_NOT_A_VOLUME', `There is nothing of a volume in '${path}'.`, {
    path,
    hint: 'Check the path. The file was not changed.',
  });
}
