/** The `cabinet` command, run as a process of its own. */
import { existsSync } from 'node:fs';
import { runChild } from '../harness/child.js';
import { CABINET_COMMAND, childProgram } from '../harness/project.js';

export async function runCabinet(...args: readonly string[]): Promise<void> {
  await runChild(process.execPath, [commandFile(), ...args]);
}

/** Runs the command and writes its peak RSS, in bytes, to the file `report`. */
export async function runCabinetReportingPeak(
  report: string,
  ...args: readonly string[]
): Promise<void> {
  const preload = ['--import', childProgram('report-peak')];
  await runChild(process.execPath, [...preload, commandFile(), ...args], {
    env: { CABINET_BENCH_PEAK: report },
  });
}

function commandFile(): string {
  if (existsSync(CABINET_COMMAND)) return CABINET_COMMAND;
  throw new Error(`The cabinet command is not built: ${CABINET_COMMAND} is missing`);
}
