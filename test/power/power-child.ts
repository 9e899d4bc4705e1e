/**
 * Run by the tests of this folder with its files watched: works on a volume and writes marks among the
 * records of its writes and syncs: what it is about to do, and that it was acknowledged.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { compactVolume, importTree, migrateVolume, openVolume, restoreVolume } from '#src/index.js';
import { openForBulkLoad } from '#src/volume/open.js';
import { apply, type Model, perform } from '../crash/operation.js';
import { randomOperation } from '../crash/random-operation.js';
import { between, createRandom, pick } from '../support/random.js';
import type { OpenOptions, Volume } from '../support/subject.js';
import { type Mark, ROOT } from './history.js';

interface Task {
  readonly folder: string;
  readonly scenario: string;
  readonly options: OpenOptions;
  readonly seed: number;
  readonly operations: number;
  /** What an import brings in. */
  readonly source?: string;
}

const {
  folder,
  scenario,
  options,
  seed,
  operations,
  source = '',
} = JSON.parse(process.argv[2] as string) as Task;
const file = join(folder, 'test.cabinet');
const marks = openSync(join(folder, 'marks'), 'a');
const UPKEEP_ONE_IN = 6;

function mark(text: Mark): void {
  writeSync(marks, JSON.stringify(text));
}

/** What is done to a volume beside changing it: barriers, checkpoints, giving space back. */
async function lookAfter(volume: Volume, choice: number): Promise<void> {
  if (choice === 0) {
    mark({ what: 'syncing' });
    await volume.sync();
    mark({ what: 'synced' });
  } else if (choice === 1) await volume.compact({ pagesMax: 50 });
  else await volume.checkpoint(pick(createRandom(choice), ['passive', 'full', 'truncate']));
}

const SCENARIOS: Record<string, () => Promise<void>> = {
  /** A new volume, and random changes of it. */
  async work() {
    const volume = await openVolume(file, options);
    await volume.fs.promises.mkdir(ROOT);
    await volume.sync();
    mark({ what: 'opened' });
    const random = createRandom(seed);
    const model: Model = new Map();
    for (let number = 0; number < operations; number += 1) {
      const operation = randomOperation(random, ROOT, model, `${seed}-${number}`);
      mark({ what: 'begun', operation });
      await perform(volume, operation);
      mark({ what: 'acknowledged' });
      apply(model, operation);
      if (random() < 1 / UPKEEP_ONE_IN) await lookAfter(volume, between(random, 0, 4));
    }
    await volume.close();
    mark({ what: 'closed' });
  },
  async migrate() {
    await migrateVolume(file);
  },
  async compact() {
    await compactVolume(file, { full: true });
  },
  async restore() {
    await restoreVolume(join(folder, 'backup'), file, { overwrite: true });
  },
  async backup() {
    const volume = await openVolume(file, options);
    await volume.backup(join(folder, 'backup'), { overwrite: true });
    mark({ what: 'backed up' });
    await volume.close();
  },
  async import() {
    const volume = await openForBulkLoad(file, options);
    await importTree(volume, source);
    await volume.close();
    mark({ what: 'closed' });
  },
};

await SCENARIOS[scenario]?.();
mark({ what: 'done' });
