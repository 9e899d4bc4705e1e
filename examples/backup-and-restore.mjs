// A backup while the volume is written, what is in it, and the way back.   Run: node examples/backup-and-restore.mjs
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVolume, restoreVolume, verifyVolume } from 'cabinetfs';

const folder = await mkdtemp(join(tmpdir(), 'backup-'));
const file = join(folder, 'shop.cabinet');
const backup = join(folder, 'monday.cabinet');
const volume = await openVolume(file);
const fs = volume.fs.promises;

// Two files that are always written together.
const count = (number) =>
  volume.transaction((tx) => {
    tx.writeFile('/orders', String(number));
    tx.writeFile('/invoices', String(number));
  });
await count(0);

let number = 0;
let isBackedUp = false;
const writing = (async () => {
  while (!isBackedUp) await count(++number);
})();

// The copy holds one commit, whatever is written meanwhile. `<dest>.json` says which one.
const phases = new Set();
const result = await volume.backup(backup, { onProgress: ({ phase }) => phases.add(phase) });
isBackedUp = true;
await writing;
console.log([...phases].join(', '));
console.log('verified:', result.verified);

// A backup is a volume like any other.
const copy = await openVolume(backup, { readOnly: true });
const [orders, invoices] = await Promise.all(
  ['/orders', '/invoices'].map((path) => copy.fs.promises.readFile(path, 'utf8')),
);
console.log('one state:', orders === invoices);
await copy.close();

// Nobody may have the volume open while it is replaced.
await fs.writeFile('/orders', 'lost');
await restoreVolume(backup, file, { overwrite: true }).catch(({ code }) => console.log(code));
await volume.close();
await restoreVolume(backup, file, { overwrite: true });
const restored = await openVolume(file);
console.log('restored:', (await restored.fs.promises.readFile('/orders', 'utf8')) === orders);
await restored.close();

// One changed byte anywhere is found.
const handle = await open(backup, 'r+');
await handle.write('x', 20_000);
await handle.close();
console.log('sound:', (await verifyVolume(backup)).ok);
await restoreVolume(backup, file, { overwrite: true }).catch(({ code }) => console.log(code));
console.log((await readdir(folder)).join(' '));
await rm(folder, { recursive: true });
