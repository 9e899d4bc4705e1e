// Backups by schedule: made by the volume itself, and restored.   Run: node examples/scheduled-backups.mjs
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openVolume, restoreVolume } from 'cabinetfs';

const folder = await mkdtemp(join(tmpdir(), 'scheduled-'));
const dir = join(folder, 'backups');
const file = join(folder, 'work.cabinet');

// A second after the last one if anything has changed; the three newest are kept.
const volume = await openVolume(file, {
  backup: {
    dir,
    rules: [{ everySeconds: 1, minChanges: 1 }],
    keep: { last: 3, hourly: 0, daily: 0, weekly: 0 },
  },
});

async function backups() {
  const names = await readdir(dir);
  return names.filter((name) => /^work-\d+T[\d.]+Z\.cabinet\.json$/.test(name)).sort();
}

async function newBackup(before) {
  while ((await backups()).at(-1) === before) await pause(50);
  return (await backups()).at(-1);
}

// The first is made at once, because there is none.
let newest = await newBackup(undefined);
for (const text of ['one', 'two', 'three', 'four']) {
  await volume.fs.promises.writeFile('/note', text);
  newest = await newBackup(newest);
}
await volume.close();
console.log((await backups()).length, 'backups are kept');

const restored = join(folder, 'restored.cabinet');
await restoreVolume(join(dir, newest.replace(/\.json$/, '')), restored);
const again = await openVolume(restored);
console.log('the newest says', await again.fs.promises.readFile('/note', 'utf8'));
await again.close();
await rm(folder, { recursive: true });
