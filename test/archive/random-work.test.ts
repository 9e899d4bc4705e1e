/**
 * Random work by two processes, of which one archives and is killed now and then; every state that was
 * recorded when it was shipped can be restored, by its commit and by its time, and is the same.
 *
 * CABINET_ARCHIVE_RUNS: sequences, 8 if not given. CABINET_ARCHIVE_SEED: repeats them, as far as the
 * scheduling of processes allows.
 */
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { Child } from '../support/child.js';
import { seedFrom } from '../support/random.js';
import type { OpenOptions } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';
import {
  assertRestores,
  openChild,
  type Recorded,
  record,
  restoredTree,
  SELDOM_SECONDS,
} from './stage.js';

const RUNS = Number(process.env.CABINET_ARCHIVE_RUNS ?? 8);
const SEED = seedFrom('CABINET_ARCHIVE_SEED');
const CHECKED_MAX = 6;

type Step =
  | { readonly kind: 'work' | 'foreignWork'; readonly seed: number; readonly count: number }
  | { readonly kind: 'odd'; readonly seed: number }
  | { readonly kind: 'big'; readonly megabytes: number }
  | { readonly kind: 'checkpoint' | 'foreignCheckpoint'; readonly mode: string }
  | { readonly kind: 'ship' | 'reopen' | 'kill' | 'foreignLeaves' | 'closeAndForeign' };

const seed = fc.integer({ min: 1, max: 1_000_000 });
const mode = fc.constantFrom('passive', 'full', 'restart', 'truncate');

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('work' as const),
      seed,
      count: fc.integer({ min: 1, max: 25 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('foreignWork' as const),
      seed,
      count: fc.integer({ min: 1, max: 15 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('odd' as const), seed }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('big' as const),
      megabytes: fc.integer({ min: 1, max: 20 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('checkpoint' as const), mode }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('foreignCheckpoint' as const), mode }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('ship' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('reopen' as const, 'kill' as const) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('foreignLeaves' as const, 'closeAndForeign' as const),
    }),
  },
);

/** The processes, and what they have recorded. */
class Play {
  readonly recorded: Recorded[] = [];
  readonly file: string;
  readonly directory: string;
  readonly #options: OpenOptions;
  #archiving: Child;
  #foreign: Child | undefined;

  constructor(folder: string, checkpointWalBytes: number) {
    this.file = join(folder, 'test.cabinet');
    this.directory = join(folder, 'archive');
    const archive = { dir: this.directory, everySeconds: SELDOM_SECONDS };
    this.#options = { archive, checkpointWalBytes, syncIntervalMs: 20, busyTimeoutMs: 20_000 };
    this.#archiving = openChild(this.file, this.#options);
  }

  async perform(next: Step): Promise<void> {
    switch (next.kind) {
      case 'work':
        await this.#archiving.ask('work', '/own', next.seed, next.count);
        break;
      case 'foreignWork':
        await this.#other().ask('work', '/foreign', next.seed, next.count);
        break;
      case 'odd':
        await this.#archiving.ask('oddities', '/odd', next.seed);
        break;
      case 'big':
        await this.#archiving.ask('big', '/big', next.megabytes * 1_000_000);
        break;
      case 'checkpoint':
        await this.#archiving.ask('checkpoint', next.mode);
        break;
      case 'foreignCheckpoint':
        await this.#other().ask('checkpoint', next.mode);
        break;
      case 'ship':
        this.recorded.push(await record(this.#archiving));
        break;
      case 'reopen':
        await this.#archiving.end();
        this.#archiving = openChild(this.file, this.#options);
        break;
      case 'kill':
        await this.#archiving.kill();
        this.#archiving = openChild(this.file, this.#options);
        break;
      case 'foreignLeaves':
        await this.#foreign?.end();
        this.#foreign = undefined;
        break;
      case 'closeAndForeign':
        // Somebody writes while nobody archives.
        await this.#archiving.end();
        await this.#other().ask('work', '/foreign', 1, 3);
        this.#archiving = openChild(this.file, this.#options);
        break;
    }
  }

  #other(): Child {
    const { archive: _, ...options } = this.#options;
    this.#foreign ??= openChild(this.file, options);
    return this.#foreign;
  }

  async end(): Promise<void> {
    this.recorded.push(await record(this.#archiving));
    await this.#foreign?.end();
    await this.#archiving.end();
  }

  async stop(): Promise<void> {
    for (const child of [this.#foreign, this.#archiving]) {
      if (child?.process.exitCode === null && child.process.signalCode === null) await child.kill();
    }
  }
}

async function play(t: ExecutionContext, steps: readonly Step[], walBytes: number): Promise<void> {
  await withFolder(async (folder) => {
    const stage = new Play(folder, walBytes);
    try {
      for (const next of steps) await stage.perform(next);
      await stage.end();
      const { recorded, directory } = stage;
      const stride = Math.max(1, Math.ceil(recorded.length / CHECKED_MAX));
      for (const [index, state] of recorded.entries()) {
        const isLast = index === recorded.length - 1;
        if (isLast || index % stride === 0) await assertRestores(t, directory, state, folder);
      }
      const newest = await restoredTree(t, directory, undefined, folder);
      t.deepEqual(newest, recorded.at(-1)?.tree);
    } finally {
      await stage.stop();
    }
  });
}

test('every state that was recorded is restored as it was', async (t) => {
  t.timeout(RUNS * 60_000);
  t.log(`CABINET_ARCHIVE_SEED=${SEED}`);
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 4, maxLength: 22 }),
      fc.constantFrom(65_536, 300_000, 2_000_000),
      async (steps, walBytes) => {
        await play(t, steps, walBytes);
      },
    ),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
});
