/** What the system says a file or a folder occupies. */
import { spawnSync } from 'node:child_process';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** `st_blocks` counts units of 512 bytes on every system. */
const BLOCK_BYTES = 512;

/** Bytes allocated on disk for everything under `path`, directories included. */
export async function diskUsageBytes(path: string): Promise<number> {
  // Blocks are allocated when they are written back, and not counted before.
  spawnSync('sync', ['-f', path]);
  return await allocatedBytes(path);
}

async function allocatedBytes(path: string): Promise<number> {
  const stats = await lstat(path);
  let total = stats.blocks * BLOCK_BYTES;
  if (!stats.isDirectory()) return total;
  for (const name of await readdir(path)) total += await allocatedBytes(join(path, name));
  return total;
}
