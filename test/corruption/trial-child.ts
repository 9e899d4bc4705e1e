/** A process that tries damaged volumes, one after the other, and tells of each: it may die of one. */
import { readFileSync, rmSync } from 'node:fs';
import { databaseMutations, logMutations, type Mutation } from './mutations.js';
import type { Sample } from './sample.js';
import { runTrial } from './trial.js';

export interface TrialOrder {
  readonly sample: Sample;
  /** What is damaged. */
  readonly target: 'database' | 'log';
  readonly seed: number;
  readonly randomCount: number;
  /** Names of the mutations to try. */
  readonly names: readonly string[];
  readonly folder: string;
  /** One in so many is exported and written to as well; 0: none. */
  readonly longEvery: number;
}

function bytesOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function work(order: TrialOrder): Promise<void> {
  const { sample, target, seed, randomCount, folder } = order;
  const { metadataPages = [] } = sample;
  const database = readFileSync(sample.file);
  const log = bytesOf(`${sample.file}-wal`);
  const length = target === 'log' ? (log?.length ?? 0) : database.length;
  const make = target === 'log' ? logMutations : databaseMutations;
  const all = new Map<string, Mutation>(
    make({ length, seed, randomCount, metadataPages }).map((mutation) => [mutation.name, mutation]),
  );
  for (const [index, name] of order.names.entries()) {
    const mutation = all.get(name) as Mutation;
    process.send?.({ starting: name });
    const damaged = {
      database: target === 'log' ? database : mutation.apply(Buffer.from(database)),
      log: target === 'log' && log !== undefined ? mutation.apply(Buffer.from(log)) : log,
    };
    const isLong = order.longEvery > 0 && index % order.longEvery === 0;
    const trial = await runTrial({ sample, name, kind: mutation.kind, folder, isLong, ...damaged });
    process.send?.({ trial });
  }
  rmSync(folder, { recursive: true, force: true });
  process.send?.({ done: true });
}

process.on('message', (order: TrialOrder) => {
  work(order).then(
    () => process.disconnect(),
    (error: unknown) => {
      process.send?.({ failed: error instanceof Error ? `${error.stack}` : String(error) });
      process.disconnect();
    },
  );
});
