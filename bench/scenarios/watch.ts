/**
 * How long after its commit a change is told by `fs.watch`, at 10,000 changes per second, and whether
 * any is missing or told twice.
 *
 * A commit's time is what the writer tells its subscribers: when COMMIT had returned. There is no such
 * time to be had of `node:fs`.
 */
import { openCabinet, type Volume } from '../contenders/cabinet.js';
import { fileName, payloadOf } from '../harness/payload.js';
import type { Contender, Goal, Readings, Scenario } from '../harness/scenario.js';
import { percentile } from '../harness/statistics.js';
import { verify } from '../harness/verify.js';

const CHANGES_PER_MS = 10;
const DEADLINE_MS = 5;
const SIZE_BYTES = 100;
const payload = payloadOf(SIZE_BYTES);

type Listener = (type: string, name: string) => void;
type Watch = (volume: Volume, listener: Listener) => Promise<void>;

export const watchScenario: Scenario = {
  name: 'watch',
  about: 'from a commit to its event at 10,000 changes per second',
  groups: ({ quick }) => {
    const count = quick ? 20_000 : 50_000;
    const contenders = [
      contender('one directory', count, watchOne),
      contender('recursive', count, watchAll),
      contender('beside 1,000 watched files', count, watchMany),
    ];
    return [
      {
        title: `fs.watch while ${count} files are made or appended to, 10,000 per second`,
        metrics: [
          { key: 'p50', label: 'p50 ms' },
          { key: 'p99', label: 'p99 ms' },
          { key: 'max', label: 'max ms' },
          { key: 'late', label: '% after 5 ms' },
          { key: 'missing', label: 'missing' },
          { key: 'twice', label: 'twice' },
          { key: 'rate', label: 'changes/s' },
        ],
        contenders,
        goals: contenders.flatMap(({ name }) => goals(name)),
      },
    ];
  },
};

function goals(name: string): Goal[] {
  const goal = (key: string, what: string, atMost: number, unit: string): Goal => ({
    label: `fs.watch, ${name}: ${what}`,
    of: [name, key],
    unit,
    bound: { atMost },
  });
  return [
    goal('p99', 'from the commit to the event, p99', DEADLINE_MS, 'ms'),
    goal('missing', 'missing events', 0, 'events'),
    goal('twice', 'events told twice', 0, 'events'),
  ];
}

const watchOne: Watch = async (volume, listener) => {
  volume.fs.watch('/files', listener);
};

const watchAll: Watch = async (volume, listener) => {
  volume.fs.watch('/', { recursive: true }, (type: string, path: string) => {
    if (path.startsWith('files/')) listener(type, path.slice('files/'.length));
  });
};

const watchMany: Watch = async (volume, listener) => {
  const { promises } = volume.fs;
  await promises.mkdir('/others');
  for (let index = 0; index < 1000; index += 1) {
    const path = `/others/${fileName(index)}`;
    await promises.writeFile(path, '');
    volume.fs.watch(path, () => undefined);
    volume.fs.watchFile(path, () => undefined);
  }
  await watchOne(volume, listener);
};

function contender(name: string, count: number, watch: Watch): Contender {
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const { volume, close } = await openCabinet(folder, 'interval');
      const { promises } = volume.fs;
      await promises.mkdir('/files');
      const commits = await followCommits(volume);
      // Every second one exists already.
      for (let index = 0; index < count; index += 2) {
        const made = promises.writeFile(`/files/${fileName(index)}`, payload.of(index));
        if (index % 1024 === 0) await made;
      }
      await promises.writeFile('/warm-up', '');
      const told = new Map<string, number>();
      const times: { file: string; toldMs: number }[] = [];
      await watch(volume, (_type, file) => {
        times.push({ file, toldMs: performance.timeOrigin + performance.now() });
        told.set(file, (told.get(file) ?? 0) + 1);
      });
      const seconds = await change(volume, count);
      // All changes are answered, so all were told; the last turn may still be under way.
      await new Promise(setImmediate);
      await close();
      // A commit's time may be told after its events: both have ticks of their own.
      const latenciesMs = times.map(
        ({ file, toldMs }) => toldMs - (commits.get(file) ?? Number.NaN),
      );
      return { ...judge(count, told, latenciesMs), rate: count / seconds };
    },
  };
}

/** When each file was last committed, by name: milliseconds since 1970. */
async function followCommits(volume: Volume): Promise<ReadonlyMap<string, number>> {
  const names = new Map<number, string>();
  const commits = new Map<string, number>();
  await volume.subscribe((changes, committedMs) => {
    for (const change of changes) {
      if (change.type === 'create') names.set(change.ino, change.name);
      commits.set(names.get(change.ino) ?? '', committedMs);
    }
  });
  return commits;
}

/** Appends to every second file and makes the others, so many per millisecond. */
async function change(volume: Volume, count: number): Promise<number> {
  const { promises } = volume.fs;
  const startMs = performance.now();
  const changes: Promise<unknown>[] = [];
  while (changes.length < count) {
    const due = Math.min(count, (performance.now() - startMs) * CHANGES_PER_MS);
    while (changes.length < due) {
      const index = changes.length;
      changes.push(promises.appendFile(`/files/${fileName(index)}`, payload.of(index)));
    }
    await new Promise(setImmediate);
  }
  await Promise.all(changes);
  return (performance.now() - startMs) / 1000;
}

function judge(
  count: number,
  told: ReadonlyMap<string, number>,
  latenciesMs: readonly number[],
): Readings {
  let missing = 0;
  let twice = 0;
  for (let index = 0; index < count; index += 1) {
    const times = told.get(fileName(index)) ?? 0;
    if (times === 0) missing += 1;
    if (times > 1) twice += 1;
  }
  verify(told.size + missing === count, 'nothing but the files was told');
  const late = latenciesMs.filter((ms) => ms > DEADLINE_MS).length;
  return {
    p50: percentile(latenciesMs, 0.5),
    p99: percentile(latenciesMs, 0.99),
    max: percentile(latenciesMs, 1),
    late: (late / latenciesMs.length) * 100,
    missing,
    twice,
  };
}
