/** `cabinet archive` beside a program that has the volume open and writes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'ava';
import { listArchive, openVolume } from '#src/index.js';
import { CABINET, cabinet } from '../cli/cabinet.js';
import { withFolder } from '../support/temporary-volume.js';
import { captureTree } from '../support/tree.js';
import { until } from '../support/until.js';
import { restoredTree } from './stage.js';

test('the command archives what another process writes, until Ctrl-C', async (t) => {
  t.timeout(60_000);
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const directory = join(folder, 'archive');
    const volume = await openVolume(file, { checkpointWalBytes: 1_000_000 });
    await volume.fs.promises.writeFile('/before', 'x');
    const args = [CABINET, 'archive', file, directory, '--every', '1s', '--json'];
    const command = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(command, 'exit');
    let output = '';
    command.stdout.on('data', (data: Buffer) => {
      output += data.toString();
    });
    await until('a copy of the volume', () => listed(directory) > 0);
    for (let round = 0; round < 150; round += 1) {
      await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          volume.fs.promises.writeFile(`/${index}`, Buffer.alloc(20_000, `${round}.`)),
        ),
      );
      if (round % 10 === 0) await volume.checkpoint('restart');
    }
    await volume.fs.promises.writeFile('/last', 'x');
    const tree = await captureTree(volume.fs.promises as never, '/');
    command.kill('SIGINT');
    t.deepEqual(await ended, [0, null]);
    const { lastCommit } = JSON.parse(output) as { lastCommit: number };
    t.true(lastCommit > 1);
    t.deepEqual(await restoredTree(t, directory, undefined, folder), tree);
    await volume.close();
  });
});

function listed(directory: string): number {
  try {
    return listArchive(directory).length;
  } catch {
    return 0;
  }
}

test('the command brings an archive up to date once, and lists what is in it', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const directory = join(folder, 'archive');
    t.is((await cabinet(['create', file])).status, 0);
    const none = await cabinet(['archive', file, directory, '--list']);
    t.is(none.status, 1);
    t.regex(none.stderr, /is no archive/);
    for (const options of [[], ['--keep', '30d', '--base-every', '12h']]) {
      const run = await cabinet(['archive', file, directory, '--once', ...options]);
      t.is(run.status, 0, run.stderr);
      t.regex(run.stdout, /^Archived up to commit \d+ in /);
    }
    const list = await cabinet(['archive', file, directory, '--list']);
    t.regex(list.stdout, /^TIME +COMMIT +CHAIN\n\d{4}-/);
    const { points } = JSON.parse(
      (await cabinet(['archive', file, directory, '--list', '--json'])).stdout,
    ) as { points: unknown[] };
    t.is(points.length, listArchive(directory).length);
    const wrong = await cabinet(['archive', file, directory, '--every', 'soon']);
    t.is(wrong.status, 2);
  });
});
