/** Memory does not grow with what goes through: a child imports far more than it may hold. */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { runNode } from '../support/run-program.js';
import { withFolder } from '../support/temporary-volume.js';

const PEAK_MIB_MAX = 300;
const CHILD = fileURLToPath(new URL('./import-generated.js', import.meta.url));

for (const [what, mib, count] of [
  ['one big file', '600', '1'],
  ['many small files', '200', '60000'],
] as const) {
  test.serial(`an archive of ${what} is imported in bounded memory`, async (t) => {
    await withFolder(async (folder) => {
      const run = await runNode([CHILD, folder, mib, count]);
      t.is(run.stderr, '');
      const { files, peakMib } = JSON.parse(run.stdout) as { files: number; peakMib: number };
      t.is(files, Number(count));
      t.true(peakMib < PEAK_MIB_MAX, `peak ${peakMib} MiB`);
      t.log(`peak ${peakMib} MiB`);
    });
  });
}
