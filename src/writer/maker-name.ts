/**
 * Who makes a file, as a part of its name: so that another process can tell a file in the making from
 * one that a process has left behind when it was killed.
 *
 *   <system>-<pid>-<start>-<random>
 *
 * A process of another system, or of one before a restart, cannot be judged by its number; its files
 * count as left behind when nothing has written them for a day.
 */
import { createHash, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { hasEnded, identityOf, processExists } from './process-identity.js';

/** Source of a regular expression. */
export const MAKER_PATTERN = '[0-9a-f]{8}-\\d+-\\d+-[0-9a-f]{12}';

const RANDOM_BYTES = 6;
const SYSTEM_DIGITS = 8;
const UNKNOWN_SYSTEM = '0'.repeat(SYSTEM_DIGITS);
const SILENT_MAX_MS = 86_400_000;

interface Here {
  /** The part of an identity that is the same for all processes of this system. */
  readonly prefix: string;
  readonly system: string;
  readonly start: string;
}

function here(): Here {
  const identity = identityOf(process.pid);
  if (identity === null) return { prefix: '', system: UNKNOWN_SYSTEM, start: '0' };
  const cut = identity.lastIndexOf(' ');
  const prefix = identity.slice(0, cut);
  const system = createHash('sha256').update(prefix).digest('hex').slice(0, SYSTEM_DIGITS);
  return { prefix, system, start: identity.slice(cut + 1) };
}

/** A new name for a piece of work of this process. */
export function makerName(): string {
  const { system, start } = here();
  return `${system}-${process.pid}-${start}-${randomBytes(RANDOM_BYTES).toString('hex')}`;
}

/** Whether `maker` may still be working on the file at `path`. */
export function mayBeMaking(maker: string, path: string): boolean {
  const [system, pidText, start] = maker.split('-') as [string, string, string];
  const own = here();
  if (system !== own.system) return wasWrittenLately(path);
  const pid = Number(pidText);
  if (system !== UNKNOWN_SYSTEM) return !hasEnded(pid, `${own.prefix} ${start}`);
  return processExists(pid) && wasWrittenLately(path);
}

function wasWrittenLately(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs < SILENT_MAX_MS;
}
