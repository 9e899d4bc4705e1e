/** Reading on the calling thread: `readFileSync`, `statSync`, `existsSync` and `readdirSync`. */
import { cabinetName } from '../contenders/cabinet.js';
import {
  NODE_SYNC,
  type OpenSyncFiles,
  openCabinetSync,
  openNodeSync,
  type SyncFiles,
} from '../contenders/sync-files.js';
import { fixtureContender } from '../harness/fixture.js';
import { fileName, payloadOf } from '../harness/payload.js';
import type { Contender, Group, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { openFilled, scattered } from './filled-directory.js';

const COUNT = 1000;
const STEPS = 20_000;
const LISTED = 10_000;
const LISTINGS = 10;
const SIZE_BYTES = 10_240;
const payload = payloadOf(SIZE_BYTES);
const CABINET = cabinetName('normal');
const at = scattered(COUNT);

type Use = (files: SyncFiles, index: number) => void;

export const syncReadScenario: Scenario = {
  name: 'sync-read',
  about: 'readFileSync of 10 KB, statSync, existsSync and readdirSync with types',
  groups: () => [
    group('readFileSync 10 KB, bytes', 1, ({ all, root }, index) => {
      const content = all.readFileSync(`${root}/files/${fileName(index)}`);
      verify(content.length === SIZE_BYTES, 'the file has its length');
    }),
    group('readFileSync 10 KB, text', 1, ({ all, root }, index) => {
      const content = all.readFileSync(`${root}/files/${fileName(index)}`, 'utf8');
      verify(content.length > 0, 'the file has content');
    }),
    group('statSync', 0.5, ({ all, root }, index) => {
      const { size } = all.statSync(`${root}/files/${fileName(index)}`);
      verify(size === SIZE_BYTES, 'stat gives the size');
    }),
    group('existsSync', undefined, ({ all, root }, index) => {
      verify(all.existsSync(`${root}/files/${fileName(index)}`), 'the file is there');
    }),
    listing(),
  ],
};

function group(title: string, atLeast: number | undefined, use: Use): Group {
  const contender = (name: string, open: OpenSyncFiles): Contender =>
    fixtureContender(
      name,
      (folder) => openFilled(open, folder, COUNT, payload),
      async (files) => {
        const stopwatch = startStopwatch();
        for (let step = 0; step < STEPS; step += 1) use(files, at(step));
        return { rate: STEPS / stopwatch.seconds() };
      },
    );
  return compared(title, 'calls/s', atLeast, contender);
}

function listing(): Group {
  const contender = (name: string, open: OpenSyncFiles): Contender =>
    fixtureContender(
      name,
      (folder) => openFilled(open, folder, LISTED, payloadOf(100)),
      async ({ all, root }) => {
        const stopwatch = startStopwatch();
        for (let step = 0; step < LISTINGS; step += 1) {
          const entries = all.readdirSync(`${root}/files`, { withFileTypes: true });
          verify(entries.length === LISTED, 'every entry is listed');
          verify(entries.every((entry) => entry.isFile()) === true, 'entries have their type');
        }
        return { rate: (LISTED * LISTINGS) / stopwatch.seconds() };
      },
    );
  return compared('readdirSync with types of 10,000', 'entries/s', 2, contender);
}

function compared(
  title: string,
  label: string,
  /** Without it the table alone is shown. */
  atLeast: number | undefined,
  contender: (name: string, open: OpenSyncFiles) => Contender,
): Group {
  return {
    title,
    metrics: [{ key: 'rate', label }],
    contenders: [contender(NODE_SYNC, openNodeSync), contender(CABINET, openCabinetSync)],
    goals:
      atLeast === undefined
        ? []
        : [
            {
              label: title,
              of: [CABINET, 'rate'],
              against: [NODE_SYNC, 'rate'],
              bound: { atLeast },
            },
          ],
  };
}
