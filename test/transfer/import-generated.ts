/** Child: imports an archive that it makes up as it goes, and says how much memory that took. */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { importTar, openVolume } from '#src/index.js';

const BLOCK = 512;
const MIB = 1024 * 1024;

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0        0', 136);
  block.write('ustar\x0000', 257);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function* archive(bytes: number, count: number): Generator<Buffer> {
  const size = Math.floor(bytes / count);
  const padding = Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
  const piece = Buffer.alloc(Math.min(size, MIB), 'content ');
  for (let index = 0; index < count; index += 1) {
    yield header(`dir${index % 100}/file${index}`, size);
    for (let left = size; left > 0; left -= piece.length) {
      yield left < piece.length ? piece.subarray(0, left) : piece;
    }
    if (padding.length > 0) yield padding;
  }
  yield Buffer.alloc(2 * BLOCK);
}

const [folder = '', mib, count] = process.argv.slice(2);
const volume = await openVolume(join(folder, 'big.cabinet'), { durability: 'off' });
const stream = Readable.from(archive(Number(mib) * MIB, Number(count)));
const { files } = await importTar(volume, stream);
await volume.close();
const peakMib = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(JSON.stringify({ files, peakMib }));
