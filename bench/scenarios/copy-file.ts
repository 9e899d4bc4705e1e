/** `copyFile` of 100 MB: how long it takes, and what it adds to the disk. */
import type { OpenFiles } from '../contenders/async-files.js';
import { cabinetName, cabinetOpener } from '../contenders/cabinet.js';
import { NODE_PROMISES, openNodeFiles } from '../contenders/node-promises.js';
import { diskUsageBytes } from '../harness/disk-usage.js';
import { payloadOf } from '../harness/payload.js';
import type { Contender, Readings, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';

const PIECE_BYTES = 1_048_576;
const PIECES = 100;
const COPIES = 3;
const piece = payloadOf(PIECE_BYTES);
const CABINET = cabinetName('normal');

export const copyFileScenario: Scenario = {
  name: 'copy-file',
  about: 'copyFile of 100 MB, time and space',
  groups: () => [
    {
      title: 'copyFile of 100 MB',
      metrics: [
        { key: 'rate', label: 'MiB/s' },
        { key: 'rateClosed', label: 'MiB/s with close' },
        { key: 'space', label: 'disk / bytes copied' },
      ],
      contenders: [
        contender(NODE_PROMISES, openNodeFiles),
        contender(CABINET, cabinetOpener('normal')),
      ],
      goals: [
        {
          label: 'copyFile of 100 MB',
          of: [CABINET, 'rate'],
          against: [NODE_PROMISES, 'rate'],
          bound: { atLeast: 5 },
        },
        {
          label: 'copyFile of 100 MB, space',
          of: [CABINET, 'space'],
          unit: 'of the bytes copied',
          bound: { atMost: 0.01 },
        },
      ],
    },
  ],
};

function contender(name: string, open: OpenFiles): Contender {
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      await writeSource(open, folder);
      const before = await diskUsageBytes(folder);
      const { fs, root, close } = await open(folder);
      const stopwatch = startStopwatch();
      for (let copy = 0; copy < COPIES; copy += 1) {
        await fs.copyFile(`${root}/source`, `${root}/copy-${copy}`);
      }
      const rate = (COPIES * PIECES) / stopwatch.seconds();
      await close();
      const rateClosed = (COPIES * PIECES) / stopwatch.seconds();
      await verifyCopies(open, folder);
      const after = await diskUsageBytes(folder);
      // Closing may even give back a little.
      const space = Math.max(0, after - before) / (COPIES * PIECES * PIECE_BYTES);
      return { rate, rateClosed, space };
    },
  };
}

async function writeSource(open: OpenFiles, folder: string): Promise<void> {
  const { fs, root, close } = await open(folder);
  const source = await fs.open(`${root}/source`, 'w');
  for (let index = 0; index < PIECES; index += 1) {
    await source.write(piece.of(index), 0, PIECE_BYTES, index * PIECE_BYTES);
  }
  await source.close();
  await close();
}

async function verifyCopies(open: OpenFiles, folder: string): Promise<void> {
  const { fs, root, close } = await open(folder);
  const copy = await fs.open(`${root}/copy-${COPIES - 1}`, 'r');
  const buffer = Buffer.alloc(PIECE_BYTES);
  for (let index = 0; index < PIECES; index += 1) {
    await copy.read(buffer, 0, PIECE_BYTES, index * PIECE_BYTES);
    verify(piece.of(index).equals(buffer), `piece ${index} of the copy is right`);
  }
  await copy.close();
  await close();
}
