/** Volumes with something in them, and what is compared after a backup and a restore. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { type BackupManifest, openVolume } from '#src/index.js';
import { createRandom } from '../support/random.js';
import { assertVolumeSound, type FsPromises, type Volume } from '../support/subject.js';
import { captureTree, type Tree } from '../support/tree.js';

/** Files of all kinds and sizes, links, holes, attributes. */
export async function fillVolume(volume: Volume, seed = 1, files = 60): Promise<void> {
  const fs = volume.fs.promises;
  const random = createRandom(seed);
  for (let index = 0; index < files; index += 1) {
    const folder = `/d${index % 7}`;
    await fs.mkdir(folder, { recursive: true });
    const size = Math.floor(random() ** 3 * 200_000);
    await fs.writeFile(`${folder}/f${index}`, Buffer.alloc(size, `${seed}-${index}.`));
  }
  await fs.symlink('/d0', '/link');
  await fs.link('/d0/f0', '/d1/hard');
  await fs.truncate('/d1/f1', 3_000_000);
  await volume.setXattr('/d2/f2', 'user.note', 'of this file');
}

export function treeOf(volume: Volume): Promise<Tree> {
  return captureTree(volume.fs.promises as unknown as FsPromises, '/');
}

/** The tree of the volume in a file, which must be sound. */
export async function treeOfFile(file: string): Promise<Tree> {
  const volume = await openVolume(file, { readOnly: true });
  try {
    await assertVolumeSound(volume);
    return await treeOf(volume);
  } finally {
    await volume.close();
  }
}

export function readManifestOf(backup: string): BackupManifest {
  return JSON.parse(readFileSync(`${backup}.json`, 'utf8')) as BackupManifest;
}

export function digestOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** Names beside `file` that begin with its name, itself included. */
export function beside(file: string): string[] {
  return readdirSync(dirname(file))
    .filter((name) => name.startsWith(basename(file)))
    .sort();
}

/** Changes one byte. */
export function flip(file: string, offset: number): void {
  const fd = openSync(file, 'r+');
  try {
    const byte = Buffer.alloc(1);
    const at = offset < 0 ? statSync(file).size + offset : offset;
    readSync(fd, byte, 0, 1, at);
    byte[0] = (byte[0] as number) ^ 0xff;
    writeSync(fd, byte, 0, 1, at);
  } finally {
    closeSync(fd);
  }
}
