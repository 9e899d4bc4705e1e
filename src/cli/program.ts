/** The command line: one command per file, and what holds for all of them. */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../core/software.js';
import { EXIT } from './exit-codes.js';
import { reportFailure, UsageError } from './failure.js';

/** Loads a command with what it needs; the others are loaded only to be listed. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['create', async () => (await import('./commands/create.js')).createCommand()],
  ['info', async () => (await import('./commands/info.js')).infoCommand()],
  ['ls', async () => (await import('./commands/ls.js')).lsCommand()],
  ['cat', async () => (await import('./commands/cat.js')).catCommand()],
  ['put', async () => (await import('./commands/put.js')).putCommand()],
  ['get', async () => (await import('./commands/get.js')).getCommand()],
  ['rm', async () => (await import('./commands/rm.js')).rmCommand()],
  ['mv', async () => (await import('./commands/mv.js')).mvCommand()],
  ['mkdir', async () => (await import('./commands/mkdir.js')).mkdirCommand()],
  ['ln', async () => (await import('./commands/ln.js')).lnCommand()],
  ['import', async () => (await import('./commands/import.js')).importCommand()],
  ['export', async () => (await import('./commands/export.js')).exportCommand()],
  ['check', async () => (await import('./commands/check.js')).checkCommand()],
  ['stats', async () => (await import('./commands/stats.js')).statsCommand()],
  ['shell', async () => (await import('./commands/shell.js')).shellCommand()],
  ['serve', async () => (await import('./commands/serve.js')).serveCommand()],
  ['health', async () => (await import('./commands/health.js')).healthCommand()],
  ['checkpoint', async () => (await import('./commands/checkpoint.js')).checkpointCommand()],
  ['compact', async () => (await import('./commands/compact.js')).compactCommand()],
  ['archive', async () => (await import('./commands/archive.js')).archiveCommand()],
  ['backup', async () => (await import('./commands/backup.js')).backupCommand()],
  ['restore', async () => (await import('./commands/restore.js')).restoreCommand()],
  ['verify', async () => (await import('./commands/verify.js')).verifyCommand()],
  ['salvage', async () => (await import('./commands/salvage.js')).salvageCommand()],
  ['mount', async () => (await import('./commands/mount.js')).mountCommand()],
  ['umount', async () => (await import('./commands/umount.js')).umountCommand()],
  ['migrate', async () => (await import('./commands/migrate.js')).migrateCommand()],
]);

const ABOUT =
  'A filesystem in one SQLite file.\n\nEvery command works on a volume: one file, by convention with ' +
  "the ending '.cabinet'. Paths inside it begin at '/'. Several programs may use it at the same time.";

const EXAMPLES = `
Examples:
  cabinet import project.cabinet ./project   put a directory into a (new) volume
  cabinet ls project.cabinet -l              what is in it
  cabinet cat project.cabinet /README.md     show a file
  cabinet export project.cabinet ./copy      get everything out again
  cabinet mount project.cabinet /mnt/project use it as a directory
  cabinet check project.cabinet --content    is it sound, to the last byte?

'cabinet help <command>' says more about each of them.

Exit codes:
  0 done   1 failed   2 called wrongly   3 a check found problems
  4 no volume there   5 busy   6 done, but entries were left out
  7 needs a migration or another version   8 degraded   130 interrupted`;

/** `name`: of the command that is called; when there is none of that name, all are listed. */
async function buildProgram(name: string | undefined): Promise<Command> {
  const program = new Command('cabinet');
  program
    .description(ABOUT)
    .version(VERSION, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  const wanted = COMMANDS.get(name ?? '');
  const loaders = wanted === undefined ? [...COMMANDS.values()] : [wanted];
  for (const command of await Promise.all(loaders.map((load) => load()))) {
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
    const program = await buildProgram(argv[2]);
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
  const name = argv[2] ?? '';
  const help = COMMANDS.has(name) ? `cabinet ${name} --help` : 'cabinet --help';
  const message = error.message.replace(/^error: /, '').replace(/\n/g, ' ');
  return reportFailure(new UsageError(message, `See '${help}'.`), json);
}
