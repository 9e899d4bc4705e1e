/**
 * The generation that is being written: one unbroken chain of segments with bases in it. Archive thread
 * only; where the chain ends is read from its files once, at the start.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE_DIRECTORY_MODE } from '../../core/private-modes.js';
import { syncDirectoryOf } from '../../sqlite/wal.js';
import { type BaseDescription, readDescription } from './base.js';
import {
  type ArchiveItem,
  type Generation,
  itemName,
  newGenerationName,
  pointsOf,
} from './layout.js';
import { type Position, rootHash, SEGMENT_VERSION, type SegmentHeader } from './segment-format.js';
import { readSegment } from './segment-reader.js';
import { type PageSource, writeSegment } from './segment-writer.js';

/** Where a chain ends. */
export interface ChainEnd {
  readonly sequence: number;
  readonly commit: number;
  readonly atMs: number;
  readonly hash: string;
  readonly position: Position;
  readonly databasePages: number;
}

export interface NewSegment {
  readonly commit: number;
  readonly atMs: number;
  readonly position: Position;
  /** Undefined when nothing changed. */
  readonly databasePages: number | undefined;
  readonly pages: PageSource;
}

export class Chain {
  readonly name: string;
  readonly path: string;
  readonly volumeId: string;
  readonly pageSizeBytes: number;
  #end: ChainEnd;

  private constructor(
    place: Pick<Generation, 'name' | 'path'>,
    volumeId: string,
    pageSizeBytes: number,
    end: ChainEnd,
  ) {
    this.name = place.name;
    this.path = place.path;
    this.volumeId = volumeId;
    this.pageSizeBytes = pageSizeBytes;
    this.#end = end;
  }

  get end(): ChainEnd {
    return this.#end;
  }

  /** Begins a generation at a state that is given without its hash. */
  static create(
    directory: string,
    volumeId: string,
    pageSizeBytes: number,
    start: Omit<ChainEnd, 'sequence' | 'hash'>,
  ): Chain {
    const name = newGenerationName(start.atMs);
    const path = join(directory, name);
    mkdirSync(path, { mode: PRIVATE_DIRECTORY_MODE });
    syncDirectoryOf(path);
    const end = { ...start, sequence: 0, hash: rootHash(name) };
    return new Chain({ name, path }, volumeId, pageSizeBytes, end);
  }

  /**
   * The chain of a generation, to be gone on with. Undefined when its end cannot be relied on: a segment
   * is missing, there is no base, or it is of another volume or page size. Throws ERR_ARCHIVE_DAMAGED.
   */
  static resume(
    generation: Generation,
    volumeId: string,
    pageSizeBytes: number,
  ): Chain | undefined {
    const last = pointsOf(generation).at(-1);
    const newest = generation.segments.at(-1);
    if (last === undefined || (newest && newest.sequence > last.sequence)) return undefined;
    // A base that follows at the same state says the same.
    const segment = newest?.sequence === last.sequence ? newest : undefined;
    const found = segment === undefined ? endOfBase(last) : endOfSegment(segment);
    if (found.volumeId !== volumeId || found.pageSizeBytes !== pageSizeBytes) return undefined;
    return new Chain(generation, volumeId, pageSizeBytes, found.end);
  }

  /** Adds what changed since the end. When it throws, the chain is as it was. */
  append(next: NewSegment): { readonly bytes: number; readonly item: ArchiveItem } {
    const { commit, position, pages } = next;
    const end = this.#end;
    const sequence = end.sequence + 1;
    const databasePages = next.databasePages ?? end.databasePages;
    // A clock that was set back must not bring the chain out of order.
    const atMs = Math.max(next.atMs, end.atMs);
    const header: SegmentHeader = {
      version: SEGMENT_VERSION,
      volumeId: this.volumeId,
      generation: this.name,
      sequence,
      previous: end.hash,
      fromCommit: end.commit,
      toCommit: commit,
      fromMs: end.atMs,
      toMs: atMs,
      pageSizeBytes: this.pageSizeBytes,
      databasePages,
      pages: pages.numbers.length,
      codec: 'brotli',
      position,
    };
    const item = this.itemAt('segment', { sequence, commit, atMs });
    const { hash, bytes } = writeSegment(item.path, header, pages);
    this.#end = { sequence, commit, atMs, hash, position, databasePages };
    return { bytes, item };
  }

  itemAt(
    kind: ArchiveItem['kind'],
    { sequence, commit, atMs }: Pick<ArchiveItem, 'sequence' | 'commit' | 'atMs'>,
  ): ArchiveItem {
    const path = join(this.path, itemName({ kind, sequence, commit, atMs }));
    return { kind, generation: this.name, sequence, commit, atMs, path };
  }
}

interface FoundEnd {
  readonly volumeId: string;
  readonly pageSizeBytes: number;
  readonly end: ChainEnd;
}

function endOfBase(item: ArchiveItem): FoundEnd {
  const description: BaseDescription = readDescription(item);
  const { volumeId, pageSizeBytes, previous, position, databasePages } = description;
  const { sequence, commit, atMs } = item;
  const end = { sequence, commit, atMs, hash: previous, position, databasePages };
  return { volumeId, pageSizeBytes, end };
}

function endOfSegment(item: ArchiveItem): FoundEnd {
  const { header, hash } = readSegment(item);
  const { volumeId, pageSizeBytes, position, databasePages } = header;
  const { sequence, commit, atMs } = item;
  return {
    volumeId,
    pageSizeBytes,
    end: { sequence, commit, atMs, hash, position, databasePages },
  };
}
