/**
 * A process that writes is killed at random moments. Afterwards everything acknowledged is there,
 * what was under way is there wholly or not at all, and the check passes.
 *
 * CABINET_CRASH_RUNS: kills in total, 100 if not given. CABINET_CRASH_SEED: repeats choices and
 * moments as far as the scheduling of processes allows.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { openVolume } from '#src/index.js';
import { between, createRandom, type Random, seedFrom } from '../support/random.js';
import { assertVolumeSound, type OpenOptions, type Volume } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';
import { apply, difference, type Model, type Operation, readModel } from './operation.js';

const CHILD = fileURLToPath(new URL('./crash-child.js', import.meta.url));
const LEVELS = ['full', 'interval', 'normal', 'off'] as const;
const RUNS = Number(process.env.CABINET_CRASH_RUNS ?? 100);
const SEED = seedFrom('CABINET_CRASH_SEED');
const ACTORS = 6;
const LIFE_MAX_MS = 250;
/** One kill in so many comes while the child is still starting and opening. */
const EARLY_ONE_IN = 8;
const START_MAX_MS = 300;

interface LogLine {
  readonly actor: number;
  readonly operation?: Operation;
}

interface Series {
  readonly file: string;
  readonly log: string;
  readonly options: OpenOptions;
  readonly random: Random;
  /** Content of each actor's directory when the round began. */
  readonly models: Model[];
}

for (const [index, durability] of LEVELS.entries()) {
  test(`nothing acknowledged is lost to a kill with durability '${durability}'`, async (t) => {
    t.timeout(RUNS * 10_000 + 60_000);
    const seed = SEED + index;
    t.log(`CABINET_CRASH_SEED=${SEED}`);
    const runs = Math.ceil(RUNS / LEVELS.length);
    await withFolder(async (folder) => {
      const series: Series = {
        file: join(folder, 'test.cabinet'),
        log: join(folder, 'log'),
        // Small, so that kills also hit checkpoints.
        options: { durability, checkpointWalBytes: 1024 * 1024, syncIntervalMs: 20 },
        random: createRandom(seed),
        models: Array.from({ length: ACTORS }, () => new Map()),
      };
      let acknowledged = 0;
      for (let run = 0; run < runs; run += 1) {
        await liveAndDie(series, seed + run * 1000, run % EARLY_ONE_IN === EARLY_ONE_IN - 1);
        acknowledged += await examine(t, series, `seed ${seed}, run ${run}`);
      }
      t.log(`${runs} kills, ${acknowledged} acknowledged operations`);
      t.true(acknowledged > 0);
    });
  });
}

async function liveAndDie(series: Series, seed: number, dieEarly: boolean): Promise<void> {
  const { file, log, options, random } = series;
  const args = [file, log, String(seed), JSON.stringify(options), String(ACTORS)];
  const child: ChildProcess = fork(CHILD, args, { execArgv: [] });
  const ended = once(child, 'exit');
  if (!dieEarly) await Promise.race([once(child, 'message'), ended]);
  await pause(between(random, 0, dieEarly ? START_MAX_MS : LIFE_MAX_MS));
  child.kill('SIGKILL');
  const [code, signal] = await ended;
  if (signal !== 'SIGKILL') throw new Error(`the child ended by itself with code ${code}`);
}

/** Opens what the killed process left, compares, and takes it as the start of the next round. */
async function examine(t: ExecutionContext, series: Series, run: string): Promise<number> {
  const { acknowledged, underWay } = replay(series);
  const volume = await openVolume(series.file, series.options);
  try {
    await assertVolumeSound(volume);
    for (const [actor, model] of series.models.entries()) {
      const found = await contentOfActor(volume, actor);
      assertWhole(t, model, underWay.get(actor), found, `${run}, actor ${actor}`);
      series.models[actor] = found;
    }
  } finally {
    await volume.close();
  }
  await rm(series.log, { force: true });
  return acknowledged;
}

async function contentOfActor(volume: Volume, actor: number): Promise<Model> {
  const root = `/actor-${actor}`;
  const names = (await volume.fs.promises.readdir('/')) as string[];
  return names.includes(root.slice(1)) ? await readModel(volume, root) : new Map();
}

function assertWhole(
  t: ExecutionContext,
  model: Model,
  operation: Operation | undefined,
  found: Model,
  where: string,
): void {
  const without = difference(model, found);
  if (without === undefined || operation === undefined) {
    t.is(without, undefined, where);
    return;
  }
  const done: Model = new Map(model);
  apply(done, operation);
  const what = `${JSON.stringify(operation)}\nnot done: ${without}\ndone: `;
  t.is(difference(done, found), undefined, `${where}\n${what}`);
}

/** Applies what was acknowledged to the models; returns what was under way in each actor. */
function replay(series: Series): { acknowledged: number; underWay: Map<number, Operation> } {
  const underWay = new Map<number, Operation>();
  let acknowledged = 0;
  for (const { actor, operation } of readLog(series.log)) {
    if (operation !== undefined) {
      underWay.set(actor, operation);
      continue;
    }
    apply(series.models[actor] as Model, underWay.get(actor) as Operation);
    underWay.delete(actor);
    acknowledged += 1;
  }
  return { acknowledged, underWay };
}

/** The last line may be cut off: then the operation had not begun. */
function readLog(path: string): LogLine[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as LogLine);
}
