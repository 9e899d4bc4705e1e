/**
 * Repair, run by the writer in one transaction: the same checks as on a reader thread, each finding put
 * right as it comes. What is thrown here undoes everything.
 */
import type { OpContext } from '../../ops/context.js';
import { createTaskControl, type TaskRequest } from '../../readers/task.js';
import { ROW_CHECKS } from './checks.js';
import { CheckContext } from './context.js';
import { Fixer } from './fixer.js';
import { type CheckReport, runChecks } from './run.js';
import { Scratch } from './scratch.js';

export interface RepairInput {
  readonly problemsMax: number;
}

export default function repair(
  ctx: OpContext,
  { input, port, cancel }: TaskRequest<RepairInput>,
): { readonly output: CheckReport } {
  const { connection, facts } = ctx.store;
  const control = createTaskControl(port, cancel);
  Scratch.create(connection);
  try {
    const context = new CheckContext(connection, control, {
      content: false,
      repairs: true,
      chunkSizeBytes: facts.chunkSizeBytes,
    });
    const output = runChecks(context, ROW_CHECKS, {
      phase: 'repair',
      problemsMax: input.problemsMax,
      report: (progress, always) => control.report(progress, always),
      fixer: new Fixer(ctx),
    });
    Scratch.drop(connection);
    return { output };
  } finally {
    port.close();
  }
}
