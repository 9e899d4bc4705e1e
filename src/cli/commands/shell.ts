/** `cabinet shell`: questions to a volume in SQL, at a terminal or in a script. */
import { createInterface } from 'node:readline';
import { type Command, InvalidArgumentError } from 'commander';
import { AbortError } from '../../core/abort.js';
import { EXIT } from '../exit-codes.js';
import { UsageError } from '../failure.js';
import { baseCommand, examples } from '../options.js';
import { writeText } from '../output.js';
import { type CommonOptions, interruptible, reading } from '../session.js';
import { parseLimit, parseTimeoutMs } from '../shell/dot-commands.js';
import { runInteractive } from '../shell/interactive.js';
import type { Mode } from '../shell/render.js';
import { type ShellOutput, ShellSession, type ShellSettings } from '../shell/session.js';

interface ShellOptions extends CommonOptions {
  readonly command?: readonly string[];
  readonly csv?: boolean;
  readonly line?: boolean;
  readonly limit?: number;
  readonly timeout?: number;
}

const INTERACTIVE = { rowsMax: 1000, timeoutMs: 60_000 } as const;
const SCRIPTED = { rowsMax: 1_000_000, timeoutMs: 600_000 } as const;

export function shellCommand(): Command {
  return baseCommand('shell', 'Ask a volume questions in SQL.')
    .argument('<volume>', 'the volume')
    .option('-c, --command <sql>', 'run this and end; may be given several times', collect)
    .option('--csv', 'rows as CSV, with a line of names')
    .option('--line', 'a line for each value')
    .option('--limit <rows>', 'most rows of a result', argument(parseLimit))
    .option('--timeout <seconds>', 'longest that a query may run', argument(parseTimeoutMs))
    .addHelpText(
      'after',
      `
Reading only: one SELECT at a time over the views files, directories and usage;
the volume may be in use. Without -c the statements come from the standard
input, each ended by ';'; at a terminal '.help' says more. With --json each
result is one document on a line of its own. Ends with 6 when rows were left
out.
${examples(
  'cabinet shell project.cabinet',
  `cabinet shell project.cabinet -c "SELECT path FROM files ORDER BY size DESC"`,
  `cabinet shell project.cabinet --csv -c "SELECT * FROM usage" > usage.csv`,
  'cabinet shell project.cabinet --json < report.sql',
)}`,
    )
    .action(shell);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** A parser of ours as one that commander asks. */
function argument<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof UsageError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

function modeOf({ json = false, csv = false, line = false }: ShellOptions): Mode {
  if ([json, csv, line].filter(Boolean).length > 1) {
    throw new UsageError('Only one of --json, --csv and --line makes sense.');
  }
  if (json) return 'json';
  if (csv) return 'csv';
  return line ? 'line' : 'table';
}

function settingsOf(options: ShellOptions, usual: typeof INTERACTIVE | typeof SCRIPTED) {
  const { limit = usual.rowsMax, timeout = usual.timeoutMs } = options;
  const settings: ShellSettings = { mode: modeOf(options), rowsMax: limit, timeoutMs: timeout };
  return settings;
}

async function shell(path: string, options: ShellOptions): Promise<void> {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  if (isTerminal && options.command === undefined) await atTerminal(path, options);
  else await scripted(path, options);
}

async function atTerminal(path: string, options: ShellOptions): Promise<void> {
  const settings = settingsOf(options, INTERACTIVE);
  const output: ShellOutput = {
    write: (text) => writeText(process.stdout, text),
    note: (text) => void (options.quiet === true || process.stdout.write(`${text}\n`)),
    get widthMax() {
      return process.stdout.columns;
    },
  };
  const greeting = `${path}: reading only. Statements end with ';', '.help' says more.\n`;
  await reading(path, (volume) =>
    runInteractive(
      new ShellSession(volume, settings, output),
      options.quiet === true ? '' : greeting,
    ),
  );
}

async function scripted(path: string, options: ShellOptions): Promise<void> {
  const settings = settingsOf(options, SCRIPTED);
  const output: ShellOutput = {
    write: (text) => writeText(process.stdout, text),
    note: () => undefined,
    widthMax: undefined,
  };
  await reading(path, async (volume) => {
    const session = new ShellSession(volume, settings, output);
    await interruptible((signal) => runAll(session, options.command, signal));
    if (!session.wasTruncated) return;
    process.exitCode = EXIT.incomplete;
    const say = options.quiet !== true && options.json !== true;
    if (say)
      process.stderr.write(
        `cabinet: rows were left out; --limit ${settings.rowsMax} was reached\n`,
      );
  });
}

/** Every statement in order, up to the first that fails. */
async function runAll(
  session: ShellSession,
  commands: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<void> {
  for await (const line of commands ?? createInterface({ input: process.stdin, signal })) {
    await session.takeLine(line, signal);
    // Each -c is a text of its own; a file is one text.
    if (commands !== undefined) await session.takeEnd(signal);
    if (session.isEnded) return;
  }
  if (signal.aborted) throw new AbortError(signal.reason);
  await session.takeEnd(signal);
}
