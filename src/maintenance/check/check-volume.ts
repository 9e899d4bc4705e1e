/** `volume.check`: checks on a reader thread, repairs on the writer, checks again. */
import { VolumeError } from '../../core/errors.js';
import { checkSignalOption, describeValue, rejectUnknownOptions } from '../../core/option-rules.js';
import { programPath, programUrl } from '../../core/programs.js';
import { RunningTask } from '../../readers/running-task.js';
import type { ReaderThreads } from '../../readers/threads.js';
import type { WriterClient } from '../../writer/client.js';
import type { CheckPace } from './context.js';
import type { CheckOptions, CheckProgress, CheckResult, Problem } from './problem.js';
import type { RepairInput } from './repair.js';
import type { CheckReport } from './run.js';
import type { CheckInput } from './thread.js';

/** What a check is made on. */
export interface CheckTarget {
  readonly path: string;
  readonly busyTimeoutMs: number;
  readonly threads: ReaderThreads;
  /** Absent when the volume cannot be written here. */
  readonly writer: WriterClient | undefined;
  /** The file is not open here. */
  readonly isUnknownFile?: boolean;
  readonly pace?: CheckPace;
}

const PROBLEMS_MAX_DEFAULT = 1000;
const PROBLEMS_MAX_LIMIT = 1_000_000;
const OPTION_NAMES: readonly (keyof CheckOptions)[] = [
  'repair',
  'content',
  'onProgress',
  'signal',
  'problemsMax',
];

function invalid(name: string, value: unknown, expected: string): VolumeError {
  const shown = describeValue(value);
  return new VolumeError(
    'ERR_OPTION_INVALID',
    `Option '${name}' must be ${expected}, got ${shown}.`,
  );
}

export function problemsMaxOf({ problemsMax = PROBLEMS_MAX_DEFAULT }: CheckOptions): number {
  const isValid = Number.isInteger(problemsMax) && problemsMax > 0;
  if (isValid && problemsMax <= PROBLEMS_MAX_LIMIT) return problemsMax;
  throw invalid('problemsMax', problemsMax, `a whole number from 1 to ${PROBLEMS_MAX_LIMIT}`);
}

function checkOptions(options: CheckOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw invalid('options', options, 'an object');
  }
  rejectUnknownOptions(options, OPTION_NAMES);
  checkSignalOption(options.signal);
  for (const name of ['repair', 'content'] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== 'boolean') {
      throw invalid(name, value, 'true or false');
    }
  }
  const { onProgress } = options;
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalid('onProgress', onProgress, 'a function');
  }
}

function look(
  target: CheckTarget,
  options: CheckOptions,
  phase: CheckProgress['phase'],
): Promise<CheckReport> {
  const { path, busyTimeoutMs, threads, isUnknownFile = false } = target;
  const { onProgress, signal } = options;
  const input: CheckInput = {
    path,
    busyTimeoutMs,
    cacheBytes: threads.cacheBytes,
    content: options.content ?? false,
    problemsMax: problemsMaxOf(options),
    phase,
    isUnknownFile,
    pace: target.pace,
  };
  return threads.run<CheckInput, CheckReport, CheckProgress>(
    programPath('maintenance/check/thread'),
    input,
    {
      onProgress,
      signal,
    },
  );
}

/** One transaction on the writer thread; an abort undoes it. */
function repair(
  { threads }: CheckTarget,
  writer: WriterClient,
  options: CheckOptions,
): Promise<CheckReport> {
  const { onProgress, signal } = options;
  const task = new RunningTask<CheckReport, CheckProgress>({ onProgress, signal });
  const input: RepairInput = { problemsMax: problemsMaxOf(options) };
  const answer = writer.control(
    {
      type: 'repair',
      module: programUrl('maintenance/check/repair').href,
      request: { input, ...task.wire },
    },
    [task.wire.port],
  );
  return threads.follow(task, answer);
}

function isSame(left: Problem, right: Problem): boolean {
  return (
    left.invariant === right.invariant && left.ino === right.ino && left.detail === right.detail
  );
}

/** What was repaired, and what the second look still finds. */
function combine(fixed: CheckReport, after: CheckReport, problemsMax: number): CheckReport {
  const repaired = fixed.problems.filter(
    (problem) => problem.repaired && !after.problems.some((left) => isSame(left, problem)),
  );
  const problems = [...after.problems, ...repaired].slice(0, problemsMax);
  const problemsTotal = Math.max(fixed.problemsTotal, repaired.length) + after.problemsTotal;
  const isShort = fixed.problemsTotal > fixed.problems.length;
  return {
    problems,
    problemsTotal: isShort ? problemsTotal : repaired.length + after.problemsTotal,
    isUnsound: after.isUnsound,
  };
}

function writerOf({ writer, path }: CheckTarget): WriterClient {
  if (writer !== undefined) return writer;
  throw new VolumeError('ERR_VOLUME_READ_ONLY', `'${path}' is open for reading only.`, {
    path,
    hint: 'Open it without `readOnly` to repair it.',
  });
}

/**
 * Checks a volume. Read-only work happens on a reader thread against one view, so that nothing waits for
 * it; a repair holds up all writes until it is done.
 */
export async function checkVolume(
  target: CheckTarget,
  options: CheckOptions = {},
): Promise<CheckResult> {
  checkOptions(options);
  const problemsMax = problemsMaxOf(options);
  const writer = options.repair === true ? writerOf(target) : undefined;
  const startedMs = performance.now();
  let report = await look(target, options, 'check');
  let left = report.problemsTotal;
  // A repair must not write to a database whose pages or tables are not what they should be.
  if (writer !== undefined && left > 0 && !report.isUnsound) {
    const fixed = await repair(target, writer, options);
    const after = await look(target, options, 'recheck');
    report = combine(fixed, after, problemsMax);
    left = after.problemsTotal;
  }
  return {
    ok: left === 0,
    problems: report.problems,
    problemsTotal: report.problemsTotal,
    content: options.content ?? false,
    durationMs: performance.now() - startedMs,
  };
}
