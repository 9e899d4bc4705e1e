/** Where programs do the same work: a folder on the disk, and a directory of a volume that is mounted. */
import { spawnSync } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runChild } from '../harness/child.js';
import type { Contender, Readings } from '../harness/scenario.js';
import { openCabinet, volumePath } from './cabinet.js';

export const DISK = 'the disk';
export const MOUNT = 'the mount';
/** The same folder of the disk once more, behind a FUSE server in C that only passes everything on. */
export const BINDFS = 'bindfs';

export interface Place {
  /** An empty directory for one round; `folder` is that of the round. */
  enter(index: number, folder: string): Promise<string>;
  /** Gives the round's directory back; the harness does it for a folder of the disk. */
  leave(index: number): Promise<void>;
  /** Files of the disk whose pages must go before content is cold, beside the files themselves. */
  readonly stored: readonly string[];
  close(): Promise<void>;
}

/** Opens a place that all rounds share, in a folder that outlives them. */
export type OpenPlace = (folder: string) => Promise<Place>;

async function openDisk(): Promise<Place> {
  return {
    enter: async (_index, folder) => folder,
    leave: async () => {},
    stored: [],
    close: async () => {},
  };
}

/** Served by this process, whose main thread only waits meanwhile: the work is done by others. */
export async function openMount(folder: string, options: object = {}): Promise<Place> {
  const dir = join(folder, 'mount');
  await mkdir(dir);
  const { volume, fs, close } = await openCabinet(folder);
  const file = volumePath(folder);
  await volume.mount(dir, { ...options, ...mountOptions() });
  return {
    enter: async (index) => {
      await fs.mkdir(`/round-${index}`);
      return join(dir, `round-${index}`);
    },
    leave: async (index) => await fs.rm(`/round-${index}`, { recursive: true }),
    stored: [file, `${file}-wal`],
    close,
  };
}

/**
 * What FUSE itself costs here, with the defaults of bindfs: it stores nothing, and its rounds write to the
 * disk as those of the disk do.
 */
async function openBindfs(folder: string): Promise<Place> {
  const [source, dir] = [join(folder, 'source'), join(folder, 'mount')];
  await mkdir(source);
  await mkdir(dir);
  await runChild('bindfs', [source, dir]);
  return {
    enter: async (index) => {
      await mkdir(join(source, `round-${index}`));
      return join(dir, `round-${index}`);
    },
    leave: async (index) => await rm(join(source, `round-${index}`), { recursive: true }),
    stored: [],
    close: async () => {
      await runChild('umount', [dir]);
    },
  };
}

/** The disk, the mount, and bindfs where it is installed (`apt install bindfs`). */
export function placeContenders(work: Work): readonly Contender[] {
  const hasBindfs = spawnSync('bindfs', ['--version'], { stdio: 'ignore' }).status === 0;
  return [
    placeContender(DISK, openDisk, work),
    placeContender(MOUNT, openMount, work),
    ...(hasBindfs ? [placeContender(BINDFS, openBindfs, work)] : []),
  ];
}

/** `CABINET_BENCH_MOUNT` has other options than the defaults, as JSON. */
function mountOptions(): object {
  return JSON.parse(process.env.CABINET_BENCH_MOUNT ?? '{}') as object;
}

/** One round in `directory`, which is empty. */
export type Work = (place: Place, directory: string) => Promise<Readings>;

/** A contender that does the same work in a place of its own, round after round. */
export function placeContender(name: string, open: OpenPlace, work: Work): Contender {
  let place: Place | undefined;
  return {
    name,
    prepare: async (folder) => {
      place = await open(folder);
    },
    run: async ({ index, folder }) => {
      const { enter, leave } = place as Place;
      const readings = await work(place as Place, await enter(index, folder));
      await leave(index);
      return readings;
    },
    dispose: async () => await place?.close(),
  };
}
