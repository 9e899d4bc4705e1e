/** A file read and written through streams, against the `FileHandle` loop that they replace. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openCabinetSync, type SyncFiles } from '../contenders/sync-files.js';
import { payloadOf } from '../harness/payload.js';
import type { Contender, Group, Readings, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { writeBigFile } from './big-file.js';

const MIB = 1_048_576;
const LOOP = 'FileHandle loop';
const STREAM = 'stream';

type Work = (files: SyncFiles, pieceBytes: number, pieces: number) => Promise<void>;

export const styleStreamScenario: Scenario = {
  name: 'style-stream',
  about: 'createReadStream and createWriteStream against a loop over a FileHandle',
  groups: ({ quick }) =>
    [65_536, MIB].flatMap((pieceBytes) => {
      const pieces = ((quick ? 64 : 256) * MIB) / pieceBytes;
      return [
        group('read', pieceBytes, pieces, readLoop, readStream),
        group('write', pieceBytes, pieces, writeLoop, writeStream),
      ];
    }),
};

function group(verb: string, pieceBytes: number, pieces: number, loop: Work, stream: Work): Group {
  const piece = pieceBytes === MIB ? '1 MiB' : `${pieceBytes / 1024} KiB`;
  const title = `${verb} ${(pieces * pieceBytes) / MIB} MiB, pieces of ${piece}`;
  return {
    title,
    metrics: [{ key: 'rate', label: 'MiB/s' }],
    contenders: [
      contender(LOOP, verb, pieceBytes, pieces, loop),
      contender(STREAM, verb, pieceBytes, pieces, stream),
    ],
    goals: [
      { label: title, of: [STREAM, 'rate'], against: [LOOP, 'rate'], bound: { atLeast: 0.8 } },
    ],
  };
}

function contender(
  name: string,
  verb: string,
  pieceBytes: number,
  pieces: number,
  work: Work,
): Contender {
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const files = await openCabinetSync(folder);
      if (verb === 'read') await writeBigFile(files, 'big', pieceBytes, pieces);
      const stopwatch = startStopwatch();
      await work(files, pieceBytes, pieces);
      const rate = (pieceBytes * pieces) / MIB / stopwatch.seconds();
      const { size } = await files.fs.stat('/big');
      verify(size === pieceBytes * pieces, 'the file has its size');
      await files.close();
      return { rate };
    },
  };
}

/** With a buffer of its own for each piece, as who keeps the pieces needs. */
async function readLoop({ fs }: SyncFiles, pieceBytes: number, pieces: number): Promise<void> {
  const file = await fs.open('/big', 'r');
  let total = 0;
  for (let index = 0; index < pieces; index += 1) {
    const { bytesRead } = await file.read(Buffer.allocUnsafeSlow(pieceBytes), 0, pieceBytes);
    total += bytesRead;
  }
  await file.close();
  verify(total === pieceBytes * pieces, 'every piece was read');
}

async function readStream({ all }: SyncFiles, pieceBytes: number, pieces: number): Promise<void> {
  let total = 0;
  const stream = all.createReadStream('/big', { highWaterMark: pieceBytes });
  for await (const piece of stream) total += (piece as Buffer).length;
  verify(total === pieceBytes * pieces, 'every piece was read');
}

function writeLoop(files: SyncFiles, pieceBytes: number, pieces: number): Promise<void> {
  return writeBigFile(files, 'big', pieceBytes, pieces);
}

async function writeStream({ all }: SyncFiles, pieceBytes: number, pieces: number): Promise<void> {
  const content = payloadOf(pieceBytes);
  function* source(): Generator<Buffer> {
    for (let index = 0; index < pieces; index += 1) yield content.of(index);
  }
  const target = all.createWriteStream('/big', { highWaterMark: pieceBytes });
  await pipeline(Readable.from(source()), target);
}
