// Change events: what every commit changed.          Run: node examples/change-events.mjs
import { setImmediate } from 'node:timers/promises';
import { openVolume } from 'cabinetfs';

const volume = await openVolume();
const fs = volume.fs.promises;

// Events are about inodes, because a file may have several names. They come after the commit, one
// call per commit: what an event tells of can be read.
const seen = [];
const stop = await volume.subscribe((changes) => seen.push(...changes));

await fs.mkdir('/inbox');
await fs.writeFile('/inbox/letter', 'Dear reader,');
await fs.appendFile('/inbox/letter', ' hello.');
await volume.transaction((tx) => {
  tx.rename('/inbox/letter', '/inbox/answered');
  tx.chmod('/inbox/answered', 0o400);
});
await fs.unlink('/inbox/answered');

// Events travel apart from answers.
while (!seen.some(({ type }) => type === 'remove')) await setImmediate();
stop();

await fs.writeFile('/inbox/unseen', '');
for (const { type, name, newName } of seen) {
  console.log([type, name, newName].filter((part) => part !== undefined).join(' '));
}

await volume.close();
