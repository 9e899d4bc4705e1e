// Locks: callers and processes take turns. Run: node examples/locks.mjs
import { openVolume } from 'cabinetfs';

const volume = await openVolume();
const fs = volume.fs.promises;
await fs.writeFile('/counter', '0');

// Read, think, write: without a lock, additions would be lost.
async function add() {
  const lock = await volume.lock('/counter'); // waits for its turn
  try {
    const value = Number(await fs.readFile('/counter', 'utf8'));
    await fs.writeFile('/counter', String(value + 1));
  } finally {
    await lock.release();
  }
}

await Promise.all(Array.from({ length: 50 }, add));
console.log('counter:', await fs.readFile('/counter', 'utf8'));

// Any number of readers, or one writer.
const readers = [
  await volume.lock('/counter', { mode: 'shared' }),
  await volume.lock('/counter', { mode: 'shared' }),
];

// Not at once...
await volume.lock('/counter', { wait: false }).catch((error) => console.log(error.message));

// ...and not within 50 ms.
await volume
  .lock('/counter', { signal: AbortSignal.timeout(50) })
  .catch((error) => console.log(error.name));

for (const lock of readers) await lock.release();
const writer = await volume.lock('/counter', { wait: false });
console.log('locked:', writer.path, writer.mode);
await writer.release();
await volume.close();
