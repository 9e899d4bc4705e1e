/** A volume of a given number of tiny files, a thousand to a directory, besides a fixed directory. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CabinetFiles, openCabinet, type Volume } from '../contenders/cabinet.js';
import { scattered } from './filled-directory.js';

export const PER_DIRECTORY = 1000;
/** A directory with as many entries in every volume. */
export const FIXED_DIRECTORY = '/fixed';
const CONTENT_BYTES = 64;

/** A file is for one operation only, by its number; so no operation finds what another changed. */
const USES = ['stat', 'readFile', 'rename', 'unlink'] as const;
export type Use = (typeof USES)[number];

export interface GrownVolume {
  readonly folder: string;
  readonly count: number;
  /** Changes when the volume is opened anew. */
  files: CabinetFiles;
  /** The number of the file that was not taken for longest, far from the last one. */
  take(use: Use): number;
  /** A number for a new file. */
  takeNew(): number;
}

export function directoryOf(index: number): string {
  return `/tree/directory-${Math.floor(index / PER_DIRECTORY)}`;
}

export function pathOf(index: number): string {
  return `${directoryOf(index)}/file-${index}`;
}

export function contentOf(index: number): Buffer {
  return Buffer.from(`file ${index} `.padEnd(CONTENT_BYTES, '.'));
}

/** Makes the volume in batches of one directory each and opens it anew. */
export async function growVolume(
  parent: string,
  count: number,
  progress: (message: string) => void,
): Promise<GrownVolume> {
  const folder = join(parent, `files-${count}`);
  await mkdir(folder);
  const { volume, close } = await openCabinet(folder);
  await volume.transaction((tx) => void tx.mkdir('/tree'));
  await addDirectory(volume, FIXED_DIRECTORY, -PER_DIRECTORY);
  for (let first = 0; first < count; first += PER_DIRECTORY) {
    if (first % 50_000 === 0) progress(`growth: ${first} of ${count} files made`);
    await addDirectory(volume, directoryOf(first), first);
  }
  await close();
  return grown(folder, count, await openCabinet(folder));
}

async function addDirectory(volume: Volume, path: string, first: number): Promise<void> {
  await volume.transaction((tx) => {
    tx.mkdir(path);
    for (let index = first; index < first + PER_DIRECTORY; index += 1) {
      tx.writeFile(`${path}/file-${index}`, contentOf(index));
    }
  });
}

function grown(folder: string, count: number, files: CabinetFiles): GrownVolume {
  const perUse = count / USES.length;
  const at = scattered(perUse);
  const taken = { stat: 0, readFile: 0, rename: 0, unlink: 0 };
  let nextNew = count;
  return {
    folder,
    count,
    files,
    take: (use) => {
      // What has been read may be read again, long after; what is gone is gone.
      const isUsedUp = taken[use] >= perUse && (use === 'rename' || use === 'unlink');
      if (isUsedUp) throw new Error(`Too many rounds: no file is left to ${use}`);
      taken[use] += 1;
      return at(taken[use]) * USES.length + USES.indexOf(use);
    },
    takeNew: () => {
      nextNew += 1;
      return nextNew;
    },
  };
}
