/**
 * One directory of equal files, as several scenarios need it. What fills it is closed and opened
 * again, so that everybody starts from a database that has been checkpointed.
 */
import type { AsyncFiles } from '../contenders/async-files.js';
import { openPlainFiles, type PlainFiles } from '../contenders/plain-sqlite.js';
import { openPlainTree, type PlainTree } from '../contenders/plain-tree.js';
import { runCallers } from '../harness/callers.js';
import { fileName, type Payload } from '../harness/payload.js';
import { settle } from '../harness/settle.js';

const WARM_UP_CALLERS = 64;

/** Creates the directory and `count` files in it. */
export async function fillDirectory(
  { fs, root }: AsyncFiles,
  directory: string,
  count: number,
  payload: Payload,
  callers: number = WARM_UP_CALLERS,
): Promise<void> {
  await fs.mkdir(`${root}/${directory}`, { recursive: true });
  await runCallers(callers, count, (index) =>
    fs.writeFile(`${root}/${directory}/${fileName(index)}`, payload.of(index)),
  );
}

/**
 * How many operations a run does before its timed ones: a volume that was just opened has a new writer
 * thread, whose code is compiled after some 3,000 commands.
 */
export const WARM_UP_COUNT = 4000;

/** Writes some files beside those that count, with the callers of the timed run. Everybody does it alike. */
export async function warmUp(
  files: AsyncFiles,
  payload: Payload,
  callers: number = WARM_UP_CALLERS,
): Promise<void> {
  await fillDirectory(files, 'warm-up', WARM_UP_COUNT, payload, callers);
}

/** Opens a store with `count` files in `/files`. */
export async function openFilled<F extends AsyncFiles>(
  open: (folder: string) => Promise<F>,
  folder: string,
  count: number,
  payload: Payload,
): Promise<F> {
  const files = await open(folder);
  await fillDirectory(files, 'files', count, payload);
  await files.close();
  // Files that were never written back are cheaper to delete than files that are on the disk.
  settle(folder);
  return await open(folder);
}

/** The same files as rows of one table; the path is the file's name. */
export function openFilledPlain(folder: string, count: number, payload: Payload): PlainFiles {
  const files = openPlainFiles(folder);
  files.begin();
  for (let index = 0; index < count; index += 1) files.put(fileName(index), payload.of(index));
  files.commit();
  files.close();
  return openPlainFiles(folder);
}

/** The same files as four rows each. */
export function openFilledTree(folder: string, count: number, payload: Payload): PlainTree {
  const tree = openPlainTree(folder);
  tree.begin();
  for (let index = 0; index < count; index += 1) tree.create(fileName(index), payload.of(index));
  tree.commit();
  tree.close();
  return openPlainTree(folder);
}

/** Visits 0 to `count - 1` in an order without locality, the same in every run. */
export function scattered(count: number): (step: number) => number {
  // A prime that divides no count in use, so that every index is reached once before any twice.
  const STRIDE = 7_368_787;
  return (step) => (step * STRIDE) % count;
}
