/** A counter in a file, read, changed and written under a lock: only exclusion keeps it right. */
import type { Volume } from '../support/subject.js';

/** Adds one `count` times, from `callers` callers at once. */
export async function increments(
  volume: Volume,
  path: string,
  count: number,
  callers: number,
): Promise<void> {
  const { promises } = volume.fs;
  let left = count;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (left > 0) {
        left -= 1;
        const lock = await volume.lock(path);
        const value = Number(await promises.readFile(path, 'utf8'));
        await promises.writeFile(path, String(value + 1));
        await lock.release();
      }
    }),
  );
}
