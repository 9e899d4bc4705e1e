/** SQLite on a mount: both kinds of journals, two writers at once, its own check. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNode } from '../../support/run-program.js';
import { withMount } from '../support/mounted.js';
import { withPrograms } from './program.js';

const CHILD = fileURLToPath(new URL('sqlite-child.js', import.meta.url));
const COUNT = `
  import Database from 'better-sqlite3';
  const database = new Database(process.argv[1], { readonly: true });
  console.log(JSON.stringify(database.prepare('SELECT who, count(*) FROM t GROUP BY who').raw().all()));`;

for (const journal of ['delete', 'truncate', 'persist', 'wal']) {
  withPrograms()(
    `two writers with the journal '${journal}', and SQLite finds its file sound`,
    (t) =>
      withMount(t, {}, async ({ dir }) => {
        t.timeout(120_000);
        const file = join(dir, 'data.db');
        const write = (name: string) => runNode([CHILD, file, journal, '60', name]);
        // The first makes the file: changing the kind of journal takes a moment alone.
        t.deepEqual(await write('first'), { status: 0, stdout: 'ok', stderr: '' });
        const both = await Promise.all([write('a'), write('b')]);
        for (const run of both) t.deepEqual(run, { status: 0, stdout: 'ok', stderr: '' });
        const counted = await runNode(['--input-type=module', '-e', COUNT, file]);
        t.deepEqual(JSON.parse(counted.stdout), [
          ['a', 60],
          ['b', 60],
          ['first', 60],
        ]);
      }),
  );
}
