/** What is kept of an archive, and what goes. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { listArchive, openVolume } from '#src/index.js';
import {
  type ArchiveItem,
  type Generation,
  itemName,
  pointsOf,
  readGenerations,
  waysTo,
} from '#src/maintenance/archive/layout.js';
import { outdated } from '#src/maintenance/archive/retention.js';
import { withFolder } from '../support/temporary-volume.js';
import { captureTree } from '../support/tree.js';
import { restoredTree, SELDOM_SECONDS } from './stage.js';

/** A generation whose segment n was cut off at `startMs` + n * 100. */
function generation(name: string, startMs: number, segments: number, bases: number[]): Generation {
  const item = (kind: ArchiveItem['kind'], sequence: number): ArchiveItem => {
    const atMs = startMs + sequence * 100;
    const place = { kind, sequence, commit: atMs, atMs };
    return { ...place, generation: name, path: `${name}/${itemName(place)}` };
  };
  return {
    name,
    path: name,
    bases: bases.map((sequence) => item('base', sequence)),
    segments: Array.from({ length: segments }, (_, index) => item('segment', index + 1)),
  };
}

function names(items: readonly ArchiveItem[]): string[] {
  return items.map(({ kind, sequence, generation: of }) => `${of} ${kind} ${sequence}`);
}

/** The state that every moment from `beforeMs` on is restored to, by its time. */
function answers(generations: readonly Generation[], beforeMs: number, untilMs: number): string[] {
  const all = generations.flatMap((each) =>
    pointsOf(each).map((item) => ({ item, ways: waysTo(each, item.sequence).length })),
  );
  return Array.from({ length: (untilMs - beforeMs) / 50 }, (_, index) => {
    const found = all.findLast(({ item }) => item.atMs <= beforeMs + index * 50);
    return found === undefined ? 'none' : `${found.item.atMs} by ${Math.min(found.ways, 1)}`;
  });
}

function without(generations: readonly Generation[], items: readonly ArchiveItem[]): Generation[] {
  const gone = new Set(items);
  return generations.map((each) => ({
    ...each,
    bases: each.bases.filter((item) => !gone.has(item)),
    segments: each.segments.filter((item) => !gone.has(item)),
  }));
}

test('what goes changes the answer for no moment that is kept', (t) => {
  const generations = [
    generation('a', 1000, 10, [0, 5]),
    generation('b', 3000, 0, [0]),
    generation('c', 4000, 20, [0, 8, 15]),
  ];
  for (let beforeMs = 900; beforeMs < 6100; beforeMs += 50) {
    const gone = outdated(generations, beforeMs);
    const left = without(generations, gone);
    t.deepEqual(answers(left, beforeMs, 6200), answers(generations, beforeMs, 6200), `${beforeMs}`);
  }
});

test('what is not needed for any moment that is kept goes', (t) => {
  const generations = [generation('a', 1000, 3, [0]), generation('c', 4000, 10, [0, 4])];
  t.deepEqual(names(outdated(generations, 3900)), []);
  const first = ['a base 0', 'a segment 1', 'a segment 2', 'a segment 3'];
  t.deepEqual(names(outdated(generations, 4000)), first);
  t.deepEqual(names(outdated(generations, 4399)), first);
  const second = ['c base 0', 'c segment 1', 'c segment 2', 'c segment 3', 'c segment 4'];
  t.deepEqual(names(outdated(generations, 4400)), [...first, ...second]);
  t.deepEqual(names(outdated(generations, 99_999)), [...first, ...second]);
});

test('a state behind a gap is no state, and a base makes a new beginning', (t) => {
  const whole = generation('a', 1000, 10, [2, 6]);
  const [lost] = whole.segments.filter(({ sequence }) => sequence === 4);
  const broken = without([whole], [lost as ArchiveItem])[0] as Generation;
  t.deepEqual(
    pointsOf(broken).map(({ sequence }) => sequence),
    [2, 3, 6, 7, 8, 9, 10],
  );
  t.is(waysTo(broken, 9).length, 1);
  t.is(waysTo(whole, 9).length, 2);
  t.is(waysTo(broken, 5).length, 0);
});

test('old files go by themselves, and the newest state stays', async (t) => {
  await withFolder(async (folder) => {
    const directory = join(folder, 'archive');
    const archive = {
      dir: directory,
      everySeconds: SELDOM_SECONDS,
      baseEverySeconds: 1,
      keepSeconds: 0,
    };
    const file = join(folder, 'test.cabinet');
    const first = await openVolume(file, { archive });
    await first.fs.promises.writeFile('/first', 'x');
    await first.archive?.settle();
    await first.close();
    const [before] = readGenerations(directory);
    const oldest = before?.bases[0]?.path as string;
    // Nobody archives this: the next one begins a new chain.
    const unseen = await openVolume(file);
    await unseen.fs.promises.writeFile('/unseen', 'x');
    await unseen.close();
    const second = await openVolume(file, { archive });
    await second.archive?.settle();
    await second.archive?.settle();
    t.false(readdirSync(directory).includes(before?.name as string), oldest);
    const tree = await captureTree(second.fs.promises as never, '/');
    t.deepEqual(await restoredTree(t, directory, undefined, folder), tree);
    t.true(listArchive(directory).length > 0);
    await second.close();
  });
});
