/** The `cabinet` command as a process of its own, and a folder with a volume for it. */
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { projectPath } from '../support/project.js';
import { type ProgramOptions, type ProgramRun, runNode } from '../support/run-program.js';
import { withFolder } from '../support/temporary-volume.js';

export const CABINET: string = projectPath('dist/cli/main.js');

export function cabinet(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramRun> {
  return runNode([CABINET, ...args], options);
}

export interface Workplace {
  readonly folder: string;
  /** Path of the volume. */
  readonly volume: string;
  /** Runs a command that must succeed and say nothing on the standard error output. */
  ok(...args: readonly string[]): Promise<string>;
  /** Runs a command with `--json` that must succeed. */
  json(...args: readonly string[]): Promise<unknown>;
  /** Runs a command that must fail with `status`; returns what it said. */
  fails(status: number, ...args: readonly string[]): Promise<string>;
}

/** Runs `work` in a folder with an empty volume, which must be sound in the end. */
export async function withWorkplace(
  t: ExecutionContext,
  work: (place: Workplace) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const volume = join(folder, 'v.cabinet');
    const place = createWorkplace(t, folder, volume);
    await place.ok('create', volume);
    await work(place);
    await place.ok('check', volume, '--content');
  });
}

export function createWorkplace(t: ExecutionContext, folder: string, volume: string): Workplace {
  const run = (args: readonly string[]): Promise<ProgramRun> => cabinet(args, { cwd: folder });
  return {
    folder,
    volume,
    ok: async (...args) => {
      const { status, stdout, stderr } = await run(args);
      t.is(stderr, '', args.join(' '));
      t.is(status, 0, args.join(' '));
      return stdout;
    },
    json: async (...args) => {
      const { status, stdout, stderr } = await run([...args, '--json']);
      t.is(stderr, '', args.join(' '));
      t.is(status, 0, args.join(' '));
      return JSON.parse(stdout);
    },
    fails: async (status, ...args) => {
      const answer = await run(args);
      t.is(answer.status, status, `${args.join(' ')}: ${answer.stderr}`);
      t.notRegex(answer.stderr, /\n\s+at |SQLITE_|node:internal/, 'neither stack nor SQLite');
      t.true(answer.stderr.trimEnd().split('\n').length <= 3, answer.stderr);
      return answer.stderr;
    },
  };
}
