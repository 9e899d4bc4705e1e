/** `npm run bench`: runs the scenarios and prints ratios that hold within this run. */
import { writeFileSync } from 'node:fs';
import { parseArguments, USAGE } from './arguments.js';
import { describeMachine, machineLines } from './harness/machine.js';
import { goalLine, groupLines } from './harness/report.js';
import { type GroupResult, runGroup } from './harness/run-group.js';
import type { Environment, Scenario } from './harness/scenario.js';
import { openWorkspace } from './harness/workspace.js';
import { SCENARIOS } from './scenarios/index.js';

async function main(): Promise<number> {
  const args = parseArguments(process.argv.slice(2));
  if (args.help) return print([USAGE]);
  if (args.list) return print(SCENARIOS.map(({ name, about }) => `${name.padEnd(20)} ${about}`));

  const scenarios = selectScenarios(args.only);
  const machine = describeMachine(await openWorkspace());
  const environment: Environment = { quick: args.quick, rounds: args.rounds, progress };
  print([...machineLines(machine), describeRun(environment), '']);

  const results: GroupResult[] = [];
  for (const scenario of scenarios) {
    for (const group of scenario.groups(environment)) {
      const result = await runGroup(group, environment);
      progress('');
      print(groupLines(group, result));
      results.push(result);
    }
  }
  print([
    'All goals',
    ...results.flatMap(({ goals }) => goals.map((goal) => `  ${goalLine(goal)}`)),
  ]);
  if (args.json !== undefined) {
    writeFileSync(args.json, `${JSON.stringify({ machine, environment, results }, null, 2)}\n`);
  }
  const failed = results.some(({ contenders }) => contenders.some(({ error }) => error));
  return failed ? 1 : 0;
}

function describeRun({ quick, rounds }: Environment): string {
  const sizes = quick ? 'quick: inputs are smaller than the goals ask for' : 'full size';
  const measured =
    rounds === 1
      ? 'one round, no warm-up'
      : `medians of ${rounds} interleaved rounds after a warm-up`;
  return `${measured}, ${sizes}`;
}

function selectScenarios(only: readonly string[]): readonly Scenario[] {
  const selected = new Set(only.flatMap(scenariosCalled));
  return only.length === 0 ? SCENARIOS : SCENARIOS.filter((scenario) => selected.has(scenario));
}

/** The scenario of that name, or all whose name begins so. */
function scenariosCalled(part: string): readonly Scenario[] {
  const exact = SCENARIOS.filter(({ name }) => name === part);
  const called = exact.length > 0 ? exact : SCENARIOS.filter(({ name }) => name.startsWith(part));
  if (called.length === 0) throw new TypeError(`No scenario is called ${part}; see --list`);
  return called;
}

function print(lines: readonly string[]): number {
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

/** One line on stderr that the next one replaces; nothing when nobody watches. */
function progress(message: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${message}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  process.stderr.write(`${error.message}\n\n${USAGE}\n`);
  process.exitCode = 2;
}
