/** The command line: one command per file, and what holds for all of them. */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../index.js';
import { catCommand } from './commands/cat.js';
import { checkCommand } from './commands/check.js';
import { createCommand } from './commands/create.js';
import { exportCommand } from './commands/export.js';
import { getCommand } from './commands/get.js';
import { importCommand } from './commands/import.js';
import { infoCommand } from './commands/info.js';
import { lnCommand } from './commands/ln.js';
import { lsCommand } from './commands/ls.js';
import { migrateCommand } from './commands/migrate.js';
import { mkdirCommand } from './commands/mkdir.js';
import { mvCommand } from './commands/mv.js';
import { putCommand } from './commands/put.js';
import { rmCommand } from './commands/rm.js';
import { statsCommand } from './commands/stats.js';
import { EXIT } from './exit-codes.js';
import { reportFailure, UsageError } from './failure.js';

const COMMANDS: readonly (() => Command)[] = [
  createCommand,
  infoCommand,
  lsCommand,
  catCommand,
  putCommand,
  getCommand,
  rmCommand,
  mvCommand,
  mkdirCommand,
  lnCommand,
  importCommand,
  exportCommand,
  checkCommand,
  statsCommand,
  migrateCommand,
];

const ABOUT =
  'A filesystem in one SQLite file.\n\nEvery command works on a volume: one file, by convention with ' +
  "the ending '.cabinet'. Paths inside it begin at '/'. Several programs may use it at the same time.";

const EXAMPLES = `
Examples:
  cabinet import project.cabinet ./project   put a directory into a (new) volume
  cabinet ls project.cabinet -l              what is in it
  cabinet cat project.cabinet /README.md     show a file
  cabinet export project.cabinet ./copy      get everything out again
  cabinet check project.cabinet --content    is it sound, to the last byte?

'cabinet help <command>' says more about each of them.

Exit codes:
  0 done   1 failed   2 called wrongly   3 a check found problems
  4 no volume there   5 busy   6 done, but entries were left out
  7 needs a migration or another version   130 interrupted`;

function buildProgram(): Command {
  const program = new Command('cabinet');
  program
    .description(ABOUT)
    .version(VERSION, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  for (const make of COMMANDS) {
    const command = make();
    command.copyInheritedSettings(program);
    program.addCommand(command);
  }
  return program;
}

/** Runs the command line and returns the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json');
  let exitCode: number = EXIT.ok;
  process.stdout.on('error', () => undefined);
  try {
    const program = buildProgram();
    if (argv.length <= 2) {
      process.stderr.write(program.helpInformation());
      return EXIT.usage;
    }
    await program.parseAsync([...argv]);
    exitCode = Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    if (error instanceof CommanderError) return reportUsage(error, argv, json);
    exitCode = reportFailure(error, json);
  }
  return exitCode;
}

/** Commander ends `--help` and `--version` with an error too. */
function reportUsage(error: CommanderError, argv: readonly string[], json: boolean): number {
  if (error.exitCode === 0) return EXIT.ok;
  const known = COMMANDS.map((make) => make().name()).find((name) => name === argv[2]);
  const help = known === undefined ? 'cabinet --help' : `cabinet ${known} --help`;
  const message = error.message.replace(/^error: /, '').replace(/\n/g, ' ');
  return reportFailure(new UsageError(message, `See '${help}'.`), json);
}
