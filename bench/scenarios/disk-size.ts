/** What 10 KB and 100-byte files occupy on disk, after close, per byte of payload. */
import type { OpenFiles } from '../contenders/async-files.js';
import { cabinetName, cabinetOpener } from '../contenders/cabinet.js';
import { NODE_PROMISES, openNodeFiles } from '../contenders/node-promises.js';
import { diskUsageBytes } from '../harness/disk-usage.js';
import { payloadOf } from '../harness/payload.js';
import type { Contender, Group, Readings, Scenario } from '../harness/scenario.js';
import { fillDirectory, openFilledPlain } from './filled-directory.js';

const CABINET = cabinetName('normal');

export const diskSizeScenario: Scenario = {
  name: 'disk-size',
  about: 'size on disk per payload of 10 KB and 100-byte files',
  groups: ({ quick }) => [
    sizeGroup(10_240, quick ? 2000 : 10_000, 1.25),
    sizeGroup(100, quick ? 10_000 : 20_000, 2),
  ],
};

function sizeGroup(sizeBytes: number, count: number, atMost: number): Group {
  const title = `size on disk, ${sizeBytes === 100 ? '100-byte' : '10 KB'} files`;
  return {
    title,
    metrics: [{ key: 'perPayload', label: 'disk / payload' }],
    // Nothing here depends on the speed of the machine.
    roundsMax: 1,
    contenders: [
      plainContender(sizeBytes, count),
      asyncContender(NODE_PROMISES, openNodeFiles, sizeBytes, count),
      asyncContender(CABINET, cabinetOpener('normal'), sizeBytes, count),
    ],
    goals: [
      { label: title, of: [CABINET, 'perPayload'], unit: 'times the payload', bound: { atMost } },
    ],
  };
}

function plainContender(sizeBytes: number, count: number): Contender {
  return {
    name: 'plain',
    run: async ({ folder }): Promise<Readings> => {
      openFilledPlain(folder, count, payloadOf(sizeBytes)).close();
      return { perPayload: (await diskUsageBytes(folder)) / (count * sizeBytes) };
    },
  };
}

function asyncContender(
  name: string,
  open: OpenFiles,
  sizeBytes: number,
  count: number,
): Contender {
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const files = await open(folder);
      await fillDirectory(files, 'files', count, payloadOf(sizeBytes));
      await files.close();
      return { perPayload: (await diskUsageBytes(folder)) / (count * sizeBytes) };
    },
  };
}
