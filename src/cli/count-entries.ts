/** Counting the entries of a directory tree of the host, for a progress bar. */
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';

/** What cannot be read is not counted; the import will say so. */
export async function countEntries(root: string, signal: AbortSignal): Promise<number> {
  let count = 0;
  const waiting = [root];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (signal.aborted) return 0;
    try {
      for await (const entry of await opendir(path)) {
        count += 1;
        if (entry.isDirectory()) waiting.push(join(path, entry.name));
      }
    } catch {
      // Not countable, so not counted.
    }
  }
  return count;
}
