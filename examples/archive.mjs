// Any moment back: a continuous archive. Run: node examples/archive.mjs
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listArchive, openVolume, restoreVolume } from 'cabinetfs';

const folder = await mkdtemp(join(tmpdir(), 'archive-example-'));
const dir = join(folder, 'archive');
const volume = await openVolume(join(folder, 'project.cabinet'), {
  archive: { dir, everySeconds: 1 }, // a second of work is the most that can be lost
});
const fs = volume.fs.promises;

await fs.mkdir('/notes');
await fs.writeFile('/notes/today', 'first version');
await volume.archive.settle(); // now, rather than within the second
const before = volume.archive.status;

await fs.rm('/notes', { recursive: true }); // oh no
await volume.close(); // what is left is archived, too

// The state before the mistake, by its commit; a time or a Date does as well.
const target = join(folder, 'restored.cabinet');
const { commit } = await restoreVolume(dir, target, { at: { commit: before.lastCommit } });
console.log('restored the right commit:', commit === before.lastCommit);
const restored = await openVolume(target);
console.log(await restored.fs.promises.readFile('/notes/today', 'utf8'));
await restored.close();

const newest = join(folder, 'newest.cabinet');
await restoreVolume(dir, newest);
const last = await openVolume(newest);
console.log('in the newest state:', await last.fs.promises.readdir('/'));
await last.close();
console.log('states to choose from:', listArchive(dir).length > 2);
await rm(folder, { recursive: true });
