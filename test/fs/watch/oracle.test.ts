/**
 * The same changes on a disk and in a volume, watched the same way.
 *
 * Compared is the set of events of each step. inotify tells several events of one call, and those of a
 * file that comes or goes beside that it does; here there is one for each committed change. So beside
 * `rename` of a name its `change` does not count.
 */
import * as nodeFs from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { withVolume } from '../../support/temporary-volume.js';
import { until } from '../../support/until.js';

type Files = typeof import('node:fs/promises');
type Work = (fs: Files, root: string) => Promise<unknown>;

/** The kernel marks events of directories, which Node takes for `rename` whatever has happened. */
interface AttributesOfDirectory {
  readonly ofDirectory: Work;
}

type Step = Work | AttributesOfDirectory;

function workOf(step: Step): Work {
  return 'ofDirectory' in step ? step.ofDirectory : step;
}

interface Scenario {
  readonly title: string;
  /** Paths that are watched. */
  readonly watch: readonly string[];
  readonly steps: readonly Step[];
}

async function prepare(fs: Files, root: string): Promise<void> {
  await fs.mkdir(`${root}/dir/sub`, { recursive: true });
  await fs.mkdir(`${root}/other`);
  await fs.writeFile(`${root}/dir/file`, 'one');
  await fs.writeFile(`${root}/dir/sub/deep`, 'one');
  await fs.writeFile(`${root}/other/file`, 'two');
  await fs.link(`${root}/dir/file`, `${root}/other/link`);
  await fs.symlink('dir', `${root}/symlink`);
  await fs.symlink('dir/file', `${root}/to-file`);
}

const SCENARIOS: readonly Scenario[] = [
  {
    title: 'entries of a directory come and go',
    watch: ['dir'],
    steps: [
      (fs, root) => fs.writeFile(`${root}/dir/new`, 'x'),
      (fs, root) => fs.writeFile(`${root}/dir/empty`, ''),
      (fs, root) => fs.mkdir(`${root}/dir/made`),
      (fs, root) => fs.symlink('nowhere', `${root}/dir/soft`),
      (fs, root) => fs.link(`${root}/other/file`, `${root}/dir/hard`),
      (fs, root) => fs.copyFile(`${root}/dir/file`, `${root}/dir/copy`),
      (fs, root) => fs.rename(`${root}/dir/new`, `${root}/dir/newer`),
      (fs, root) => fs.rename(`${root}/dir/newer`, `${root}/other/moved`),
      (fs, root) => fs.rename(`${root}/other/moved`, `${root}/dir/back`),
      (fs, root) => fs.rename(`${root}/dir/back`, `${root}/dir/copy`),
      (fs, root) => fs.unlink(`${root}/dir/copy`),
      (fs, root) => fs.rmdir(`${root}/dir/made`),
      (fs, root) => fs.unlink(`${root}/dir/soft`),
      (fs, root) => fs.unlink(`${root}/dir/hard`),
    ],
  },
  {
    title: 'what is in a directory changes',
    watch: ['dir'],
    steps: [
      (fs, root) => fs.appendFile(`${root}/dir/file`, 'more'),
      (fs, root) => fs.writeFile(`${root}/dir/file`, 'anew'),
      (fs, root) => fs.truncate(`${root}/dir/file`, 1),
      (fs, root) => fs.chmod(`${root}/dir/file`, 0o600),
      (fs, root) => fs.utimes(`${root}/dir/file`, 1, 2),
      { ofDirectory: (fs, root) => fs.chmod(`${root}/dir/sub`, 0o700) },
      (fs, root) => fs.copyFile(`${root}/other/file`, `${root}/dir/file`),
      async (fs, root) => {
        const handle = await fs.open(`${root}/dir/file`, 'r+');
        await handle.write('by handle');
        await handle.close();
      },
      (fs, root) => fs.readFile(`${root}/dir/file`),
      (fs, root) => fs.stat(`${root}/dir/file`),
    ],
  },
  {
    title: 'nothing of what is deeper, or elsewhere, is told',
    watch: ['dir'],
    steps: [
      (fs, root) => fs.writeFile(`${root}/dir/sub/new`, 'x'),
      (fs, root) => fs.appendFile(`${root}/dir/sub/deep`, 'x'),
      (fs, root) => fs.rename(`${root}/dir/sub/deep`, `${root}/dir/sub/deeper`),
      (fs, root) => fs.rm(`${root}/dir/sub/deeper`),
      (fs, root) => fs.writeFile(`${root}/other/new`, 'x'),
      (fs, root) => fs.mkdir(`${root}/made`),
    ],
  },
  {
    title: 'a directory itself',
    watch: ['dir', 'dir/sub'],
    steps: [
      { ofDirectory: (fs, root) => fs.chmod(`${root}/dir`, 0o700) },
      { ofDirectory: (fs, root) => fs.chmod(`${root}/dir/sub`, 0o700) },
      (fs, root) => fs.rename(`${root}/dir`, `${root}/renamed`),
      (fs, root) => fs.writeFile(`${root}/renamed/new`, 'x'),
      (fs, root) => fs.rename(`${root}/renamed/sub`, `${root}/other/sub`),
      (fs, root) => fs.writeFile(`${root}/other/sub/new`, 'x'),
      (fs, root) => fs.unlink(`${root}/other/sub/new`),
      (fs, root) => fs.unlink(`${root}/other/sub/deep`),
      (fs, root) => fs.rmdir(`${root}/other/sub`),
    ],
  },
  {
    title: 'a file',
    watch: ['dir/file'],
    steps: [
      (fs, root) => fs.appendFile(`${root}/dir/file`, 'more'),
      (fs, root) => fs.chmod(`${root}/dir/file`, 0o600),
      (fs, root) => fs.appendFile(`${root}/other/link`, 'by its other name'),
      (fs, root) => fs.link(`${root}/dir/file`, `${root}/other/third`),
      (fs, root) => fs.unlink(`${root}/other/third`),
      (fs, root) => fs.rename(`${root}/dir/file`, `${root}/dir/renamed`),
      (fs, root) => fs.appendFile(`${root}/dir/renamed`, 'more'),
      (fs, root) => fs.writeFile(`${root}/dir/file`, 'another file'),
      (fs, root) => fs.unlink(`${root}/dir/renamed`),
      (fs, root) => fs.appendFile(`${root}/other/link`, 'still there'),
      (fs, root) => fs.unlink(`${root}/other/link`),
      (fs, root) => fs.writeFile(`${root}/other/link`, 'another file'),
    ],
  },
  {
    title: 'a file that is replaced',
    watch: ['other/file'],
    steps: [
      (fs, root) => fs.rename(`${root}/dir/sub/deep`, `${root}/other/file`),
      (fs, root) => fs.appendFile(`${root}/other/file`, 'the new one'),
    ],
  },
  {
    title: 'symbolic links are followed',
    watch: ['symlink', 'to-file'],
    steps: [
      (fs, root) => fs.writeFile(`${root}/dir/new`, 'x'),
      (fs, root) => fs.appendFile(`${root}/dir/file`, 'x'),
      { ofDirectory: (fs, root) => fs.chmod(`${root}/dir`, 0o700) },
    ],
  },
];

/** Without `change` of a name that came or went in the same step. */
function essence(events: readonly string[]): string[] {
  const all = new Set(events);
  return [...all]
    .filter(
      (event) => !all.has(event.replace(' change ', ' rename ')) || event.includes(' rename '),
    )
    .sort();
}

function asChange(event: string): string {
  if (!event.includes(' rename '))
    throw new Error(`Node tells ${event}: this is a deviation no more`);
  return event.replace(' rename ', ' change ');
}

async function onDisk({ watch, steps }: Scenario): Promise<string[][]> {
  const root = await mkdtemp(join(tmpdir(), 'cabinetfs-watch-'));
  try {
    const fs = nodeFs.promises;
    await prepare(fs, root);
    await mkdir(`${root}/sentinel`);
    let events: string[] = [];
    let sentinels = 0;
    const watchers = watch.map((path) =>
      nodeFs.watch(`${root}/${path}`, (type, name) => events.push(`${path} ${type} ${name}`)),
    );
    watchers.push(
      nodeFs.watch(`${root}/sentinel`, () => {
        sentinels += 1;
      }),
    );
    const told: string[][] = [];
    for (const [index, step] of steps.entries()) {
      await workOf(step)(fs, root);
      // The kernel keeps the order: what comes before the event of the sentinel has come.
      const before = sentinels;
      await writeFile(`${root}/sentinel/${index}`, '');
      await until('the sentinel', () => sentinels > before);
      const isOfDirectory = 'ofDirectory' in step;
      told.push(essence(isOfDirectory ? events.map(asChange) : events));
      events = [];
    }
    for (const watcher of watchers) watcher.close();
    return told;
  } finally {
    await rm(root, { recursive: true });
  }
}

for (const scenario of SCENARIOS) {
  test(`as on a disk: ${scenario.title}`, async (t) => {
    const expected = await onDisk(scenario);
    await withVolume(t, {}, async ({ volume }) => {
      const fs = volume.fs.promises as unknown as Files;
      await prepare(fs, '');
      let events: string[] = [];
      for (const path of scenario.watch) {
        volume.fs.watch(`/${path}`, (type: string, name: string) =>
          events.push(`${path} ${type} ${name}`),
        );
      }
      const told: string[][] = [];
      for (const step of scenario.steps) {
        await workOf(step)(fs, '');
        await setImmediate();
        told.push(essence(events));
        events = [];
      }
      t.deepEqual(told, expected);
    });
  });
}
