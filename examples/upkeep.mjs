// Giving space back, checking, and what a volume remembers of it. Run: node examples/upkeep.mjs
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compactVolume, openVolume } from 'cabinetfs';

const folder = await mkdtemp(join(tmpdir(), 'upkeep-'));
const path = join(folder, 'project.cabinet');
const MIB = 1024 * 1024;

// By hand here; by itself a volume does it when it is idle and a quarter of it is free.
const volume = await openVolume(path, { compaction: { auto: false } });
const fs = volume.fs.promises;
for (let index = 0; index < 20; index += 1) {
  await fs.writeFile(`/${index}`, Buffer.alloc(MIB, index));
}
for (let index = 0; index < 15; index += 1) await fs.truncate(`/${index}`, 0);

const { freedBytes, bytesBefore } = await volume.compact();
console.log(
  'in use:',
  Math.round(freedBytes / MIB),
  'of',
  Math.round(bytesBefore / MIB),
  'MiB back',
);

const { ok, problems } = await volume.check({ content: true });
console.log('sound:', ok, problems);
const refused = await volume.compact({ full: true }).catch(({ code }) => code);
console.log('as a whole, while it is open:', refused);
await volume.close();

// Closed: a new file without gaps, verified, in the place of the old one.
await compactVolume(path, { full: true });
console.log('closed:', Math.round((await stat(path)).size / MIB), 'MiB');

const again = await openVolume(path, { readOnly: true });
for (const { kind, ok, detail } of again.records()) {
  console.log(
    `${kind} ${ok ? 'ok' : 'failed'} by ${detail.by}${detail.full ? ', as a whole' : ''}`,
  );
}
await again.close();
await rm(folder, { recursive: true });
