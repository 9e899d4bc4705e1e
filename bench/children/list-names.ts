/**
 * Lists a directory of a volume and prints, as JSON, how many names there were, how long it took, and the memory
 * that it took at most beyond that of the open volume.
 *
 *     node list-names.js <volume> <directory> opendir|readdir
 */
import { openVolume } from '#src/index.js';
import { peakBytes } from '../harness/peak.js';
import { startStopwatch } from '../harness/stopwatch.js';

const BUDGET_BYTES = 16 * 1024 * 1024;
const [path = '', directory = '', way = ''] = process.argv.slice(2);

// With the default budget the pages of all names would be kept, and count.
const volume = await openVolume(path, { readOnly: true, memoryBudgetBytes: BUDGET_BYTES });

async function countNames(): Promise<number> {
  if (way === 'readdir') return (await volume.fs.promises.readdir(directory)).length;
  let count = 0;
  for await (const entry of await volume.fs.promises.opendir(directory)) {
    if (entry.name !== '') count += 1;
  }
  return count;
}

const beforeBytes = process.memoryUsage.rss();
const stopwatch = startStopwatch();
const count = await countNames();
const seconds = stopwatch.seconds();
const bytes = peakBytes() - beforeBytes;
process.stdout.write(JSON.stringify({ count, seconds, bytes }));
await volume.close();
