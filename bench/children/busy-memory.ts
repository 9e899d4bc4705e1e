/**
 * A process that reads and overwrites all of one big file of a volume opened with a memory budget,
 * and then prints its RSS in bytes.
 *
 *     node busy-memory.js <volume> <file> <memoryBudgetBytes>
 */
import { openVolume } from '#src/index.js';

const PIECE_BYTES = 65_536;

const [volumePath, filePath, budget] = process.argv.slice(2);
if (volumePath === undefined || filePath === undefined || budget === undefined) {
  throw new TypeError('Usage: busy-memory.js <volume> <file> <memoryBudgetBytes>');
}
const volume = await openVolume(volumePath, { memoryBudgetBytes: Number(budget) });
const file = await volume.fs.promises.open(filePath, 'r+');
const { size } = await file.stat();
// One buffer for everything: what grows is the caches of the volume, not garbage of this program.
const piece = Buffer.alloc(PIECE_BYTES);
for (let position = 0; position < size; position += PIECE_BYTES) {
  await file.read(piece, 0, PIECE_BYTES, position);
  await file.write(piece, 0, PIECE_BYTES, position);
}
for (let position = 0; position < size; position += PIECE_BYTES) {
  await file.read(piece, 0, PIECE_BYTES, position);
}
await file.close();
process.stdout.write(`${process.memoryUsage.rss()}\n`);
await volume.close();
