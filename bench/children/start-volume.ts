/** A process that imports the package and opens a volume: `start-volume.js <package> <path> <options>`. */
import { performance } from 'node:perf_hooks';
import type * as Product from '#src/index.js';

const startedMs = performance.now();
const [, , product, path, options] = process.argv as [string, string, string, string, string];
const { openVolume } = (await import(product)) as typeof Product;
const importedMs = performance.now();
const volume = await openVolume(path, JSON.parse(options) as object);
const openedMs = performance.now();
await volume.close();
process.stdout.write(
  JSON.stringify({
    process: openedMs,
    own: openedMs - startedMs,
    load: importedMs - startedMs,
    open: openedMs - importedMs,
  }),
);
