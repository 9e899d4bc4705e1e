/** A base: a copy of the whole database at one state, an ordinary SQLite file, and what is beside it. */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { PRIVATE_FILE_MODE } from '../../core/private-modes.js';
import { SOFTWARE } from '../../core/software.js';
import type { Connection } from '../../sqlite/connection.js';
import { copyDatabase } from '../../sqlite/online-copy.js';
import { syncDirectoryOf, syncPath } from '../../sqlite/wal.js';
import { hashFile } from '../hash-file.js';
import { damaged } from './archive-errors.js';
import { type ArchiveItem, describingFile, partialOf } from './layout.js';
import type { Position } from './segment-format.js';

/** What the file beside a base says. */
export interface BaseDescription {
  readonly version: number;
  readonly volumeId: string;
  readonly generation: string;
  readonly sequence: number;
  readonly commit: number;
  readonly atMs: number;
  readonly pageSizeBytes: number;
  readonly databasePages: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Hash of the segment that ends at the same state; of a first base, of the name of the generation. */
  readonly previous: string;
  readonly position: Position;
  readonly software: string;
}

/** With the hash of all the rest. */
type Sealed = BaseDescription & { readonly hash: string };

function hashOf(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

const BASE_VERSION = 1;
// A few milliseconds: a cut may have to wait for the end of a step.
const PAGES_PER_STEP = 128;

export type BasePlan = Omit<
  BaseDescription,
  'version' | 'databasePages' | 'bytes' | 'sha256' | 'software'
>;

export interface BaseProgress {
  onProgress(pagesDone: number, pagesTotal: number): void;
}

/** Copies the view of `connection` to `path`; when it rejects, nothing is there. */
export async function writeBase(
  connection: Connection,
  path: string,
  plan: BasePlan,
  { onProgress }: BaseProgress,
): Promise<BaseDescription> {
  const partial = partialOf(path);
  try {
    const databasePages = await copyDatabase(connection, partial, {
      pagesPerStep: PAGES_PER_STEP,
      onProgress,
    });
    syncPath(partial);
    const { sha256, bytes } = await hashFile(partial);
    const software = SOFTWARE;
    const description = { version: BASE_VERSION, ...plan, databasePages, bytes, sha256, software };
    describe(path, description);
    renameSync(partial, path);
    syncDirectoryOf(path);
    return description;
  } catch (error) {
    for (const suffix of ['', '-journal']) rmSync(`${partial}${suffix}`, { force: true });
    rmSync(describingFile(path), { force: true });
    throw error;
  }
}

/** Before the base has its name: with it, it is complete. */
function describe(path: string, content: BaseDescription): void {
  const target = describingFile(path);
  const description: Sealed = { ...content, hash: hashOf(content) };
  writeFileSync(partialOf(target), `${JSON.stringify(description, undefined, 2)}\n`, {
    flush: true,
    mode: PRIVATE_FILE_MODE,
  });
  renameSync(partialOf(target), target);
}

/** What is said of a base, of its form only. Throws ERR_ARCHIVE_DAMAGED. */
export function readDescription(item: ArchiveItem): BaseDescription {
  const path = describingFile(item.path);
  let sealed: Partial<Sealed> | null;
  try {
    sealed = JSON.parse(readFileSync(path, 'utf8')) as Partial<Sealed> | null;
  } catch (error) {
    throw damaged({ path }, 'it cannot be read', error);
  }
  const { hash, ...content } = sealed ?? {};
  if (hash !== hashOf(content)) throw damaged({ path }, 'its hash does not match');
  const description = content as BaseDescription;
  const isNamed =
    description.version === BASE_VERSION &&
    description.generation === item.generation &&
    description.sequence === item.sequence &&
    description.commit === item.commit &&
    description.atMs === item.atMs;
  if (!isNamed) throw damaged({ path }, 'it does not fit its name');
  return description;
}
