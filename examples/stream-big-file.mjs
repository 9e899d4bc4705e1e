// Streams a big file in and out in flat memory.      Run: node examples/stream-big-file.mjs
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openVolume } from 'cabinetfs';

const MIB = 1024 * 1024;
const PIECES = 64;

/** 64 MiB that are made while they are written. */
function* pieces() {
  for (let index = 0; index < PIECES; index += 1) yield Buffer.alloc(MIB, index);
}

function hashOf(stream) {
  return pipeline(stream, createHash('sha256').setEncoding('hex'), async (digest) => {
    for await (const text of digest) return text;
  });
}

const volume = await openVolume();
const fs = volume.fs.promises;

// In: any readable stream goes into a write stream of a handle. The write stream closes the handle.
const target = await fs.open('/big.bin', 'w');
await pipeline(Readable.from(pieces()), target.createWriteStream());
console.log(`${(await fs.stat('/big.bin')).size / MIB} MiB written`);

// Out, whole.
const source = await fs.open('/big.bin');
const expected = await hashOf(Readable.from(pieces()));
console.log('same bytes:', (await hashOf(source.createReadStream())) === expected);

// Out, a part: 16 bytes around the border of two pieces.
const handle = await fs.open('/big.bin');
const { buffer } = await handle.read(Buffer.alloc(16), 0, 16, 8 * MIB - 8);
console.log(buffer.toString('hex'));
await handle.close();

await volume.close();
