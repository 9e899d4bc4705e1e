/** Runs cases in two folders and says where the answers differ. */
import { projectPath } from '../../support/project.js';
import { runProgram } from '../../support/run-program.js';
import type { PosixCase } from './case.js';

interface Result {
  readonly answers: readonly unknown[];
  readonly tree: unknown;
}

async function runIn(folder: string, cases: readonly PosixCase[]): Promise<Result[]> {
  const input = JSON.stringify(cases.map(({ steps }) => steps));
  const run = await runProgram('python3', [projectPath('test/fuse/posix/agent.py'), folder], {
    input,
  });
  if (run.status !== 0) throw new Error(`agent.py in ${folder}: ${run.stderr}`);
  return JSON.parse(run.stdout) as Result[];
}

export interface Difference {
  readonly title: string;
  readonly mount: Result | undefined;
  readonly disk: Result | undefined;
}

export async function findDifferences(
  mounted: string,
  beside: string,
  cases: readonly PosixCase[],
): Promise<Difference[]> {
  const [mount, disk] = [await runIn(mounted, cases), await runIn(beside, cases)];
  return cases
    .map(({ title }, index) => ({ title, mount: mount[index], disk: disk[index] }))
    .filter((each) => JSON.stringify(each.mount) !== JSON.stringify(each.disk));
}

export function describeDifference({ title, mount, disk }: Difference): string {
  return `${title}\n  mount ${JSON.stringify(mount)}\n  disk  ${JSON.stringify(disk)}`;
}
