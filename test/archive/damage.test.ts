/** A damaged archive is never taken for a whole one, and says what can still be had. */
import {
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { listArchive, materialise, openVolume, type VolumeError } from '#src/index.js';
import { withFolder } from '../support/temporary-volume.js';
import { captureTree, type Tree } from '../support/tree.js';
import { restoredTree, SELDOM_SECONDS } from './stage.js';

interface Archived {
  readonly folder: string;
  readonly directory: string;
  /** Paths of the files, in the order of the chain. */
  readonly files: readonly string[];
  /** Trees by the commit at which they were shipped. */
  readonly trees: ReadonlyMap<number, Tree>;
}

const STEPS = 3;

/** An archive with a base and some segments. */
function withArchive(fn: (archived: Archived) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const directory = join(folder, 'archive');
    const archive = { dir: directory, everySeconds: SELDOM_SECONDS };
    const volume = await openVolume(join(folder, 'test.cabinet'), { archive });
    const trees = new Map<number, Tree>();
    for (let step = 0; step < STEPS; step += 1) {
      await volume.fs.promises.writeFile(`/${step}`, Buffer.alloc(60_000, `${step}`));
      await volume.archive?.settle();
      const commit = volume.archive?.status.lastCommit as number;
      trees.set(commit, await captureTree(volume.fs.promises as never, '/'));
    }
    await volume.close();
    const [generation] = readdirSync(directory).filter((name) => name.includes('-'));
    const chain = join(directory, generation as string);
    const files = readdirSync(chain)
      .sort()
      .map((name) => join(chain, name));
    await fn({ folder, directory, files, trees });
  });
}

function flip(path: string, offset: number): void {
  const bytes = readFileSync(path);
  const at = offset < 0 ? bytes.length + offset : offset;
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(path, bytes);
}

async function failure(directory: string, folder: string): Promise<VolumeError | undefined> {
  const target = join(folder, 'target');
  try {
    await materialise(directory, undefined, target);
    rmSync(target);
    return undefined;
  } catch (error) {
    return error as VolumeError;
  }
}

/** What the error says can still be restored, is restored. */
async function assertRest(
  t: ExecutionContext,
  { directory, folder, trees }: Archived,
  error: VolumeError,
): Promise<void> {
  const commit = Number(/commit (\d+)\.$/.exec(error.hint ?? '')?.[1]);
  t.true(commit > 0, error.message);
  const known = [...trees].findLast(([shipped]) => shipped <= commit)?.[1];
  const tree = await restoredTree(t, directory, { commit }, folder);
  if (known !== undefined) t.deepEqual(tree, known);
}

test('a changed bit in any region of a segment is found, and what is before it restored', async (t) => {
  await withArchive(async (archived) => {
    const { files, directory, folder } = archived;
    const segments = files.filter((path) => path.endsWith('.segment'));
    const [, middle] = segments as [string, string];
    const { length } = readFileSync(middle);
    const headerBytes = readFileSync(middle).readUInt32BE(8);
    const block = 12 + headerBytes;
    // Magic, length of the header, header, lengths of the block, block, hash.
    const regions = [
      0,
      7,
      8,
      11,
      12,
      60,
      block - 2,
      block,
      block + 3,
      block + 5,
      block + 8,
      -33,
      -1,
    ];
    for (const offset of [...regions, Math.floor((block + length) / 2)]) {
      flip(middle, offset);
      const error = await failure(directory, folder);
      t.is(error?.code, 'ERR_ARCHIVE_DAMAGED', `offset ${offset}`);
      t.is(error?.path, middle, `offset ${offset}`);
      if (offset === 60) await assertRest(t, archived, error as VolumeError);
      flip(middle, offset);
    }
    t.is(await failure(directory, folder), undefined, 'undamaged again');
  });
});

test('a segment that is cut off, grown or exchanged is found', async (t) => {
  await withArchive(async ({ files, directory, folder }) => {
    const [first, second] = files.filter((path) => path.endsWith('.segment')) as [string, string];
    const whole = readFileSync(second);
    for (const length of [0, 5, 20, whole.length - 1]) {
      truncateSync(second, length);
      t.is((await failure(directory, folder))?.path, second);
      writeFileSync(second, whole);
    }
    writeFileSync(second, Buffer.concat([whole, Buffer.from('x')]));
    t.is((await failure(directory, folder))?.path, second);
    writeFileSync(second, readFileSync(first));
    t.is((await failure(directory, folder))?.path, second);
  });
});

test('a changed bit in any region of a base is found', async (t) => {
  await withArchive(async ({ files, directory, folder }) => {
    const base = files.find((path) => path.endsWith('.base')) as string;
    for (const offset of [0, 24, 100, 5000, 70_000, -1]) {
      flip(base, offset);
      const error = await failure(directory, folder);
      t.is(error?.code, 'ERR_ARCHIVE_DAMAGED');
      t.is(error?.path, base);
      t.regex(error?.hint ?? '', /no older state/);
      flip(base, offset);
    }
    const describing = `${base}.json`;
    for (let offset = 3; offset < readFileSync(describing).length - 3; offset += 83) {
      flip(describing, offset);
      t.is((await failure(directory, folder))?.path, describing, `offset ${offset}`);
      flip(describing, offset);
    }
    t.is(await failure(directory, folder), undefined, 'undamaged again');
  });
});

test('where a segment is missing, only what leads past it can be restored', async (t) => {
  await withArchive(async ({ files, directory, folder, trees }) => {
    const segments = files.filter((path) => path.endsWith('.segment'));
    const before = listArchive(directory).length;
    renameSync(segments[1] as string, join(folder, 'away'));
    const points = listArchive(directory);
    t.true(points.length < before);
    const newest = points.at(-1)?.commit as number;
    const tree = await restoredTree(t, directory, undefined, folder);
    t.deepEqual(tree, [...trees].findLast(([commit]) => commit <= newest)?.[1] ?? tree);
  });
});

test('a damaged base is done without where an older one and all segments since are there', async (t) => {
  await withFolder(async (folder) => {
    const directory = join(folder, 'archive');
    const archive = { dir: directory, everySeconds: SELDOM_SECONDS, baseEverySeconds: 1 };
    const volume = await openVolume(join(folder, 'test.cabinet'), { archive });
    const bases = (): string[] =>
      readdirSync(directory, { recursive: true })
        .map(String)
        .filter((name) => name.endsWith('.base'))
        .sort();
    for (let step = 0; bases().length < 2; step += 1) {
      await volume.fs.promises.writeFile(`/${step}`, `step ${step}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await volume.archive?.settle();
    }
    const tree = await captureTree(volume.fs.promises as never, '/');
    await volume.close();
    flip(join(directory, bases().at(-1) as string), 9000);
    t.deepEqual(await restoredTree(t, directory, undefined, folder), tree);
    flip(join(directory, bases()[0] as string), 9000);
    t.is((await failure(directory, folder))?.code, 'ERR_ARCHIVE_DAMAGED');
  });
});

test('an archive whose newest segment is damaged is begun anew', async (t) => {
  await withArchive(async ({ files, directory, folder }) => {
    const newest = files.filter((path) => path.endsWith('.segment')).at(-1) as string;
    flip(newest, 40);
    const archive = { dir: directory, everySeconds: SELDOM_SECONDS };
    const volume = await openVolume(join(folder, 'test.cabinet'), { archive });
    await volume.fs.promises.writeFile('/after', 'x');
    await volume.archive?.settle();
    const tree = await captureTree(volume.fs.promises as never, '/');
    t.is(volume.archive?.status.failure, null);
    await volume.close();
    t.deepEqual(await restoredTree(t, directory, undefined, folder), tree);
    t.is(new Set(listArchive(directory).map(({ generation }) => generation)).size, 2);
  });
});
