/** `cabinet serve`: a volume over HTTP until it is told to stop. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type OpenOptions, openVolume, type ServeOptions, type VolumeServer } from '../../index.js';
import { type ArchiveFlags, archiveOptionsOf, withArchiveFlags } from '../archive-flags.js';
import { type BackupFlags, backupOptionsOf, withBackupFlags } from '../backup-flags.js';
import { UsageError } from '../failure.js';
import { examples, given, parseDuration, parsePort, writingCommand } from '../options.js';
import {
  type CommonOptions,
  durabilityOf,
  interruptible,
  outputOf,
  withOpened,
} from '../session.js';
import { TOKEN_GIVEN, TOKEN_VARIABLE } from '../token.js';

interface ServeCommandOptions extends CommonOptions, BackupFlags, ArchiveFlags {
  readonly host?: string;
  readonly port?: number;
  readonly tokenFile?: string;
  readonly allowHost?: readonly string[];
  readonly force?: boolean;
  readonly readOnly?: boolean;
  /** In seconds; false: never. */
  readonly checkEvery: number | false;
}

const WEEK_SECONDS = 604_800;

export function serveCommand(): Command {
  const command = writingCommand('serve', 'Show the health of a volume over HTTP.');
  return withArchiveFlags(withBackupFlags(command))
    .argument('<volume>', 'the volume')
    .option('--host <host>', 'name or address to listen on (default: 127.0.0.1)')
    .option('--port <number>', 'port, 0 for any that is free (default: 9464)', parsePort)
    .option('--token-file <file>', 'file with the token that callers must send')
    .option('--allow-host <name...>', 'more names that callers may use for this host')
    .option('--force', 'let other machines in even without a token')
    .option('--read-only', 'only look: for a volume that another program writes')
    .option('--check-every <time>', 'check the volume so often', parseDuration, WEEK_SECONDS)
    .option('--no-check-every', 'do not check it')
    .addHelpText(
      'after',
      `
Answers at /livez, /readyz, /healthz and /metrics; at / is a page for people.
The token may also be in the environment, as ${TOKEN_VARIABLE}. Runs until Ctrl-C or
SIGTERM and then closes the volume; a second signal ends it at once.

With --backup-dir it makes backups meanwhile, see docs/schedules.md; with
--archive it keeps a continuous archive, see docs/archive.md. It checks the
volume once a week.
${examples(
  'cabinet serve project.cabinet',
  'cabinet serve project.cabinet --read-only --port 8080',
  'cabinet serve project.cabinet --host 0.0.0.0 --token-file token',
  'cabinet serve project.cabinet --backup-dir /backups --backup-every 15m',
)}`,
    )
    .action(serve);
}

async function serve(path: string, options: ServeCommandOptions): Promise<void> {
  const serveOptions = serveOptionsOf(options);
  await interruptible((signal) =>
    withOpened(openVolume(path, openOptionsOf(options)), async (volume) => {
      await using server = await volume.serve(serveOptions);
      await announce(server, volume.path, options);
      await aborted(signal);
    }),
  );
  outputOf(options).note('stopped, the volume is closed');
}

/** What else the volume does while it is served belongs here: schedules of backups, an archive. */
function openOptionsOf(options: ServeCommandOptions): OpenOptions {
  const { readOnly = false, checkEvery } = options;
  return {
    create: false,
    readOnly,
    ...given({ backup: backupOptionsOf(options), archive: archiveOptionsOf(options) }),
    integrity: { everySeconds: checkEvery === false ? 0 : checkEvery },
    ...durabilityOf(options),
  };
}

function serveOptionsOf(options: ServeCommandOptions): ServeOptions {
  const { host, port, force = false, allowHost: allowedHosts = [] } = options;
  return {
    force,
    allowedHosts,
    token: tokenOf(options),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
  };
}

function tokenOf({ tokenFile }: ServeCommandOptions): string | undefined {
  if (tokenFile === undefined) return TOKEN_GIVEN;
  const token = readFileSync(tokenFile, 'utf8').trim();
  if (token !== '') return token;
  throw new UsageError(`There is no token in '${tokenFile}'.`, 'Make one: openssl rand -hex 32');
}

async function announce(
  { url, host, port }: VolumeServer,
  path: string,
  options: ServeCommandOptions,
): Promise<void> {
  const { readOnly = false } = options;
  const document = { path, url, host, port, readOnly, pid: process.pid };
  // Whoever started it needs the address, quiet or not.
  await outputOf(options).answer(document, () => `${path} is served at ${url} (Ctrl-C ends it)\n`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
