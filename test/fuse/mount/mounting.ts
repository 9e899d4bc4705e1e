/** Mounts for tests: made in a fresh folder, ended and looked for afterwards. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { MountOptions, VolumeMount } from '#src/index.js';
import { runProgram } from '../../support/run-program.js';
import type { OpenOptions, Volume } from '../../support/subject.js';
import { withVolume } from '../../support/temporary-volume.js';
import { NO_MOUNT } from './no-mount.js';

export { NO_MOUNT };

type Implementation = (t: ExecutionContext) => Promise<void>;

/** A test that mounts. Where that is not possible it is skipped and says why; never in CI. */
export function mountTest(title: string, implementation: Implementation): void {
  if (NO_MOUNT === undefined) test(title, implementation);
  else test.skip(`${title} (${NO_MOUNT})`, implementation);
}

/** The same for tests that must not run side by side with others of their file. */
export function serialMountTest(title: string, implementation: Implementation): void {
  if (NO_MOUNT === undefined) test.serial(title, implementation);
  else test.serial.skip(`${title} (${NO_MOUNT})`, implementation);
}

export interface Mounted {
  readonly volume: Volume;
  readonly mount: VolumeMount;
  /** The mount point. */
  readonly dir: string;
  /** The folder that it is in, on disk. */
  readonly folder: string;
  /** The volume's file. */
  readonly file: string;
}

/** Runs `work` with a volume that is mounted; whatever comes, it is not mounted afterwards. */
export async function withMount(
  t: ExecutionContext,
  options: MountOptions,
  work: (mounted: Mounted) => Promise<void>,
  openOptions: OpenOptions = {},
): Promise<void> {
  await withVolume(t, openOptions, async ({ volume, file, folder }) => {
    const dir = join(folder, 'mnt');
    await mkdir(dir);
    const mount = await volume.mount(dir, options);
    try {
      await work({ volume, mount, dir, folder, file });
    } finally {
      await endAll(folder, mount);
    }
    t.deepEqual(mountsIn(folder), [], 'nothing is left mounted');
  });
}

async function endAll(folder: string, mount: VolumeMount): Promise<void> {
  await mount.unmount({ force: true });
  for (const dir of mountsIn(folder)) await runProgram('umount', ['-l', dir]);
}

/** Directories in `folder` at which something is mounted. */
export function mountsIn(folder: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => unescape8(line.split(' ')[4] ?? ''))
    .filter((dir) => dir.startsWith(`${folder}/`));
}

function unescape8(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

const TIMEOUT_MS = 60_000;

/** A shell command, which must succeed; returns what it wrote. `$1` and so on are `args`. */
export async function shell(
  t: ExecutionContext,
  script: string,
  ...args: readonly string[]
): Promise<string> {
  const run = await runProgram('sh', ['-ec', script, 'sh', ...args], { timeoutMs: TIMEOUT_MS });
  t.is(run.status, 0, `${script}: ${run.stderr}`);
  return run.stdout;
}

/** The same on this thread, which is blocked meanwhile. */
export function shellSync(script: string, ...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync('sh', ['-ec', script, 'sh', ...args], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
}
