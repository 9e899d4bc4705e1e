/**
 * SQLite on a mount: all kinds of journals, two writers at once, its own check. With `wal` they share memory,
 * a file of the mount that both have mapped.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { runNode } from '../../support/run-program.js';
import { CACHINGS, type Caching } from '../support/cachings.js';
import { withMount } from '../support/mounted.js';
import { LONG, withPrograms } from './program.js';

const CHILD = fileURLToPath(new URL('sqlite-child.js', import.meta.url));
const ROWS = LONG ? 2000 : 60;
const COUNT = `
  import Database from 'better-sqlite3';
  const database = new Database(process.argv[1], { readonly: true });
  console.log(JSON.stringify(database.prepare('SELECT who, count(*) FROM t GROUP BY who').raw().all()));`;

async function writesTogether(
  t: ExecutionContext,
  journal: string,
  { options }: Caching,
): Promise<void> {
  const timeoutMs = LONG ? 1_800_000 : 300_000;
  t.timeout(timeoutMs);
  await withMount(t, options, async ({ dir }) => {
    const file = join(dir, 'data.db');
    const write = (name: string) =>
      runNode([CHILD, file, journal, String(ROWS), name], { timeoutMs });
    // The first makes the file: changing the kind of journal takes a moment alone.
    t.deepEqual(await write('first'), { status: 0, stdout: 'ok', stderr: '' });
    const both = await Promise.all([write('a'), write('b')]);
    for (const run of both) t.deepEqual(run, { status: 0, stdout: 'ok', stderr: '' });
    t.false(existsSync(`${file}-wal`), 'the last one has brought the log in');
    const counted = await runNode(['--input-type=module', '-e', COUNT, file]);
    t.deepEqual(JSON.parse(counted.stdout), [
      ['a', ROWS],
      ['b', ROWS],
      ['first', ROWS],
    ]);
  });
}

for (const caching of CACHINGS) {
  for (const journal of ['delete', 'truncate', 'persist', 'wal']) {
    withPrograms()(
      `two writers with the journal '${journal}', and SQLite finds its file sound; ${caching.name}`,
      (t) => writesTogether(t, journal, caching),
    );
  }
}
