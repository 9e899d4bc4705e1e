/** Small filesystems that only root may mount; elsewhere a test ends with a printed reason. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, statfsSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { withFolder } from './temporary-volume.js';

/** `tmpfs` in memory; `ext4` on a loop device, which allocates late and keeps a journal. */
export type SmallDiskKind = 'tmpfs' | 'ext4';

/** Runs `fn` with the root of a filesystem of so many bytes. */
export async function withSmallDisk(
  t: ExecutionContext,
  kind: SmallDiskKind,
  bytes: number,
  fn: (folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const root = join(folder, 'disk');
    mkdirSync(root);
    const why = kind === 'tmpfs' ? mountMemory(root, bytes) : mountLoop(root, folder, bytes);
    if (why !== undefined) {
      t.log(`not run: ${why}`);
      t.pass();
      return;
    }
    try {
      await fn(root);
    } finally {
      execFileSync('umount', ['-l', root]);
    }
  });
}

function mountMemory(root: string, bytes: number): string | undefined {
  return run('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', root);
}

function mountLoop(root: string, folder: string, bytes: number): string | undefined {
  const image = join(folder, 'image');
  closeSync(openSync(image, 'w'));
  truncateSync(image, bytes);
  // -m 0: no blocks that only root may use, which these tests run as.
  const why = run('mkfs.ext4', '-q', '-F', '-m', '0', image);
  return why ?? run('mount', '-o', 'loop', image, root);
}

function run(command: string, ...args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return undefined;
  return `${command} failed (${error?.message ?? stderr.trim()})`;
}

const PIECE_BYTES = 64 * 1024;

/** Another program that takes what is left of the disk, to the last block. Returns the bytes it got. */
export function fillToTheEnd(folder: string): number {
  const fd = openSync(join(folder, 'ballast'), 'a');
  let total = 0;
  try {
    for (let piece = PIECE_BYTES; piece >= 1; ) {
      try {
        total += writeSync(fd, Buffer.alloc(piece, 1));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        piece = Math.floor(piece / 2);
      }
    }
  } finally {
    closeSync(fd);
  }
  return total;
}

export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
