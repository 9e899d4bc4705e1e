/**
 * The filesystems a case can run on: the real one in a temporary folder (the oracle), a volume, and
 * memfs, which is our peer.
 *
 * A case sees a face shaped like `node:fs` and a root, so the same cases serve anything that can be
 * wrapped to that shape (a mount, another library).
 */
import * as disk from 'node:fs';
import * as diskPromises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `node:fs/promises` without `watch`, which has cases of its own. */
export type FsPromises = Omit<typeof diskPromises, 'watch'>;

export type NodeFs = typeof disk;

export interface Subject {
  readonly name: string;
  readonly face: NodeFs;
  readonly promises: FsPromises;
  /** An existing directory; what is tried stays below it. */
  readonly root: string;
  /** Closes and opens what is behind `promises`; handles must be closed before. */
  reopen(): Promise<void>;
  /** Ends the subject; rejects when the filesystem is found inconsistent. */
  dispose(): Promise<void>;
}

type Product = typeof import('#src/index.js');
export type OpenOptions = NonNullable<Parameters<Product['openVolume']>[1]>;
export type Volume = Awaited<ReturnType<Product['openVolume']>>;

const VOLUME_ROOT = '/root-of-cases';

/** The real filesystem, in a fresh folder that is removed at the end. */
export async function diskSubject(): Promise<Subject> {
  const folder = await diskPromises.realpath(tmpdir());
  const root = await diskPromises.mkdtemp(join(folder, 'cabinetfs-cases-'));
  return {
    name: 'disk',
    face: disk,
    promises: diskPromises,
    root,
    reopen: async () => undefined,
    dispose: () => diskPromises.rm(root, { recursive: true, force: true }),
  };
}

/** A volume in a file of its own; its check runs before every close. */
export async function volumeSubject(options?: OpenOptions): Promise<Subject> {
  // Loaded late, so that comparing the disk with itself needs no product.
  const { openVolume } = await import('#src/index.js');
  const folder = await diskPromises.mkdtemp(join(tmpdir(), 'cabinetfs-cases-'));
  const open = (): Promise<Volume> => openVolume(join(folder, 'cases.cabinet'), options);
  let volume = await open();
  await volume.fs.promises.mkdir(VOLUME_ROOT);
  return {
    name: 'volume',
    get face(): NodeFs {
      return volume.fs as unknown as NodeFs;
    },
    get promises(): FsPromises {
      return volume.fs.promises as unknown as FsPromises;
    },
    root: VOLUME_ROOT,
    reopen: async () => {
      await checkAndClose(volume);
      volume = await open();
    },
    dispose: async () => {
      try {
        await checkAndClose(volume);
      } finally {
        await diskPromises.rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function checkAndClose(volume: Volume): Promise<void> {
  try {
    await assertVolumeSound(volume);
  } finally {
    await volume.close();
  }
}

/** memfs, a filesystem in memory that also has the shape of `node:fs`. */
export async function memfsSubject(): Promise<Subject> {
  const { createFsFromVolume, Volume: MemoryVolume } = await import('memfs');
  const face = createFsFromVolume(new MemoryVolume()) as unknown as NodeFs;
  face.mkdirSync(VOLUME_ROOT);
  return {
    name: 'memfs',
    face,
    promises: face.promises,
    root: VOLUME_ROOT,
    reopen: async () => undefined,
    dispose: async () => undefined,
  };
}

export const SUBJECTS: Readonly<Record<string, () => Promise<Subject>>> = {
  disk: diskSubject,
  volume: volumeSubject,
  memfs: memfsSubject,
};

/**
 * The subject that is compared with the disk: a volume; with `CABINET_TEST_SUBJECT=disk` a second
 * folder, which proves that the cases themselves are stable; with `memfs` our peer.
 */
export function testedSubject(): Promise<Subject> {
  const name = process.env.CABINET_TEST_SUBJECT ?? 'volume';
  const make = SUBJECTS[name];
  if (make === undefined) throw new Error(`no subject is called '${name}'`);
  return make();
}

/** Runs the full check of a volume and throws with every problem it names. */
export async function assertVolumeSound(volume: Volume): Promise<void> {
  const report = await volume.check({ content: true });
  if (report.ok && report.problems.length === 0) return;
  throw new Error(`the volume is unsound:\n${JSON.stringify(report.problems, replaceBigint, 2)}`);
}

function replaceBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
