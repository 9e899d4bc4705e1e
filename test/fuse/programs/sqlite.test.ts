/**
 * SQLite on a mount: all kinds of journals, two writers at once, its own check. With `wal` they share memory,
 * a file of the mount that both have mapped.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { runNode } from '../../support/run-program.js';
import { CACHINGS } from '../support/cachings.js';
import { withMount } from '../support/mounted.js';
import { LONG, withPrograms } from './program.js';

const CHILD = fileURLToPath(new URL('sqlite-child.js', import.meta.url));
const TIMEOUT_MS = LONG ? 1_800_000 : 300_000;
const ROWS = LONG ? 500 : 40;
const COUNT = `
  import Database from 'better-sqlite3';
  const database = new Database(process.argv[1], { readonly: true });
  console.log(JSON.stringify(database.prepare('SELECT who, count(*) FROM t GROUP BY who').raw().all()));`;

/** The first writer makes the file; then one in each of the folders writes, at the same time. */
async function writesTogether(
  t: ExecutionContext,
  journal: string,
  folders: readonly [string, string],
): Promise<void> {
  const file = (folder: string): string => join(folder, 'data.db');
  const write = async (name: string, folder: string): Promise<void> => {
    const args = [CHILD, file(folder), journal, String(ROWS), name];
    const run = await runNode(args, { timeoutMs: TIMEOUT_MS });
    t.deepEqual(run, { status: 0, stdout: 'ok', stderr: '' }, name);
  };
  await write('first', folders[0]);
  await Promise.all([write('a', folders[0]), write('b', folders[1])]);
  t.false(existsSync(`${file(folders[0])}-wal`), 'the last one has brought the log in');
  const counted = await runNode(['--input-type=module', '-e', COUNT, file(folders[1])]);
  t.deepEqual(JSON.parse(counted.stdout), [
    ['a', ROWS],
    ['b', ROWS],
    ['first', ROWS],
  ]);
}

for (const caching of CACHINGS) {
  for (const journal of ['delete', 'truncate', 'persist', 'wal']) {
    withPrograms()(
      `two writers with the journal '${journal}', and SQLite finds its file sound; ${caching.name}`,
      async (t) => {
        t.timeout(TIMEOUT_MS);
        await withMount(t, caching.options, ({ dir }) => writesTogether(t, journal, [dir, dir]));
      },
    );
  }
}

withPrograms()("a writer on each of two mounts with the journal 'delete'", async (t) => {
  t.timeout(TIMEOUT_MS);
  await withMount(t, { cacheMs: 0 }, async ({ dir, beside, volume }) => {
    await using second = await volume.mount(beside, { cacheMs: 0 });
    await writesTogether(t, 'delete', [dir, second.dir]);
    await second.unmount();
  });
});
