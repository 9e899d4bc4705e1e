/**
 * A process that does nothing, with or without an open volume, and then prints its RSS in bytes.
 *
 *     node idle-memory.js [volume]
 */
import { setTimeout as wait } from 'node:timers/promises';

/** Long enough for threads to have started and for what opening needed to be given back. */
const SETTLE_MS = 1500;

async function measure(): Promise<number> {
  await wait(SETTLE_MS);
  return process.memoryUsage.rss();
}

const path = process.argv[2];
if (path === undefined) {
  process.stdout.write(`${await measure()}\n`);
} else {
  const { openVolume } = await import('#src/index.js');
  const volume = await openVolume(path);
  // One answered request: the volume is not only open, a reader has been used.
  await volume.fs.promises.stat('/');
  process.stdout.write(`${await measure()}\n`);
  await volume.close();
}
