/** Every change is told exactly once, in the order of the commits, however many there are. */
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { withVolume } from '../../support/temporary-volume.js';

const FILES = 2000;

/** What is told of each file, in order. */
const STORY = ['rename a', 'change a', 'change a', 'rename a', 'rename b', 'rename b'];

test('under load each change is told once to every watcher', async (t) => {
  await withVolume(t, { batchCommandsMax: 64 }, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/dir');
    const direct = new Map<string, string[]>();
    const recursive = new Map<string, string[]>();
    const tell = (told: Map<string, string[]>, type: string, name: string): void => {
      const [, letter = '', number = ''] = /^([ab])(\d+)$/.exec(name) ?? [];
      const list = told.get(number);
      if (list === undefined) told.set(number, [`${type} ${letter}`]);
      else list.push(`${type} ${letter}`);
    };
    volume.fs.watch('/dir', (type: string, name: string) => tell(direct, type, name));
    volume.fs.watch('/', { recursive: true }, (type: string, path: string) => {
      t.true(path.startsWith('dir/'));
      tell(recursive, type, path.slice('dir/'.length));
    });
    const stories = Array.from({ length: FILES }, async (_, index) => {
      const [a, b] = [`/dir/a${index}`, `/dir/b${index}`];
      await fs.writeFile(a, 'one');
      await Promise.all([fs.appendFile(a, 'two'), fs.chmod(a, 0o600)]);
      await fs.rename(a, b);
      await fs.unlink(b);
    });
    await Promise.all(stories);
    await setImmediate();
    for (const told of [direct, recursive]) {
      t.is(told.size, FILES);
      const wrong = [...told.values()].filter((story) => story.join() !== STORY.join());
      t.deepEqual(wrong, []);
    }
  });
});

test('watchers that come and go while files are written tell what is after them, once', async (t) => {
  await withVolume(t, { batchCommandsMax: 16 }, async ({ volume }) => {
    const fs = volume.fs.promises;
    const writes = Array.from({ length: FILES }, (_, index) => fs.writeFile(`/f${index}`, ''));
    const watchers: { told: string[]; first: number }[] = [];
    for (let index = 0; index < FILES; index += 100) {
      await writes[index];
      const told: string[] = [];
      volume.fs.watch('/', (_type: string, name: string) => told.push(name));
      watchers.push({ told, first: (await fs.readdir('/')).length });
    }
    await Promise.all(writes);
    await setImmediate();
    for (const { told, first } of watchers) {
      const numbers = told.map((name) => Number(name.slice(1)));
      // Writes are applied in order: what is told is a row of numbers up to the last one.
      t.deepEqual(
        numbers,
        Array.from({ length: numbers.length }, (_, at) => FILES - numbers.length + at),
      );
      t.true(numbers.length >= FILES - first, 'nothing after the directory was listed is missing');
    }
  });
});
