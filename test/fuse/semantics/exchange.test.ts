/** Swapping two names: for those who watch, and through the handler's commands. */
import test from 'ava';
import type { Change } from '#src/core/change.js';
import type { Ino } from '#src/core/ino.js';
import type { Volume } from '../../support/subject.js';
import { withVolume } from '../../support/temporary-volume.js';
import { until } from '../../support/until.js';

async function inoOf(volume: Volume, path: string): Promise<Ino> {
  return (await volume.fs.promises.stat(path)).ino as Ino;
}

async function exchange(volume: Volume, one: string, other: string): Promise<void> {
  const place = async (path: string) => ({
    parent: await inoOf(volume, path.slice(0, path.lastIndexOf('/')) || '/'),
    name: path.slice(path.lastIndexOf('/') + 1),
  });
  const places = [await place(one), await place(other)] as const;
  await volume.internals.writer?.submit('exchangeAt', [...places]);
}

/** Collects events as `type name` until `count` have come, and then a moment for any more. */
async function told(
  volume: Volume,
  path: string,
  recursive: boolean,
  change: () => Promise<unknown>,
  last: string,
): Promise<string[]> {
  const events: string[] = [];
  const watcher = volume.fs.watch(path, { recursive }, (type, name) => {
    events.push(`${type} ${String(name)}`);
  });
  try {
    await change();
    await until(`'${last}' in ${events.join(', ')}`, () => events.at(-1) === last);
    return events;
  } finally {
    watcher.close();
  }
}

test('two files: both names are told, and lead where they do now', (t) =>
  withVolume(t, {}, async ({ volume }) => {
    const { promises } = volume.fs;
    await promises.writeFile('/a', 'was a');
    await promises.writeFile('/b', 'was b');
    const events = await told(
      volume,
      '/',
      false,
      async () => {
        await exchange(volume, '/a', '/b');
        // A change of a file is told under the name that it has now.
        await promises.appendFile('/b', '!');
      },
      'change b',
    );
    t.deepEqual(events, ['rename a', 'rename b', 'rename b', 'rename a', 'change b']);
    t.is(await promises.readFile('/b', 'utf8'), 'was a!');
  }));

test('a file and a directory: what is in the directory is told under its new name', (t) =>
  withVolume(t, {}, async ({ volume }) => {
    const { promises } = volume.fs;
    await promises.mkdir('/d/sub', { recursive: true });
    await promises.writeFile('/d/sub/deep', 'x');
    await promises.mkdir('/e');
    await promises.writeFile('/e/f', 'x');
    const events = await told(
      volume,
      '/',
      true,
      async () => {
        await exchange(volume, '/d/sub', '/e/f');
        await promises.appendFile('/e/f/deep', '!');
        await promises.appendFile('/d/sub', '!');
        await promises.writeFile('/e/f/last', '');
      },
      'rename e/f/last',
    );
    t.deepEqual(
      events.filter((event) => event.startsWith('change') || event.endsWith('last')),
      ['change e/f/deep', 'change d/sub', 'rename e/f/last'],
    );
    const [d, e] = [await promises.stat('/d'), await promises.stat('/e')];
    t.deepEqual([d.nlink, e.nlink], [2, 3]);
  }));

test('two directories that are both watched with all below them', (t) =>
  withVolume(t, {}, async ({ volume }) => {
    const { promises } = volume.fs;
    for (const name of ['one', 'two']) {
      await promises.mkdir(`/${name}`);
      await promises.writeFile(`/${name}/in-${name}`, '');
    }
    const events = await told(
      volume,
      '/',
      true,
      async () => {
        await exchange(volume, '/one', '/two');
        await promises.appendFile('/two/in-one', 'x');
        await promises.appendFile('/one/in-two', 'x');
        await exchange(volume, '/two', '/one');
        await promises.appendFile('/one/in-one', 'x');
        await promises.writeFile('/two/last', '');
      },
      'rename two/last',
    );
    t.deepEqual(
      events.filter((event) => event.startsWith('change')),
      ['change two/in-one', 'change one/in-two', 'change one/in-one'],
    );
  }));

test('a file that is watched itself is told its rename, and its changes after that', (t) =>
  withVolume(t, {}, async ({ volume }) => {
    const { promises } = volume.fs;
    await promises.writeFile('/a', '');
    await promises.mkdir('/d');
    await promises.writeFile('/d/b', '');
    const events = await told(
      volume,
      '/a',
      false,
      async () => {
        await exchange(volume, '/a', '/d/b');
        await promises.appendFile('/d/b', 'x');
      },
      'change a',
    );
    t.deepEqual(events, ['rename a', 'change a']);
  }));

test('subscribers hear of two renames that replace nothing', (t) =>
  withVolume(t, {}, async ({ volume }) => {
    const { promises } = volume.fs;
    await promises.writeFile('/a', '');
    await promises.mkdir('/d');
    const [a, d] = [await inoOf(volume, '/a'), await inoOf(volume, '/d')];
    const changes: Change[] = [];
    const unsubscribe = await volume.subscribe((each) => void changes.push(...each));
    await exchange(volume, '/a', '/d');
    await until('both are told', () => changes.length === 2);
    unsubscribe();
    const shown = changes.map((change) =>
      change.type === 'rename'
        ? [change.ino, change.name, change.newName, change.isDirectory, change.replaced]
        : change.type,
    );
    t.deepEqual(shown, [
      [a, 'a', 'd', false, undefined],
      [d, 'd', 'a', true, undefined],
    ]);
  }));

for (const [title, one, other, code] of [
  ['one that holds the other', '/top', '/top/mid/low', 'EINVAL'],
  ['the other way round', '/top/mid/low', '/top', 'EINVAL'],
  ['a name that is missing', '/top', '/missing', 'ENOENT'],
] as const) {
  test(`refused: ${title}`, (t) =>
    withVolume(t, {}, async ({ volume }) => {
      await volume.fs.promises.mkdir('/top/mid/low', { recursive: true });
      await t.throwsAsync(exchange(volume, one, other), { message: code });
    }));
}
