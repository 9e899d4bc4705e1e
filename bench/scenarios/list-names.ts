/** A directory of a million names: read in a stream, whose memory must not grow with it, and as a whole. */
import { type CabinetFiles, openCabinet, volumePath } from '../contenders/cabinet.js';
import { runChild } from '../harness/child.js';
import { fileName } from '../harness/payload.js';
import { childProgram } from '../harness/project.js';
import type { Contender, Scenario } from '../harness/scenario.js';
import { verify } from '../harness/verify.js';

const MB = 1_000_000;
const PER_TRANSACTION = 10_000;
const FEW = 10_000;

interface Listing {
  readonly count: number;
  readonly seconds: number;
  readonly bytes: number;
}

export const listNamesScenario: Scenario = {
  name: 'list-names',
  about: 'memory and speed of listing a directory of a million names',
  groups: ({ quick, progress }) => {
    const many = quick ? 100_000 : 1_000_000;
    let path = '';
    const contender = (way: string, count: number): Contender => ({
      name: nameOf(way, count),
      run: async () => {
        const args = [childProgram('list-names'), path, directoryOf(count), way];
        const listing = JSON.parse(await runChild(process.execPath, args)) as Listing;
        verify(listing.count === count, 'all names are told');
        return { rate: count / listing.seconds, memory: listing.bytes / MB };
      },
    });
    return [
      {
        title: 'listing a directory, in a process of its own with a budget of 16 MiB',
        metrics: [
          { key: 'rate', label: 'names/s' },
          { key: 'memory', label: 'MB beyond the open volume' },
        ],
        contenders: [
          contender('opendir', FEW),
          contender('opendir', many),
          contender('readdir', FEW),
          contender('readdir', many),
        ],
        goals: [
          {
            label: `opendir of ${many.toLocaleString('en-US')} names`,
            of: [nameOf('opendir', many), 'memory'],
            unit: 'MB beyond the open volume',
            bound: { atMost: 32 },
          },
        ],
        prepare: async (folder) => {
          const files = await openCabinet(folder);
          for (const count of [FEW, many]) {
            progress(`list-names: making ${count} names`);
            await makeNames(files, count);
          }
          await files.close();
          path = volumePath(folder);
        },
      },
    ];
  },
};

function nameOf(way: string, count: number): string {
  return `${way}, ${count.toLocaleString('en-US')} names`;
}

function directoryOf(count: number): string {
  return `/names-${count}`;
}

async function makeNames({ volume }: CabinetFiles, count: number): Promise<void> {
  const directory = directoryOf(count);
  await volume.transaction((tx) => void tx.mkdir(directory));
  for (let first = 0; first < count; first += PER_TRANSACTION) {
    await volume.transaction((tx) => {
      for (let index = first; index < first + PER_TRANSACTION; index += 1) {
        tx.writeFile(`${directory}/${fileName(index)}`, '');
      }
    });
  }
}
