/**
 * One big file in pieces of 64 KiB and 1 MiB, written and read in order through a `FileHandle` by a
 * caller who awaits each piece. Plain better-sqlite3 keeps a row per piece: with a transaction per
 * piece, as such a caller would have it, and with a commit per 4 MiB.
 */
import type { OpenFiles } from '../contenders/async-files.js';
import { cabinetName, cabinetOpener } from '../contenders/cabinet.js';
import { NODE_PROMISES, openNodeFiles } from '../contenders/node-promises.js';
import { openPlainChunks, PLAIN_EACH, type PlainChunks } from '../contenders/plain-sqlite.js';
import { fixtureContender } from '../harness/fixture.js';
import { payloadOf } from '../harness/payload.js';
import type { Contender, Goal, Group, Readings, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { writeBigFile } from './big-file.js';
import { warmUp } from './filled-directory.js';

const MIB = 1_048_576;
const COMMIT_BYTES = 4 * MIB;
const PLAIN_BATCHED = 'plain, commits of 4 MiB';
const PLAIN_ROWS = 'plain rows';
const CABINET = cabinetName('normal');

interface Shape {
  readonly pieceBytes: number;
  readonly pieces: number;
}

export const streamScenario: Scenario = {
  name: 'stream',
  about: 'one 512 MB file in 64 KiB and 1 MiB pieces, written and read in order',
  groups: ({ quick }) =>
    [65_536, MIB].flatMap((pieceBytes) => {
      const shape = { pieceBytes, pieces: ((quick ? 64 : 512) * MIB) / pieceBytes };
      return [writeGroup(shape), readGroup(shape)];
    }),
};

function titleOf(verb: string, { pieceBytes, pieces }: Shape): string {
  const piece = pieceBytes === MIB ? '1 MiB' : `${pieceBytes / 1024} KiB`;
  return `${verb} ${(pieces * pieceBytes) / MIB} MiB in order, pieces of ${piece}`;
}

function goal(label: string, against: string): Goal {
  return { label, of: [CABINET, 'rate'], against: [against, 'rate'], bound: { atLeast: 0.85 } };
}

function writeGroup(shape: Shape): Group {
  const title = titleOf('write', shape);
  return {
    title,
    metrics: [
      { key: 'rate', label: 'MiB/s' },
      { key: 'rateClosed', label: 'MiB/s with close' },
    ],
    contenders: [
      plainWriter(PLAIN_EACH, shape, shape.pieceBytes),
      plainWriter(PLAIN_BATCHED, shape, COMMIT_BYTES),
      asyncWriter(NODE_PROMISES, openNodeFiles, shape),
      asyncWriter(CABINET, cabinetOpener('normal'), shape),
    ],
    goals: [
      goal(title, PLAIN_EACH),
      goal(title, PLAIN_BATCHED),
      {
        label: `${title}, with close`,
        of: [CABINET, 'rateClosed'],
        against: [PLAIN_BATCHED, 'rateClosed'],
        bound: { atLeast: 0.85 },
      },
    ],
  };
}

function readGroup(shape: Shape): Group {
  const title = titleOf('read', shape);
  return {
    title,
    metrics: [{ key: 'rate', label: 'MiB/s' }],
    contenders: [
      plainReader(shape),
      asyncReader(NODE_PROMISES, openNodeFiles, shape),
      asyncReader(CABINET, cabinetOpener('normal'), shape),
    ],
    goals: [goal(title, PLAIN_ROWS)],
  };
}

function mebibytesPerSecond({ pieceBytes, pieces }: Shape, seconds: number): number {
  return (pieceBytes * pieces) / MIB / seconds;
}

function writeRows(chunks: PlainChunks, shape: Shape, commitBytes: number): void {
  const content = payloadOf(shape.pieceBytes);
  const perCommit = commitBytes / shape.pieceBytes;
  for (let index = 0; index < shape.pieces; index += 1) {
    if (index % perCommit === 0) chunks.begin();
    chunks.put(index, content.of(index));
    if ((index + 1) % perCommit === 0) chunks.commit();
  }
}

function plainWriter(name: string, shape: Shape, commitBytes: number): Contender {
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const chunks = openPlainChunks(folder);
      const stopwatch = startStopwatch();
      writeRows(chunks, shape, commitBytes);
      const rate = mebibytesPerSecond(shape, stopwatch.seconds());
      chunks.close();
      const rateClosed = mebibytesPerSecond(shape, stopwatch.seconds());
      const reopened = openPlainChunks(folder);
      verify(reopened.totalBytes() === shape.pieces * shape.pieceBytes, 'every row is there');
      reopened.close();
      return { rate, rateClosed };
    },
  };
}

function asyncWriter(name: string, open: OpenFiles, shape: Shape): Contender {
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const files = await open(folder);
      await warmUp(files, payloadOf(10_240));
      const stopwatch = startStopwatch();
      await writeBigFile(files, 'big', shape.pieceBytes, shape.pieces);
      const rate = mebibytesPerSecond(shape, stopwatch.seconds());
      await files.close();
      const rateClosed = mebibytesPerSecond(shape, stopwatch.seconds());
      await verifyBigFile(open, folder, shape);
      return { rate, rateClosed };
    },
  };
}

async function verifyBigFile(open: OpenFiles, folder: string, shape: Shape): Promise<void> {
  const { fs, root, close } = await open(folder);
  const { size } = await fs.stat(`${root}/big`);
  verify(size === shape.pieces * shape.pieceBytes, 'the file has its size');
  const file = await fs.open(`${root}/big`, 'r');
  const buffer = Buffer.alloc(shape.pieceBytes);
  for (let index = 0; index < shape.pieces; index += 7) {
    await file.read(buffer, 0, buffer.length, index * shape.pieceBytes);
    verify(payloadOf(shape.pieceBytes).of(index).equals(buffer), `piece ${index} is right`);
  }
  await file.close();
  await close();
}

function plainReader(shape: Shape): Contender {
  const content = payloadOf(shape.pieceBytes);
  return fixtureContender(
    PLAIN_ROWS,
    async (folder) => {
      const chunks = openPlainChunks(folder);
      writeRows(chunks, shape, COMMIT_BYTES);
      chunks.close();
      return openPlainChunks(folder);
    },
    async (chunks) => {
      let first = 0;
      const stopwatch = startStopwatch();
      for (let index = 0; index < shape.pieces; index += 1) first += chunks.get(index)[0] ?? 0;
      const rate = mebibytesPerSecond(shape, stopwatch.seconds());
      verify(first === sumOfFirstBytes(shape), 'every piece was read');
      verify(content.of(3).equals(chunks.get(3)), 'the content is right');
      return { rate };
    },
  );
}

function asyncReader(name: string, open: OpenFiles, shape: Shape): Contender {
  const buffer = Buffer.alloc(shape.pieceBytes);
  return fixtureContender(
    name,
    async (folder) => {
      const files = await open(folder);
      await writeBigFile(files, 'big', shape.pieceBytes, shape.pieces);
      await files.close();
      return await open(folder);
    },
    async ({ fs, root }) => {
      let first = 0;
      const stopwatch = startStopwatch();
      const file = await fs.open(`${root}/big`, 'r');
      for (let index = 0; index < shape.pieces; index += 1) {
        await file.read(buffer, 0, shape.pieceBytes, index * shape.pieceBytes);
        first += buffer[0] ?? 0;
      }
      await file.close();
      const rate = mebibytesPerSecond(shape, stopwatch.seconds());
      verify(first === sumOfFirstBytes(shape), 'every piece was read');
      return { rate };
    },
  );
}

function sumOfFirstBytes({ pieceBytes, pieces }: Shape): number {
  const content = payloadOf(pieceBytes);
  let sum = 0;
  for (let index = 0; index < pieces; index += 1) sum += content.of(index)[0] ?? 0;
  return sum;
}
