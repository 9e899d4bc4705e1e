/** `materialise`: the database file of a volume as it was at an archived moment. */
import { existsSync } from 'node:fs';
import { VolumeError } from '../../core/errors.js';
import { programPath } from '../../core/programs.js';
import { ReaderThreads } from '../../readers/threads.js';
import { describingFile, type Generation, pointsOf, type Way, waysTo } from './layout.js';
import type {
  MaterialiseInput,
  MaterialiseOutput,
  MaterialiseProgress,
} from './materialise-task.js';
import { findPoint, openArchive, type RestoreAt } from './restore-points.js';

const MEMORY_BYTES = 16 * 1024 * 1024;

export interface MaterialiseOptions {
  readonly onProgress?: ((progress: MaterialiseProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Materialised {
  /** Number of the last commit in the file. */
  readonly commit: number;
  /** When that state was cut off, in milliseconds since 1970. */
  readonly atMs: number;
  /** Size of the file. */
  readonly bytes: number;
}

/**
 * Writes the newest archived state that is not newer than `at` to the new file `target`; without `at` the
 * newest of all. Works on a thread of its own, and may be used while the archive is written to. Every
 * byte that is used is verified; on any failure there is no file.
 *
 * Throws ERR_RESTORE_POINT_MISSING when nothing is that old, ERR_ARCHIVE_DAMAGED with the file that is and
 * the newest state that can still be restored, ERR_ARCHIVE_CONFLICT for what is no archive, and
 * ERR_VOLUME_EXISTS when `target` is there.
 */
export async function materialise(
  directory: string,
  at: RestoreAt | undefined,
  target: string,
  options: MaterialiseOptions = {},
): Promise<Materialised> {
  const generations = openArchive(directory);
  const { item, generation } = findPoint(directory, generations, at);
  if (existsSync(target)) throw targetExists(target);
  const threads = new ReaderThreads({ readerThreadsMax: 1, memoryBudgetBytes: MEMORY_BYTES });
  const broken = new Set<string>();
  try {
    // A base that is damaged can be done without where an older one and all segments since are there.
    for (const way of waysTo(generation, item.sequence)) {
      if (isBroken(way, broken)) continue;
      try {
        const input: MaterialiseInput = { directory, way, target };
        const { bytes } = await threads.run<
          MaterialiseInput,
          MaterialiseOutput,
          MaterialiseProgress
        >(programPath('maintenance/archive/materialise-task'), input, options);
        return { commit: item.commit, atMs: item.atMs, bytes };
      } catch (error) {
        const path = damagedFile(error);
        if (path === undefined) throw error;
        broken.add(path);
      }
    }
  } finally {
    await threads.close(new VolumeError('ERR_VOLUME_CLOSED', 'The archive was read.'));
  }
  throw nothingLeft(generations, generation, item.sequence, broken);
}

function damagedFile(error: unknown): string | undefined {
  const isDamage = error instanceof VolumeError && error.code === 'ERR_ARCHIVE_DAMAGED';
  return isDamage ? error.path : undefined;
}

function isBroken({ base, segments }: Way, broken: ReadonlySet<string>): boolean {
  const files = [base.path, describingFile(base.path), ...segments.map(({ path }) => path)];
  return files.some((path) => broken.has(path));
}

/** Names what is damaged, and what can still be had. */
function nothingLeft(
  generations: readonly Generation[],
  generation: Generation,
  sequence: number,
  broken: ReadonlySet<string>,
): VolumeError {
  const files = [...broken].map((path) => `'${path}'`).join(', ');
  const candidates = generations.filter(({ name }) => name <= generation.name).reverse();
  for (const candidate of candidates) {
    const point = pointsOf(candidate).findLast(
      (each) =>
        (candidate !== generation || each.sequence < sequence) &&
        waysTo(candidate, each.sequence).some((way) => !isBroken(way, broken)),
    );
    if (point === undefined) continue;
    const when = `${new Date(point.atMs).toISOString()}, commit ${point.commit}`;
    return damageError(
      files,
      broken,
      `The newest state before that is not affected is of ${when}.`,
    );
  }
  return damageError(files, broken, 'There is no older state that is not affected.');
}

function damageError(files: string, broken: ReadonlySet<string>, hint: string): VolumeError {
  const [path] = broken;
  return new VolumeError('ERR_ARCHIVE_DAMAGED', `Damaged in the archive: ${files}.`, {
    path,
    hint,
  });
}

function targetExists(target: string): VolumeError {
  return new VolumeError('ERR_VOLUME_EXISTS', `'${target}' is there already.`, {
    path: target,
    hint: 'Choose a name that is free.',
  });
}
