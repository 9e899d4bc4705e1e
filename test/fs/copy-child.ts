/**
 * Child: writes a file of so many MiB through a stream, copies it through a pair of streams, compares
 * both, and says how much memory that took.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openVolume } from '#src/index.js';

const MIB = 1024 * 1024;

function* pieces(mib: number): Generator<Buffer> {
  const piece = Buffer.alloc(MIB, 'content ');
  for (let index = 0; index < mib; index += 1) {
    piece.writeUInt32LE(index);
    // A stream keeps what it is given until it was written.
    yield Buffer.from(piece);
  }
}

const [folder = '', mibText] = process.argv.slice(2);
const mib = Number(mibText);
const volume = await openVolume(join(folder, 'copy.cabinet'), { durability: 'off' });
const { fs } = volume;

async function digest(path: string): Promise<string> {
  const hash = createHash('sha1');
  for await (const piece of fs.createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

await pipeline(Readable.from(pieces(mib)), fs.createWriteStream('/big'));
const started = performance.now();
await pipeline(fs.createReadStream('/big'), fs.createWriteStream('/copy'));
const seconds = (performance.now() - started) / 1000;
const isEqual = (await digest('/big')) === (await digest('/copy'));
const { size } = fs.statSync('/copy');
const { ok } = await volume.check();
await volume.close();
const peakMib = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(JSON.stringify({ size, isEqual, ok, peakMib, seconds }));
