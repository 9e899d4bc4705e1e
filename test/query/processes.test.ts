/** The processes that run queries: what they see, and that none is left behind. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { attachVolume, openVolume } from '#src/index.js';
import { startChild } from '../support/child.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';
import { until } from '../support/until.js';

const CHILD = new URL('./query-child.js', import.meta.url);
const LINUX = process.platform === 'linux' ? test : test.skip;

/** Numbers of the processes that `pid` has started. */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

test('a query sees everything that was acknowledged before it', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    for (let count = 1; count <= 30; count += 1) {
      await volume.fs.promises.writeFile(`/${count}`, '');
      const { rows } = await volume.query('SELECT count(*) AS n FROM files');
      t.deepEqual(rows, [{ n: count }]);
    }
  });
});

test('read-only, temporary and attached volumes are queried alike', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    await volume.fs.promises.writeFile('/file', 'x');
    const readOnly = await openVolume(file, { readOnly: true });
    const attached = await attachVolume(volume.connect());
    const temporary = await openVolume();
    await temporary.fs.promises.writeFile('/file', 'x');
    for (const each of [readOnly, attached, temporary]) {
      t.deepEqual((await each.query('SELECT path FROM files')).rows, [{ path: '/file' }]);
      await each.close();
    }
  });
});

LINUX(
  'what another process commits is seen, and its death leaves no process of its queries',
  async (t) => {
    await withFolder(async (folder) => {
      const file = join(folder, 'shared.cabinet');
      const volume = await openVolume(file);
      const child = startChild(CHILD, [file]);
      await child.ask('write', '/theirs');
      t.deepEqual((await volume.query('SELECT path FROM files')).rows, [{ path: '/theirs' }]);
      await child.ask('startEndless');
      await until('its query runs', () => childrenOf(child.process.pid ?? 0).length > 0);
      const [querying = 0] = childrenOf(child.process.pid ?? 0);
      await child.kill();
      await until(
        'the process that ran the query has gone',
        () => !existsSync(`/proc/${querying}`),
      );
      await volume.close();
      t.deepEqual([existsSync(`${file}-wal`), existsSync(`${file}-shm`)], [false, false]);
    });
  },
);

LINUX('a process that is killed fails its query, and the next one has another', async (t) => {
  await withFolder(async (folder) => {
    const child = startChild(CHILD, [join(folder, 'killed.cabinet')]);
    const asked = child.ask('runEndless');
    await until('its query runs', () => childrenOf(child.process.pid ?? 0).length > 0);
    for (const pid of childrenOf(child.process.pid ?? 0)) process.kill(pid, 'SIGKILL');
    await t.throwsAsync(asked, { code: 'ERR_QUERY_FAILED' });
    t.deepEqual(await child.ask('count'), 0);
    await child.end();
  });
});

LINUX('an idle process does not keep the program from ending', async (t) => {
  await withFolder(async (folder) => {
    const child = startChild(CHILD, [join(folder, 'idle.cabinet')]);
    await child.ask('count');
    const [idle = 0] = childrenOf(child.process.pid ?? 0);
    t.true(idle > 0);
    await child.ask('leaveOpen');
    child.process.disconnect();
    t.deepEqual(await child.ended, { code: 0, signal: null });
    await until('the process for queries has gone', () => !existsSync(`/proc/${idle}`));
  });
});

LINUX('closing the volume ends its processes', async (t) => {
  await withFolder(async (folder) => {
    const child = startChild(CHILD, [join(folder, 'closed.cabinet')]);
    await child.ask('count');
    await child.ask('close');
    t.deepEqual(childrenOf(child.process.pid ?? 0), []);
    await child.end();
  });
});
