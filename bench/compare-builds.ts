/**
 * What a change of the format costs: the same work with two builds, one round of each after the other.
 *
 *   node build/bench/compare-builds.js <dist of another build> [rounds]
 *
 * Prints what this build takes as a ratio to the other one, in processor time of all threads, which other
 * work on the machine disturbs least: medians of the ratios of all rounds.
 * `verified` is this build with `verifyReads`, as a ratio to this build without. A second run with the
 * folders exchanged, or the same one twice, tells how far that can be trusted.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Api from '#src/index.js';
import type { OpenOptions, Volume } from '#src/index.js';

const FILES = 6000;
const READS = 12_000;
const LISTS = 60;
const CALLERS = 64;
const DIRECTORIES = 10;
const ROUNDS = 9;
const US_PER_MS = 1000;

type Times = Record<string, number>;

interface Build {
  readonly api: typeof Api;
  readonly options: OpenOptions;
}

function load(dist: string): Promise<typeof Api> {
  return import(pathToFileURL(resolve(dist, 'index.js')).href);
}

function pathOf(index: number): string {
  return `/directory-${index % DIRECTORIES}/a file with a name ${index}`;
}

/** Calls `work` for every index, so many at a time. */
async function together(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

async function timed(times: Times, name: string, work: () => unknown): Promise<void> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  times[name] = (user + system) / US_PER_MS;
}

function repeat(count: number, work: (index: number) => unknown): void {
  for (let index = 0; index < count; index += 1) work(index);
}

async function write({ fs }: Volume, times: Times): Promise<void> {
  const { promises } = fs;
  repeat(DIRECTORIES, (index) => fs.mkdirSync(`/directory-${index}`));
  const small = Buffer.alloc(100, 'x');
  const chunk = Buffer.alloc(4096, 'y');
  await timed(times, 'create, 100 B, 64 callers', () =>
    together(FILES, (index) => promises.writeFile(pathOf(index), small)),
  );
  await timed(times, 'writeFile, 4 KiB, 64 callers', () =>
    together(FILES, (index) => promises.writeFile(pathOf(index), chunk)),
  );
  await timed(times, 'writeFile, 100 B, 64 callers', () =>
    together(FILES, (index) => promises.writeFile(pathOf(index), small)),
  );
  await timed(times, 'chmod, 64 callers', () =>
    together(FILES, (index) => promises.chmod(pathOf(index), 0o600)),
  );
  await timed(times, 'rename, 64 callers', () =>
    together(FILES, (index) => promises.rename(pathOf(index), `${pathOf(index)} `)),
  );
  await timed(times, 'rename back, 64 callers', () =>
    together(FILES, (index) => promises.rename(`${pathOf(index)} `, pathOf(index))),
  );
}

async function read({ fs }: Volume, times: Times): Promise<void> {
  const { promises } = fs;
  const each = (work: (path: string) => unknown) => () =>
    repeat(READS, (index) => work(pathOf(index % FILES)));
  for (const kind of ['', ' again']) {
    await timed(times, `statSync${kind}`, each(fs.statSync));
    await timed(times, `readFileSync, 100 B${kind}`, each(fs.readFileSync));
  }
  await timed(times, 'stat', () =>
    together(READS, (index) => promises.stat(pathOf(index % FILES))),
  );
  await timed(times, 'readFile, 100 B', () =>
    together(READS, (index) => promises.readFile(pathOf(index % FILES))),
  );
  await timed(times, 'readdir, 600 names', () =>
    repeat(LISTS, (index) => fs.readdirSync(`/directory-${index % DIRECTORIES}`)),
  );
  await timed(times, 'readdir with types', () =>
    repeat(LISTS, (index) =>
      fs.readdirSync(`/directory-${index % DIRECTORIES}`, { withFileTypes: true }),
    ),
  );
}

async function runRound(folder: string, { api, options }: Build): Promise<Times> {
  const file = join(folder, 'volume.cabinet');
  const times: Times = {};
  const volume = await api.openVolume(file, options);
  await write(volume, times);
  await read(volume, times);
  await timed(times, 'unlink, 64 callers', () =>
    together(FILES, (index) => volume.fs.promises.unlink(pathOf(index))),
  );
  await together(FILES, (index) => volume.fs.promises.writeFile(pathOf(index), 'x'));
  await volume.close();
  const { fileBytes, freeBytes } = api.inspectVolume(file);
  times['bytes on disk of a file of 1 B'] = (fileBytes - freeBytes) / FILES;
  rmSync(folder, { recursive: true });
  return times;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print(title: string, mine: readonly Times[], theirs: readonly Times[]): void {
  console.log(`\n${title}`);
  for (const name of Object.keys(mine[0] ?? {})) {
    const value = (times: Times | undefined): number => times?.[name] ?? Number.NaN;
    const ratio = median(mine.map((times, round) => value(times) / value(theirs[round])));
    const [here, there] = [median(mine.map(value)), median(theirs.map(value))];
    console.log(
      `${name.padEnd(34)} ${ratio.toFixed(3)}   (${here.toFixed(1)} to ${there.toFixed(1)})`,
    );
  }
}

const [dist = '', rounds = String(ROUNDS)] = process.argv.slice(2);
const api = await load('dist');
const builds: Readonly<Record<'mine' | 'theirs' | 'verified', Build>> = {
  theirs: { api: await load(dist), options: {} },
  mine: { api, options: {} },
  verified: { api, options: { verifyReads: true } },
};
const results = { mine: [], theirs: [], verified: [] } as Record<keyof typeof builds, Times[]>;
const names = Object.keys(builds) as (keyof typeof builds)[];
for (let round = 0; round < Number(rounds); round += 1) {
  // Each comes first in turn.
  for (let turn = 0; turn < names.length; turn += 1) {
    const name = names[(round + turn) % names.length] as keyof typeof builds;
    const folder = mkdtempSync(join(tmpdir(), 'cabinetfs-compare-'));
    results[name].push(await runRound(folder, builds[name]));
  }
}
print('this build to the other one', results.mine, results.theirs);
print('with verifyReads to without', results.verified, results.mine);
