// What survives a power cut: levels and barriers.    Run: node examples/durability.mjs
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVolume } from 'cabinetfs';

const folder = await mkdtemp(join(tmpdir(), 'cabinetfs-example-'));
const path = join(folder, 'ledger.cabinet');

// `full`: a resolved write has been synced. Callers that write at the same time share the sync.
const ledger = await openVolume(path, { durability: 'full' });
await Promise.all(
  Array.from({ length: 100 }, (_, index) =>
    ledger.fs.promises.writeFile(`/entry-${index}`, `booking ${index}`),
  ),
);
console.log('100 entries that survive a power cut');
await ledger.close();

// `interval`, the default: a resolved write survives the end of the process at once, and a power cut
// after at most `syncIntervalMs`. A barrier says "now", at every level.
const volume = await openVolume(path, { durability: 'interval', syncIntervalMs: 500 });
await volume.fs.promises.writeFile('/draft', 'in the log, synced within half a second');

// Everything that was acknowledged so far:
await volume.sync();
console.log('all of it survives now');

// The same barrier, in the words of node:fs.
const handle = await volume.fs.promises.open('/draft', 'a');
await handle.write(' and again');
await handle.sync();
await handle.close();
await volume.fs.promises.writeFile('/final', 'synced with the write', { flush: true });
console.log('and so do these');

await volume.close();
await rm(folder, { recursive: true });
