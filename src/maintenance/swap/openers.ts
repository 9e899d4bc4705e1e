/**
 * Who has a file open, by the descriptors of all processes, where the system tells (Linux, and of other
 * users' processes only to root).
 *
 * SQLite's locks tell who has read from a database; this also tells who has opened it and waits for the
 * first lock. It names them, which a lock does not.
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

export interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
}

export interface Opener {
  readonly pid: number;
  /** Name of the program, at most 15 bytes. */
  readonly program: string;
  /** How many descriptors it has of the file. */
  readonly descriptors: number;
}

export function identityOfFile(path: string): FileIdentity {
  const { dev, ino } = statSync(path);
  return { dev, ino };
}

/** Whether this system tells who has a file open. */
export function canSeeOpeners(): boolean {
  try {
    return readdirSync('/proc/self/fd').length > 0;
  } catch {
    return false;
  }
}

/**
 * Processes that have the file open which is, or was, at `path`, this one included. Those that may not
 * be looked at are not among them.
 */
export function openersOf(path: string, file: FileIdentity): Opener[] {
  const found: Opener[] = [];
  for (const pid of processes()) {
    const descriptors = countDescriptors(pid, path, file);
    if (descriptors > 0) found.push({ pid, program: programOf(pid), descriptors });
  }
  return found;
}

function processes(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function countDescriptors(pid: number, path: string, file: FileIdentity): number {
  let count = 0;
  const folder = `/proc/${pid}/fd`;
  for (const name of listIfAllowed(folder)) {
    if (isFile(`${folder}/${name}`, path, file)) count += 1;
  }
  return count;
}

function listIfAllowed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Another user's process, or one that has ended meanwhile.
    return [];
  }
}

/** The target of a file that has lost its name is the name and ' (deleted)'. */
function isFile(descriptor: string, path: string, file: FileIdentity): boolean {
  try {
    if (!readlinkSync(descriptor).startsWith(path)) return false;
    const { dev, ino } = statSync(descriptor);
    return dev === file.dev && ino === file.ino;
  } catch {
    // Closed meanwhile.
    return false;
  }
}

function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
