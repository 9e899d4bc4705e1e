/** Programs that run on a mount, as scripts of a shell that ends at the first failure. */
import { spawnSync } from 'node:child_process';
import test, { type ExecutionContext, type SerialFn } from 'ava';
import { runProgram } from '../../support/run-program.js';
import { type Mounted, type MountedOptions, mountRefusal, withMount } from '../support/mounted.js';

const TIMEOUT_MS = 300_000;
const LONG_TIMEOUT_MS = 1_800_000;

/** The full tests of programs, which take many minutes. */
export const LONG: boolean = process.env.CABINETFS_LONG_PROGRAMS !== undefined;

function isThere(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** `test.serial`, or one that is skipped because the machine has not what it takes. */
export function withPrograms(...programs: readonly string[]): SerialFn | SerialFn['skip'] {
  const missing = programs.filter((program) => !isThere(program));
  const reason =
    mountRefusal() ?? (missing.length > 0 ? `missing: ${missing.join(', ')}` : undefined);
  if (reason === undefined) return test.serial;
  console.error(`skipped, ${reason}`);
  return test.serial.skip;
}

/**
 * Runs a script in the mount; `$BESIDE` is a folder on the disk. What it prints is the answer. The
 * volume is checked when the mount has gone.
 */
export async function runScript(
  t: ExecutionContext,
  { dir, beside }: Mounted,
  script: string,
): Promise<string> {
  const timeoutMs = LONG ? LONG_TIMEOUT_MS : TIMEOUT_MS;
  t.timeout(timeoutMs);
  const env = {
    ...process.env,
    BESIDE: beside,
    HOME: beside,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'A',
    GIT_AUTHOR_EMAIL: 'a@example.org',
    GIT_COMMITTER_NAME: 'A',
    GIT_COMMITTER_EMAIL: 'a@example.org',
  };
  const run = await runProgram('sh', ['-euc', script], { cwd: dir, env, timeoutMs });
  if (run.status !== 0) {
    throw new Error(`the script ended with ${run.status}:\n${run.stdout}\n${run.stderr}`);
  }
  return run.stdout;
}

/** A script on a mount of its own. */
export function onMount(
  t: ExecutionContext,
  script: string,
  check: (output: string, mounted: Mounted) => unknown,
  options: MountedOptions = {},
): Promise<void> {
  return withMount(t, options, async (mounted) => {
    await check(await runScript(t, mounted, script), mounted);
  });
}

/** Shell: a tree of `$1` with many small files, some bigger, links, times of its own. */
export const MAKE_TREE = `
make_tree() {
  mkdir -p "$1"
  for d in $(seq 1 "$2"); do
    mkdir -p "$1/dir$d/sub"
    for f in $(seq 1 20); do echo "file $f of $d" > "$1/dir$d/file$f.txt"; done
    ln -s ../file1.txt "$1/dir$d/sub/link"
    ln "$1/dir$d/file2.txt" "$1/dir$d/sub/hard"
    head -c $((d * 1000)) /dev/zero | tr '\\0' "$((d % 10))" > "$1/dir$d/sub/big.bin"
  done
  truncate -s 3M "$1/sparse"
  mkfifo "$1/fifo"
  chmod 4755 "$1/dir1/file3.txt"
  touch -d '2001-02-03 04:05:06.123456789' "$1/dir1/file4.txt"
  touch -h -d '1999-12-31 23:59:59.999999999' "$1/dir1/sub/link"
}
`;
