/** A counter in a file, moved by compare-and-swap on the version of the file. */
import type { Volume } from '../support/subject.js';

/** Adds one, `count` times; returns how often somebody else was faster. */
export async function increments(volume: Volume, path: string, count: number): Promise<number> {
  const { promises } = volume.fs;
  let conflicts = 0;
  for (let done = 0; done < count; ) {
    const version = await volume.version(path);
    const value = Number(await promises.readFile(path, 'utf8'));
    try {
      await promises.writeFile(path, String(value + 1), { ifVersion: version } as never);
      done += 1;
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_VERSION_MISMATCH') throw error;
      conflicts += 1;
    }
  }
  return conflicts;
}
