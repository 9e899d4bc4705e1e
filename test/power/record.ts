/** Records a run of `power-child.js`, and puts the volume together again after each of many power cuts. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DiskRecord, readDiskLog } from '../support/disk/log.js';
import { shimEnvironment } from '../support/disk/shim.js';
import { LOSSES, type Loss, SimulatedDisk } from '../support/disk/simulated-disk.js';
import { createRandom, type Random } from '../support/random.js';
import { runNode } from '../support/run-program.js';
import type { OpenOptions } from '../support/subject.js';

const CHILD = fileURLToPath(new URL('./power-child.js', import.meta.url));

export interface Recording {
  readonly folder: string;
  readonly disk: SimulatedDisk;
  readonly records: readonly DiskRecord[];
}

export interface RecordRequest {
  readonly shim: string;
  /** Holds what is there at the start. */
  readonly folder: string;
  readonly scenario: string;
  readonly options?: OpenOptions;
  readonly seed?: number;
  readonly operations?: number;
  readonly source?: string;
}

export async function recordRun(request: RecordRequest): Promise<Recording> {
  const { shim, folder, scenario, options = {}, seed = 1, operations = 0, source } = request;
  mkdirSync(folder, { recursive: true });
  const disk = new SimulatedDisk();
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    disk.addStable(path, readFileSync(path));
  }
  const log = `${folder}.log`;
  const task = JSON.stringify({ folder, scenario, options, seed, operations, source });
  const env = shimEnvironment(shim, { folder, log });
  const { status, stderr } = await runNode([CHILD, task], { env });
  if (status !== 0) throw new Error(`the recorded run ended with ${status}: ${stderr}`);
  const records = readDiskLog(log);
  rmSync(log);
  return { folder, disk, records };
}

export interface Cut {
  /** Records before it. */
  readonly at: number;
  readonly loss: Loss;
  readonly folder: string;
  readonly timeMs: number;
}

export interface CutChoice {
  readonly seed: number;
  /** Cuts that are examined, spread over all records; each loss is tried at every one if 0. */
  readonly cuts: number;
}

/**
 * Feeds the records to the disk one by one. `note` hears of each and says whether a power cut may come
 * after it; `examine` is called with the folder that one leaves. Returns how many cuts there were.
 */
export async function cutEverywhere(
  { folder, disk, records }: Recording,
  { seed, cuts }: CutChoice,
  note: (record: DiskRecord) => boolean,
  examine: (cut: Cut) => Promise<void>,
): Promise<number> {
  const random = createRandom(seed);
  const share = cuts === 0 ? 1 : cuts / Math.max(1, records.length);
  let total = 0;
  for (const [index, record] of records.entries()) {
    disk.feed(record);
    if (!note(record)) continue;
    for (const loss of lossesAt(random, cuts, share)) {
      const place = `${folder}.cut`;
      disk.cut(place, loss, random);
      const at = index + 1;
      await examine({ at, loss, folder: place, timeMs: record.timeMs });
      rmSync(place, { recursive: true, force: true });
      total += 1;
    }
  }
  return total;
}

function lossesAt(random: Random, cuts: number, share: number): readonly Loss[] {
  if (cuts === 0) return LOSSES;
  if (random() >= share) return [];
  return [LOSSES[Math.floor(random() * LOSSES.length)] as Loss];
}
