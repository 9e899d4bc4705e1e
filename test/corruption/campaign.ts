/** Tries many damaged volumes in processes of their own and adds up what came out. */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Mutation } from './mutations.js';
import type { Sample } from './sample.js';
import type { Outcome, Trial } from './trial.js';
import type { TrialOrder } from './trial-child.js';

const CHILD = fileURLToPath(new URL('./trial-child.js', import.meta.url));
/** A trial takes a fraction of a second; what takes so long hangs. */
const TRIAL_MAX_MS = 120_000;
const NAMES_AT_ONCE = 50;

type Message =
  | { readonly starting: string }
  | { readonly trial: Trial }
  | { readonly failed: string }
  | { readonly done: true };

export interface CampaignResult {
  readonly trials: readonly Trial[];
  /** Mutations of which a process died or did not come back, and faults of the program. */
  readonly fatal: readonly string[];
}

export interface Campaign {
  readonly sample: Sample;
  readonly target: 'database' | 'log';
  readonly mutations: readonly Mutation[];
  readonly seed: number;
  readonly randomCount: number;
  readonly folder: string;
  readonly longEvery: number;
  readonly processes: number;
}

/** One process for a part of the mutations; resolves with the names that it did not come to. */
function runPart(order: TrialOrder, trials: Trial[], fatal: string[]): Promise<readonly string[]> {
  const child = fork(CHILD, [], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return new Promise((resolve) => {
    let current = '';
    let left = [...order.names];
    const expire = (): void => {
      fatal.push(`${current}: did not come back`);
      child.kill('SIGKILL');
    };
    let timer = setTimeout(expire, TRIAL_MAX_MS);
    child.on('message', (message: Message) => {
      clearTimeout(timer);
      timer = setTimeout(expire, TRIAL_MAX_MS);
      if ('starting' in message) {
        current = message.starting;
        left = left.slice(1);
      } else if ('trial' in message) {
        trials.push(message.trial);
        current = '';
      } else if ('failed' in message) {
        fatal.push(`${current}: ${message.failed}`);
        current = '';
      }
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (current !== '' && signal !== 'SIGKILL')
        fatal.push(`${current}: ended with ${signal ?? code}`);
      resolve(left);
    });
    child.send(order);
  });
}

export async function runCampaign(campaign: Campaign): Promise<CampaignResult> {
  const { sample, target, seed, randomCount, longEvery, mutations } = campaign;
  const trials: Trial[] = [];
  const fatal: string[] = [];
  const waiting = mutations.map(({ name }) => name);
  const work = async (number: number): Promise<void> => {
    for (;;) {
      const names = waiting.splice(0, NAMES_AT_ONCE);
      if (names.length === 0) return;
      const folder = `${campaign.folder}/trial-${number}`;
      const order = { sample, target, seed, randomCount, names, folder, longEvery };
      // What a process that died has not come to goes to the next one.
      waiting.unshift(...(await runPart(order, trials, fatal)));
    }
  };
  await Promise.all(Array.from({ length: campaign.processes }, (_, number) => work(number)));
  return { trials, fatal };
}

/** The size of the file that is damaged. */
export function targetBytes({ file }: Sample, target: Campaign['target']): number {
  return readFileSync(target === 'log' ? `${file}-wal` : file).length;
}

const OUTCOMES: readonly Outcome[] = [
  'wrong content',
  'wrong content, found by check',
  'wrong attributes',
  'found by check',
  'earlier state',
  'refused to read',
  'refused to open',
  'harmless',
];

/** A line per kind of mutation. */
export function tableOf(trials: readonly Trial[]): string[] {
  const kinds = [...new Set(trials.map(({ kind }) => kind))];
  const row = (name: string, some: readonly Trial[]): string => {
    const counts = OUTCOMES.map(
      (outcome) => some.filter((trial) => trial.outcome === outcome).length,
    );
    const shares = [share(some, 'salvaged'), share(some, 'salvagedAnywhere')];
    return `| ${name} | ${some.length} | ${counts.join(' | ')} | ${shares.join(' | ')} |`;
  };
  return [
    `| what was done | times | ${OUTCOMES.join(' | ')} | files salvaged | with those whose path is lost |`,
    `| - | - | ${OUTCOMES.map(() => '-').join(' | ')} | - | - |`,
    ...kinds.map((kind) =>
      row(
        kind,
        trials.filter((trial) => trial.kind === kind),
      ),
    ),
    row('all', trials),
  ];
}

function share(trials: readonly Trial[], name: 'salvaged' | 'salvagedAnywhere'): string {
  const sum = (of: typeof name | 'files'): number =>
    trials.reduce((total, trial) => total + trial[of], 0);
  return `${((100 * sum(name)) / Math.max(1, sum('files'))).toFixed(1)} %`;
}
