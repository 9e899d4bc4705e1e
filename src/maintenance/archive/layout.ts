/**
 * Names in the directory of an archive. What there is follows from the names alone: no index that could
 * disagree with the files.
 *
 *   archive.json                                  whose archive it is; written once
 *   lock                                          who writes to it
 *   1763669801234-9f2c61d0/                       a generation: one unbroken chain
 *     00000000-00000000000000004711-1763669801234.base       a copy of the whole database
 *     00000000-00000000000000004711-1763669801234.base.json  what it is, with its hash
 *     00000001-00000000000000004790-1763669806250.segment    what changed since
 *     …                                             number - last commit - time in ms
 *   …/anything.partial                            unfinished; of no account
 *
 * The base with number n is the state after segment n of its generation.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const IDENTITY_FILE = 'archive.json';
export const LOCK_FILE = 'lock';
const PARTIAL_SUFFIX = '.partial';

const SEQUENCE_DIGITS = 8;
const COMMIT_DIGITS = 20;
const GENERATION = /^\d{13,16}-[0-9a-f]{8}$/;
const ITEM = /^(\d{8,})-(\d{20})-(\d{13,16})\.(base|segment)$/;

/** A file that holds a state of the volume, or the way to it. */
export interface ArchiveItem {
  readonly kind: 'base' | 'segment';
  readonly generation: string;
  /** Place in the chain: of a segment its own, of a base that of the segment it comes after. */
  readonly sequence: number;
  /** Number of the last commit in it. */
  readonly commit: number;
  /** When it was cut off, in milliseconds since 1970. */
  readonly atMs: number;
  readonly path: string;
}

/** The files of one generation, in the order of the chain. */
export interface Generation {
  readonly name: string;
  readonly path: string;
  readonly bases: readonly ArchiveItem[];
  readonly segments: readonly ArchiveItem[];
}

export function newGenerationName(atMs: number): string {
  return `${String(atMs).padStart(13, '0')}-${randomBytes(4).toString('hex')}`;
}

export function itemName(item: Pick<ArchiveItem, 'kind' | 'sequence' | 'commit' | 'atMs'>): string {
  const sequence = String(item.sequence).padStart(SEQUENCE_DIGITS, '0');
  const commit = String(item.commit).padStart(COMMIT_DIGITS, '0');
  return `${sequence}-${commit}-${String(item.atMs).padStart(13, '0')}.${item.kind}`;
}

/** What tells about a base, beside it. */
export function describingFile(base: string): string {
  return `${base}.json`;
}

/** The name under which a file is written until it is complete. */
export function partialOf(path: string): string {
  return `${path}${PARTIAL_SUFFIX}`;
}

export function isPartial(name: string): boolean {
  return name.includes(PARTIAL_SUFFIX);
}

function parseItem(generation: string, folder: string, name: string): ArchiveItem | undefined {
  const match = ITEM.exec(name);
  if (match === null) return undefined;
  const [, sequence, commit, atMs, kind] = match;
  return {
    kind: kind as ArchiveItem['kind'],
    generation,
    sequence: Number(sequence),
    commit: Number(commit),
    atMs: Number(atMs),
    path: join(folder, name),
  };
}

function readGeneration(directory: string, name: string): Generation {
  const path = join(directory, name);
  const items = readdirSync(path)
    .map((file) => parseItem(name, path, file))
    .filter((item) => item !== undefined)
    .sort((left, right) => left.sequence - right.sequence);
  const isComplete = (item: ArchiveItem): boolean => existsSync(describingFile(item.path));
  return {
    name,
    path,
    bases: items.filter((item) => item.kind === 'base' && isComplete(item)),
    segments: items.filter(({ kind }) => kind === 'segment'),
  };
}

/** The generations of an archive, oldest first. */
export function readGenerations(directory: string): Generation[] {
  return readdirSync(directory)
    .filter((name) => GENERATION.test(name))
    .sort()
    .map((name) => readGeneration(directory, name));
}

/** Files that together are a state: a base, and the segments to add to it. */
export interface Way {
  readonly base: ArchiveItem;
  readonly segments: readonly ArchiveItem[];
}

/** The states of a generation that its files lead to, oldest first. */
export function pointsOf({ bases, segments }: Generation): ArchiveItem[] {
  const points: ArchiveItem[] = [];
  let reached = Number.NaN;
  let next = 0;
  for (const item of inOrder(bases, segments)) {
    if (item.kind === 'segment') next = reached + 1;
    else next = item.sequence;
    // A base is the state after the segment of its number, which may be there as well.
    if (item.sequence !== next || item.sequence === reached) continue;
    reached = next;
    points.push(item);
  }
  return points;
}

function inOrder(
  bases: readonly ArchiveItem[],
  segments: readonly ArchiveItem[],
): readonly ArchiveItem[] {
  return [...segments, ...bases].sort((left, right) => left.sequence - right.sequence);
}

/** The ways to the state of number `sequence`, that with the fewest segments first. */
export function waysTo({ bases, segments }: Generation, sequence: number): Way[] {
  return bases
    .filter((base) => base.sequence <= sequence)
    .reverse()
    .map((base) => ({
      base,
      segments: segments.filter((s) => s.sequence > base.sequence && s.sequence <= sequence),
    }))
    .filter(({ base, segments: chain }) => chain.length === sequence - base.sequence);
}
