/** The command line of the benchmark. */
import { parseArgs } from 'node:util';

export interface BenchArguments {
  /** Names of scenarios, or part of them; empty means all. */
  readonly only: readonly string[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly json: string | undefined;
  readonly list: boolean;
  readonly help: boolean;
}

export const USAGE = `Usage: node build/bench/main.js [options]

  --only name,...   run these scenarios only (a name or its beginning)
  --rounds N        interleaved rounds per group (default 5, with --quick 3)
  --quick           smaller inputs: minutes instead of an hour
  --json file       also write every reading to a file
  --list            list the scenarios and end

Works in a folder under CABINET_BENCH_DIR (default: the system's temporary folder), which it
removes; keep 40 GB free there for the full run. Exit code 1: a contender failed or a result was
not verified. A missed goal is marked and does not change the exit code.`;

/** Throws a TypeError that says what is wrong. */
export function parseArguments(args: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const rounds = values.rounds === undefined ? (values.quick ? 3 : 5) : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new TypeError(`--rounds takes a whole number of at least 1, not ${values.rounds}`);
  }
  return {
    only: (values.only ?? []).flatMap((names) => names.split(',')).filter((name) => name !== ''),
    rounds,
    quick: values.quick,
    json: values.json,
    list: values.list,
    help: values.help,
  };
}
