/** Trees of files on the disk. */
import { mkdir, open, opendir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCallers } from './callers.js';
import { payloadOf } from './payload.js';

/** How many entries there are under `path`, directories included. */
export async function countEntries(path: string): Promise<number> {
  let count = 0;
  for await (const _ of await opendir(path, { recursive: true })) count += 1;
  return count;
}

/** Creates `count` files of `sizeBytes` in directories of a thousand each; returns `count`. */
export async function writeTree(path: string, count: number, sizeBytes: number): Promise<number> {
  const PER_DIRECTORY = 1000;
  const content = payloadOf(sizeBytes);
  for (let first = 0; first < count; first += PER_DIRECTORY) {
    const directory = join(path, `directory-${first / PER_DIRECTORY}`);
    await mkdir(directory, { recursive: true });
    await runCallers(16, Math.min(PER_DIRECTORY, count - first), async (index) => {
      await writeFile(join(directory, `file-${first + index}`), content.of(first + index));
    });
  }
  return count;
}

/** Creates `count` files of at least `sizeBytes` each; returns `count`. */
export async function writeBigFiles(
  path: string,
  count: number,
  sizeBytes: number,
): Promise<number> {
  const PIECE_BYTES = 1_048_576;
  const content = payloadOf(PIECE_BYTES);
  await mkdir(path, { recursive: true });
  for (let index = 0; index < count; index += 1) {
    const file = await open(join(path, `file-${index}`), 'w');
    for (let piece = 0; piece * PIECE_BYTES < sizeBytes; piece += 1) {
      await file.write(content.of(piece));
    }
    await file.close();
  }
  return count;
}
