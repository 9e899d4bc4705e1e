/** `cabinet mount`: a volume as a directory, until it is told to stop. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import {
  type MountOptions,
  type OpenOptions,
  openVolume,
  type Volume,
  type VolumeMount,
} from '../../index.js';
import {
  type ArchiveFlags,
  archiveArgumentsOf,
  archiveOptionsOf,
  withArchiveFlags,
} from '../archive-flags.js';
import {
  type BackupFlags,
  backupArgumentsOf,
  backupOptionsOf,
  withBackupFlags,
} from '../backup-flags.js';
import { isDaemon, type MountDocument, startDaemon, tellFailure, tellMounted } from '../daemon.js';
import { UsageError } from '../failure.js';
import { startStatusLine } from '../mount-status.js';
import { examples, given, parseCount, writingCommand } from '../options.js';
import type { Output } from '../output.js';
import { type CommonOptions, durabilityOf, outputOf, withOpened } from '../session.js';
import { Signals } from '../signals.js';

interface MountCommandOptions extends CommonOptions, BackupFlags, ArchiveFlags {
  readonly readOnly?: boolean;
  readonly transport?: 'auto' | 'kernel' | 'fuse-native';
  readonly threads?: number;
  readonly allowOther?: boolean;
  readonly nonempty?: boolean;
  readonly fsName?: string;
  readonly suid?: boolean;
  readonly dev?: boolean;
  /** False with `--no-atime`. */
  readonly atime?: boolean;
  readonly writeback?: boolean;
  readonly writeBehind?: boolean;
  readonly localLocks?: boolean;
  readonly birthTimes?: boolean;
  readonly daemon?: boolean;
  readonly log?: string;
}

export function mountCommand(): Command {
  const command = writingCommand('mount', 'Mount a volume at a directory.');
  return withArchiveFlags(withBackupFlags(command))
    .argument('<volume>', 'the volume')
    .argument('<directory>', 'an empty directory')
    .option('--read-only', 'for reading only; also for a volume that another program writes')
    .addOption(
      new Option('--transport <name>', 'what answers the kernel').choices([
        'auto',
        'kernel',
        'fuse-native',
      ]),
    )
    .option('--threads <number>', 'threads that answer the kernel (default: 2)', parseCount)
    .option('--allow-other', 'let other users in, too')
    .option('--no-allow-other', 'let nobody in but this user (default)')
    .option('--nonempty', 'mount over a directory that holds something')
    .option('--fs-name <name>', "what 'df' shows as the source (default: the volume)")
    .option('--suid', 'let programs in it run with the rights of their owner')
    .option('--dev', 'let device nodes in it lead to devices')
    .option('--no-atime', 'leave access times as they are when files are read')
    .option('--writeback', 'let the kernel gather small writes until a file is closed')
    .option('--no-write-behind', 'commit each write before it returns')
    .option('--local-locks', 'locks of programs meet those of this mount only')
    .option('--birth-times', 'tell when files were made; first looks at files take longer')
    .option('--daemon', 'in the background: return when it is mounted')
    .option('--log <file>', 'with --daemon: where it says what goes wrong')
    .addHelpText(
      'after',
      `
Runs until Ctrl-C, SIGTERM, or 'cabinet umount'. While somebody uses the mount,
Ctrl-C says who; another Ctrl-C, or SIGTERM, ends it by force. Needs Linux and
root, a user namespace, or 'fusermount'. With --backup-dir and --archive it
looks after the volume meanwhile, as 'cabinet serve' does.
${examples(
  'cabinet mount project.cabinet /mnt/project',
  'cabinet mount project.cabinet /mnt/project --read-only',
  'cabinet mount project.cabinet /mnt/project --daemon --log project.log',
)}`,
    )
    .action(mount);
}

async function mount(
  volume: string,
  directory: string,
  options: MountCommandOptions,
): Promise<void> {
  const path = resolve(volume);
  const dir = resolve(directory);
  if (options.log !== undefined && options.daemon !== true) {
    throw new UsageError('--log is for --daemon.', 'Without it, use: 2> file');
  }
  if (options.daemon === true) await mountInBackground(path, dir, options);
  else await mountHere(path, dir, options);
}

async function mountInBackground(
  path: string,
  dir: string,
  options: MountCommandOptions,
): Promise<void> {
  const { log } = options;
  const args = ['mount', path, dir, ...argumentsOf(options)];
  const document = await startDaemon(args, log === undefined ? undefined : resolve(log));
  await outputOf(options).done(document, `${path} is mounted at ${document.dir}\n`);
}

/** The options as they were given, but those of the background. */
function argumentsOf(options: MountCommandOptions): string[] {
  const {
    readOnly,
    transport,
    threads,
    allowOther,
    nonempty,
    fsName,
    suid,
    dev,
    atime,
    writeback,
    writeBehind,
    localLocks,
    birthTimes,
    durability,
  } = options;
  return [
    ...(readOnly ? ['--read-only'] : []),
    ...(transport === undefined ? [] : ['--transport', transport]),
    ...(threads === undefined ? [] : ['--threads', String(threads)]),
    ...(allowOther === undefined ? [] : [allowOther ? '--allow-other' : '--no-allow-other']),
    ...(nonempty ? ['--nonempty'] : []),
    ...(writeback ? ['--writeback'] : []),
    ...(writeBehind === false ? ['--no-write-behind'] : []),
    ...(localLocks ? ['--local-locks'] : []),
    ...(birthTimes ? ['--birth-times'] : []),
    ...(fsName === undefined ? [] : [`--fs-name=${fsName}`]),
    ...(suid ? ['--suid'] : []),
    ...(dev ? ['--dev'] : []),
    ...(atime === false ? ['--no-atime'] : []),
    ...(durability === undefined ? [] : ['--durability', durability]),
    ...backupArgumentsOf(options),
    ...archiveArgumentsOf(options),
  ];
}

async function mountHere(path: string, dir: string, options: MountCommandOptions): Promise<void> {
  const output = outputOf(options);
  const signals = new Signals();
  try {
    await withOpened(openVolume(path, openOptionsOf(options)), async (volume) => {
      const mounted = await volume.mount(dir, mountOptionsOf(options));
      await announce(documentOf(mounted, path), output);
      await untilEnded(volume, mounted, signals, output);
    });
  } catch (error) {
    await tellFailure(error);
    throw error;
  } finally {
    signals.close();
  }
  output.note('unmounted, the volume is closed');
}

function openOptionsOf(options: MountCommandOptions): OpenOptions {
  const { readOnly = false } = options;
  const upkeep = given({ backup: backupOptionsOf(options), archive: archiveOptionsOf(options) });
  return { create: false, readOnly, ...upkeep, ...durabilityOf(options) };
}

function mountOptionsOf(options: MountCommandOptions): MountOptions {
  const { threads, allowOther, nonempty = false, fsName, suid = false, dev = false } = options;
  const { transport } = options;
  return {
    ...(transport === undefined ? {} : { transport }),
    nonempty,
    suid,
    dev,
    // This command listens for signals itself.
    handleSignals: false,
    ...(options.writeback === undefined ? {} : { writeback: options.writeback }),
    ...(options.writeBehind === false ? { writeBehind: false } : {}),
    ...(options.localLocks ? { locks: 'local' as const } : {}),
    ...(options.birthTimes ? { birthTimes: true } : {}),
    ...(options.atime === false ? { accessTimes: 'noatime' as const } : {}),
    ...(threads === undefined ? {} : { threads }),
    ...(allowOther === undefined ? {} : { allowOther }),
    ...(fsName === undefined ? {} : { fsName }),
  };
}

function documentOf({ dir, readOnly, transport }: VolumeMount, path: string): MountDocument {
  return { path, dir, readOnly, transport, pid: process.pid };
}

async function announce(document: MountDocument, output: Output): Promise<void> {
  if (isDaemon()) {
    await tellMounted(document);
    return;
  }
  const { path, dir } = document;
  await output.answer(document, () => `${path} is mounted at ${dir} (Ctrl-C ends it)\n`);
}

/** Rejects when the mount was lost. */
async function untilEnded(
  volume: Volume,
  mounted: VolumeMount,
  signals: Signals,
  output: Output,
): Promise<void> {
  const line = startStatusLine(volume, mounted, output);
  const closed = mounted.closed.then(() => 'closed' as const);
  try {
    let mayRefuse = true;
    for (;;) {
      const event = await Promise.race([closed, signals.next()]);
      if (event === 'closed') return;
      line.clear();
      if (event !== 'SIGINT' || !mayRefuse) {
        await mounted.close();
        return;
      }
      mayRefuse = false;
      await tryToUnmount(mounted, output);
    }
  } finally {
    line.stop();
  }
}

async function tryToUnmount(mounted: VolumeMount, output: Output): Promise<void> {
  try {
    await mounted.unmount();
  } catch (error) {
    output.note(`${(error as Error).message} Ctrl-C again ends it by force.`);
  }
}
