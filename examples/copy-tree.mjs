// Copies that share their content: a cheap snapshot of a tree.   Run: node examples/copy-tree.mjs
import { stat } from 'node:fs/promises';
import { openVolume } from 'cabinetfs';

const MIB = 1024 * 1024;
const volume = await openVolume();
const fs = volume.fs.promises;

/** Size of the database file, with everything in it that is in the log. */
async function sizeMib() {
  await volume.checkpoint('truncate');
  return Math.round((await stat(volume.path)).size / MIB);
}

await fs.mkdir('/project');
await fs.writeFile('/project/model.bin', Buffer.alloc(32 * MIB, 'x'));
await fs.writeFile('/project/notes.txt', 'before');
console.log(`one tree: ${await sizeMib()} MiB`);

// One transaction, whatever the size of the tree; the copy holds references to the same chunks.
await fs.cp('/project', '/snapshot', { recursive: true });
const { bytes, storedBytes } = await volume.stats();
console.log(`two trees: ${await sizeMib()} MiB`);
console.log(`${Math.round(bytes / MIB)} MiB of files, ${Math.round(storedBytes / MIB)} MiB stored`);

// Each side may change; only the chunk that is written gets bytes of its own.
await fs.writeFile('/project/notes.txt', 'after');
const handle = await fs.open('/project/model.bin', 'r+');
await handle.write('changed', 16 * MIB);
await handle.close();

console.log(await fs.readFile('/snapshot/notes.txt', 'utf8'));
const { length } = (await fs.readFile('/snapshot/model.bin')).filter((byte) => byte !== 0x78);
console.log(`${length} bytes of the snapshot changed, ${await sizeMib()} MiB in all`);

// A single file: copyFile shares as well.
await fs.copyFile('/snapshot/model.bin', '/model-copy.bin');
console.log(`three copies: ${await sizeMib()} MiB`);

await volume.close();
