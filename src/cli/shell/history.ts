/**
 * Lines that were typed before, in a file that only the user may read. `CABINET_HISTORY` names another
 * file; when it is set and empty, nothing is kept.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const LINES_MAX = 1000;
const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;

/** Where the history is; undefined when none is wanted. */
export function historyPath(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { CABINET_HISTORY: own, XDG_STATE_HOME: state } = environment;
  if (own !== undefined) return own === '' ? undefined : own;
  const base = state !== undefined && state !== '' ? state : join(homedir(), '.local', 'state');
  return join(base, 'cabinetfs', 'shell-history');
}

/** The lines, newest first, as readline has them. A file that cannot be read is as good as none. */
export function readHistory(path: string | undefined): string[] {
  if (path === undefined) return [];
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    return lines
      .filter((line) => line !== '')
      .reverse()
      .slice(0, LINES_MAX);
  } catch {
    return [];
  }
}

/** Keeps the lines, newest first. Throws what the filesystem says. */
export function writeHistory(path: string, lines: readonly string[]): void {
  mkdirSync(dirname(path), { recursive: true, mode: PRIVATE_DIRECTORY });
  const text = lines
    .slice(0, LINES_MAX)
    .reverse()
    .map((line) => `${line}\n`);
  writeFileSync(path, text.join(''), { mode: PRIVATE_FILE });
}
