/** Flags of a continuous archive: from text to the option `archive` of `openVolume`. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ArchiveOptions } from '../core/archive-options.js';
import { UsageError } from './failure.js';
import { given, parseDuration } from './options.js';

/** What commander gives for the flags of a command that keeps a volume open. */
export interface ArchiveFlags {
  readonly archive?: string;
  readonly archiveEvery?: number;
  readonly archiveKeep?: number;
}

/** Adds the flags to a command. */
export function withArchiveFlags(command: Command): Command {
  return command
    .option('--archive <dir>', 'keep a continuous archive in this directory')
    .option('--archive-every <time>', 'longest time until a change is archived', parseDuration)
    .option('--archive-keep <time>', 'how far back it reaches', parseDuration);
}

/** The flags as they are written on a command line, for a process that works in another directory. */
export function archiveArgumentsOf(flags: ArchiveFlags): string[] {
  const { archive, archiveEvery, archiveKeep } = flags;
  return [
    ...(archive === undefined ? [] : ['--archive', resolve(archive)]),
    ...(archiveEvery === undefined ? [] : ['--archive-every', `${archiveEvery}s`]),
    ...(archiveKeep === undefined ? [] : ['--archive-keep', `${archiveKeep}s`]),
  ];
}

/** The option `archive`; undefined when none is asked for. */
export function archiveOptionsOf(flags: ArchiveFlags): ArchiveOptions | undefined {
  const { archive: dir, archiveEvery: everySeconds, archiveKeep: keepSeconds } = flags;
  if (dir !== undefined) return { dir, ...given({ everySeconds, keepSeconds }) };
  if (everySeconds === undefined && keepSeconds === undefined) return undefined;
  throw new UsageError(
    'Without --archive there is no archive.',
    'Add --archive, or leave out the other flags about it.',
  );
}
