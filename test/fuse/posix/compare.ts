/**
 * Runs cases in a folder of a disk and in one of a mount, by `agent.py`. Everything that it says must be the
 * same; the kernel must remember nothing that is not so; and the volume must have what programs saw.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { ExecutionContext } from 'ava';
import { projectPath } from '../../support/project.js';
import { runProgram } from '../../support/run-program.js';
import type { Volume } from '../../support/subject.js';
import { type Mounted, type MountedOptions, withMount } from '../support/mounted.js';
import type { PosixCase, PosixGroup } from './case.js';

/** What a case said, in the words of the agent. */
export interface Result {
  readonly answers: readonly unknown[];
  /** After each step that is looked at: what is not as before. */
  readonly seen: readonly unknown[];
  readonly tree: unknown;
  /** Which step, which path, what the kernel remembered, and what the filesystem said. */
  readonly stale: readonly unknown[];
  readonly exact: Readonly<Record<string, Exact>>;
}

/** Number, mode, links, uid, gid, size, atime, mtime and ctime; then checksum or target. */
type Exact = readonly [...numbers: string[], content: number | string | null];

/** As much of a file as the agent looks at, in bytes. */
const CHECKED_BYTES = 1_048_576;
/** The folder that stands for another filesystem. */
const ELSEWHERE = 'elsewhere';
const TIMEOUT_MS = 300_000;

/** Runs the agent; results are in the order of the cases. */
export async function runIn(
  folder: string,
  elsewhere: string,
  group: PosixGroup,
  ...flags: readonly string[]
): Promise<Result[]> {
  const input = JSON.stringify(
    group.cases.map(({ looks, steps }) => ({ looks: looks ?? group.looks ?? 'each', steps })),
  );
  const agent = projectPath('test/fuse/posix/agent.py');
  const run = await runProgram('python3', ['-B', agent, folder, elsewhere, ...flags], {
    input,
    timeoutMs: TIMEOUT_MS,
  });
  if (run.status !== 0) throw new Error(`agent.py in ${folder}: ${run.stderr}`);
  return JSON.parse(run.stdout) as Result[];
}

/** What the disk said: it is asked once, however many mounts are compared with it. */
const disk = new Map<PosixGroup, Promise<Result[]>>();

function diskResults({ dir, beside }: Mounted, group: PosixGroup): Promise<Result[]> {
  const known = disk.get(group) ?? runIn(beside, join(dir, ELSEWHERE), group);
  disk.set(group, known);
  return known;
}

function show({ answers, seen, tree }: Result): string {
  return JSON.stringify({ answers, seen, tree });
}

function difference({ title }: PosixCase, mounted: Result, onDisk: Result): readonly string[] {
  const [here, there] = [show(mounted), show(onDisk)];
  return here === there ? [] : [`${title}\n  mount ${here}\n  disk  ${there}`];
}

function staleness({ title }: PosixCase, { stale }: Result): readonly string[] {
  return stale.map((each) => `${title}: the kernel is wrong about ${JSON.stringify(each)}`);
}

/** The same from the library. */
function fromLibrary({ fs }: Volume, path: string): Exact {
  const stats = fs.lstatSync(path, { bigint: true });
  const { ino, mode, nlink, uid, gid, size, atimeNs, mtimeNs, ctimeNs } = stats;
  const numbers = [ino, mode, nlink, uid, gid, size, atimeNs, mtimeNs, ctimeNs].map(String);
  if (stats.isFile()) return [...numbers, checksum(fs, path)];
  return [...numbers, stats.isSymbolicLink() ? fs.readlinkSync(path) : null];
}

function checksum(fs: Volume['fs'], path: string): number {
  const fd = fs.openSync(path, 'r');
  const buffer = Buffer.alloc(Math.min(fs.fstatSync(fd).size, CHECKED_BYTES));
  const count = fs.readSync(fd, buffer, 0, buffer.length, 0);
  fs.closeSync(fd);
  return crc32(buffer.subarray(0, count));
}

function leftIn(volume: Volume, folder: string, { title }: PosixCase, result: Result): string[] {
  return Object.entries(result.exact).flatMap(([path, exact]) => {
    const [seen, kept] = [exact, fromLibrary(volume, `${folder}${path}`)];
    return JSON.stringify(seen) === JSON.stringify(kept)
      ? []
      : [`${title}: ${path}\n  mount   ${seen.join(' ')}\n  library ${kept.join(' ')}`];
  });
}

export async function compare(
  t: ExecutionContext,
  group: PosixGroup,
  options: MountedOptions,
): Promise<void> {
  await withMount(t, options, async (mounted) => {
    const { dir, beside, volume } = mounted;
    for (const place of [dir, beside]) mkdirSync(join(place, ELSEWHERE));
    const onDisk = await diskResults(mounted, group);
    // Where nothing is kept nothing is kept too long.
    const flags = options.cacheMs === 0 ? [] : ['--ask'];
    const onMount = await runIn(dir, join(beside, ELSEWHERE), group, ...flags);
    const wrong = group.cases.flatMap((each, index) => {
      const [here, there] = [onMount[index], onDisk[index]];
      if (here === undefined || there === undefined) return [`${each.title}: no result`];
      return [
        ...difference(each, here, there),
        ...staleness(each, here),
        ...leftIn(volume, `/c${index}`, each, here),
      ];
    });
    t.log(`${group.cases.length} cases`);
    t.deepEqual(wrong, []);
    // By a program: paths may be longer than those of system calls.
    execFileSync('rm', ['-rf', beside]);
  });
}
