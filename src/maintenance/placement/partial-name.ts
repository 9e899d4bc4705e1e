/**
 * Names of files that are being made beside the place they are meant for:
 *
 *   <target>[.json | .replaced].<system>-<pid>-<start>-<random>.partial
 *
 * The name says which process makes it, so that what a dead process left is told from what a living one
 * is working on (`process-identity.ts`). A process of another system, or of one before a restart, cannot
 * be judged by its number; its files count as left behind when nothing has written them for a day.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { hasEnded, identityOf } from '../../writer/process-identity.js';

/** What a partial file is to become: the file itself, its manifest, or the replaced file's other name. */
export type PartialKind = 'file' | 'manifest' | 'replaced';

export interface Partial {
  readonly path: string;
  readonly kind: PartialKind;
  /** The same for all files of one piece of work. */
  readonly work: string;
  /** Files that SQLite has beside it. */
  readonly isSidecar: boolean;
}

const MIDDLES: Readonly<Record<PartialKind, string>> = {
  file: '',
  manifest: '.json',
  replaced: '.replaced',
};
const NAME =
  /^(\.json|\.replaced)?\.([0-9a-f]{8}-\d+-\d+-[0-9a-f]{12})\.partial(-wal|-shm|-journal)?$/;
const SILENT_MAX_MS = 86_400_000;
const UNKNOWN_SYSTEM = '00000000';

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
  const system = createHash('sha256').update(prefix).digest('hex').slice(0, 8);
  return { prefix, system, start: identity.slice(cut + 1) };
}

/** A new name for a piece of work of this process. */
export function newWork(): string {
  const { system, start } = here();
  return `${system}-${process.pid}-${start}-${randomBytes(6).toString('hex')}`;
}

export function partialPath(target: string, work: string, kind: PartialKind = 'file'): string {
  return `${target}${MIDDLES[kind]}.${work}.partial`;
}

/** All partial files that are meant for `target`, whoever makes them. */
export function listPartials(target: string): Partial[] {
  const folder = dirname(target);
  const name = basename(target);
  return readdirSync(folder)
    .filter((entry) => entry.startsWith(name))
    .flatMap((entry) => {
      const match = NAME.exec(entry.slice(name.length));
      if (match === null) return [];
      const [, middle = '', work = '', sidecar] = match;
      const kind = (Object.keys(MIDDLES) as PartialKind[]).find((key) => MIDDLES[key] === middle);
      const path = join(folder, entry);
      return [{ path, kind: kind as PartialKind, work, isSidecar: sidecar !== undefined }];
    });
}

/** Whether who made the file may still be working on it. */
export function isLiving({ path, work }: Partial): boolean {
  const [system, pidText, start] = work.split('-') as [string, string, string];
  const own = here();
  if (system !== own.system) return wasWrittenLately(path);
  const pid = Number(pidText);
  if (system !== UNKNOWN_SYSTEM) return !hasEnded(pid, `${own.prefix} ${start}`);
  return exists(pid) && wasWrittenLately(path);
}

function wasWrittenLately(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs < SILENT_MAX_MS;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
