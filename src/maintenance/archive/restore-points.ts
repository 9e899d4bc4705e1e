/** What can be restored from an archive, and which files lead there. */
import { VolumeError } from '../../core/errors.js';
import { asArchiveError, conflict, noSuchPoint } from './archive-errors.js';
import { type ArchiveItem, type Generation, pointsOf, readGenerations } from './layout.js';
import { readIdentity } from './owner.js';

/** A state of the volume that can be restored. */
export interface RestorePoint {
  /** Number of the last commit in it: it holds all commits up to this one, and none after. */
  readonly commit: number;
  /** When it was cut off, in milliseconds since 1970: it holds what was committed before. */
  readonly atMs: number;
  /** The unbroken chain that it is in. */
  readonly generation: string;
  readonly sequence: number;
}

/** Milliseconds since 1970, a date, or the number of a commit; without it the newest state. */
export type RestoreAt = number | Date | { readonly commit: number };

export interface FoundPoint {
  readonly item: ArchiveItem;
  readonly generation: Generation;
}

function toPoint({ commit, atMs, generation, sequence }: ArchiveItem): RestorePoint {
  return { commit, atMs, generation, sequence };
}

/** The generations of the archive at `directory`. Throws ERR_ARCHIVE_CONFLICT when it is none. */
export function openArchive(directory: string): Generation[] {
  if (readIdentity(directory) === undefined) {
    throw conflict(directory, 'is no archive', 'Check the path; an archive holds an archive.json.');
  }
  try {
    return readGenerations(directory);
  } catch (error) {
    throw asArchiveError(error, directory);
  }
}

/**
 * The states that can be restored from the archive at `directory`, oldest first. It may be written to
 * meanwhile. Throws ERR_ARCHIVE_CONFLICT when it is no archive.
 */
export function listArchive(directory: string): RestorePoint[] {
  return openArchive(directory).flatMap((generation) =>
    pointsOf(generation)
      // A segment may hold nothing but the proof that the chain goes on.
      .filter((item, index, all) => item.commit !== all[index - 1]?.commit)
      .map(toPoint),
  );
}

/** The newest state that is not newer than `at`. Throws ERR_RESTORE_POINT_MISSING. */
export function findPoint(
  directory: string,
  generations: readonly Generation[],
  at: RestoreAt | undefined,
): FoundPoint {
  const isWanted = conditionOf(at);
  for (const generation of [...generations].reverse()) {
    const item = pointsOf(generation).findLast(isWanted);
    if (item !== undefined) return { item, generation };
  }
  const oldest = generations.flatMap((generation) => pointsOf(generation))[0];
  if (oldest === undefined) {
    throw noSuchPoint(
      directory,
      'no state that can be restored yet',
      'The first copy of the volume may still be under way.',
    );
  }
  throw noSuchPoint(directory, `no state as old as ${describeAt(at)}`, oldestHint(oldest));
}

function oldestHint({ commit, atMs }: ArchiveItem): string {
  return `The oldest is of ${new Date(atMs).toISOString()}, commit ${commit}.`;
}

function conditionOf(at: RestoreAt | undefined): (item: ArchiveItem) => boolean {
  if (at === undefined) return () => true;
  if (typeof at === 'object' && 'commit' in at) {
    const { commit } = at;
    if (!Number.isSafeInteger(commit) || commit < 0) throw invalidAt(at);
    return (item) => item.commit <= commit;
  }
  const timeMs = Number(at);
  if (!(typeof at === 'number' || at instanceof Date) || !Number.isFinite(timeMs)) {
    throw invalidAt(at);
  }
  return (item) => item.atMs <= timeMs;
}

function describeAt(at: RestoreAt | undefined): string {
  if (typeof at === 'object' && 'commit' in at) return `commit ${at.commit}`;
  return new Date(Number(at)).toISOString();
}

function invalidAt(at: unknown): VolumeError {
  return new VolumeError('ERR_OPTION_INVALID', `'${String(at)}' is no moment to restore.`, {
    hint: 'Give milliseconds since 1970, a Date, or { commit: number }.',
  });
}
