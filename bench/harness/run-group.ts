/** Runs the contenders of a group in turn, round after round. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type GoalResult, judge } from './judge.js';
import type { Contender, Environment, Group, Readings } from './scenario.js';
import { settle } from './settle.js';
import { emptyFolder, makeFolder } from './workspace.js';

export interface ContenderResult {
  readonly name: string;
  /** One entry per round, in order; shorter than the number of rounds when one failed. */
  readonly rounds: readonly Readings[];
  readonly error?: string;
}

export interface GroupResult {
  readonly title: string;
  readonly contenders: readonly ContenderResult[];
  readonly goals: readonly GoalResult[];
}

interface Running {
  readonly contender: Contender;
  readonly rounds: Readings[];
  /** A contender that failed once has no median worth printing: it is not tried again. */
  error: string | undefined;
}

export async function runGroup(group: Group, environment: Environment): Promise<GroupResult> {
  const folder = await makeFolder('group');
  const all: Running[] = group.contenders.map((contender) => ({
    contender,
    rounds: [],
    error: undefined,
  }));
  try {
    await prepareAll(group, all, folder, environment);
    await runRounds(group, all, environment);
  } finally {
    await disposeAll(group, all);
    await emptyFolder(folder);
  }
  const contenders = all.map(({ contender: { name }, rounds, error }) => ({
    name,
    rounds,
    ...(error === undefined ? {} : { error }),
  }));
  const goals = group.goals.map((goal) => judge(goal, contenders));
  return { title: group.title, contenders, goals };
}

async function prepareAll(
  group: Group,
  all: readonly Running[],
  folder: string,
  { progress }: Environment,
): Promise<void> {
  const shared = join(folder, 'shared');
  await mkdir(shared);
  try {
    await group.prepare?.(shared);
  } catch (error) {
    for (const running of all) running.error = errorText(error);
  }
  for (const [index, running] of all.entries()) {
    const { name, prepare } = running.contender;
    if (prepare === undefined) continue;
    progress(`${group.title}: preparing ${name}`);
    const own = join(folder, `contender-${index}`);
    await mkdir(own);
    await attempt(running, async () => await prepare(own));
  }
}

async function runRounds(
  group: Group,
  all: readonly Running[],
  environment: Environment,
): Promise<void> {
  const rounds = Math.min(environment.rounds, group.roundsMax ?? environment.rounds);
  // The first round compiles code and touches memory for the first time; it does not count.
  const warmUps = rounds > 1 ? 1 : 0;
  for (let round = 0; round < rounds + warmUps; round += 1) {
    for (const running of all) {
      const { contender } = running;
      const number = round < warmUps ? 'warm-up' : `round ${round - warmUps + 1}/${rounds}`;
      environment.progress(`${group.title}: ${number}, ${contender.name}`);
      await attempt(running, async () => {
        const readings = await runOnce(contender, round);
        if (round >= warmUps) running.rounds.push(readings);
      });
    }
  }
}

async function runOnce(contender: Contender, index: number): Promise<Readings> {
  const folder = await makeFolder('round');
  try {
    settle(folder);
    return await contender.run({ index, folder });
  } finally {
    await emptyFolder(folder);
  }
}

async function disposeAll(group: Group, all: readonly Running[]): Promise<void> {
  const steps = [...all.map(({ contender }) => contender.dispose), group.dispose];
  for (const step of steps) await step?.();
}

async function attempt(running: Running, step: () => Promise<void>): Promise<void> {
  if (running.error !== undefined) return;
  try {
    await step();
  } catch (error) {
    running.error = errorText(error);
  }
}

function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  const coded = code === undefined || error.message.includes(code);
  return coded ? error.message : `${code}: ${error.message}`;
}
