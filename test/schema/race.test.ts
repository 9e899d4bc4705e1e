/** Two processes that open an old volume at the same time. */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'ava';
import { openVolume } from '#src/index.js';
import { startChild } from '../support/child.js';
import { withFolder } from '../support/temporary-volume.js';

const CHILD = new URL('./race-child.js', import.meta.url);

test('two processes that migrate one volume at once apply each step once', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    await (await openVolume(file)).close();
    const children = [startChild(CHILD, [file]), startChild(CHILD, [file])];
    const reports = await Promise.all(children.map((child) => child.ask('migrate')));
    const copies: string[] = [];
    for (const report of reports as { rows: number; safetyCopy?: string }[]) {
      t.is(report.rows, 200_000);
      if (report.safetyCopy !== undefined) copies.push(basename(report.safetyCopy));
    }
    const found = readdirSync(folder).filter((name) => name.includes('before'));
    t.true(copies.length > 0, 'one of the two was first');
    t.deepEqual(
      found.sort(),
      copies.sort(),
      'every copy has a name of its own, and nothing else stays',
    );
    for (const child of children) await child.end();
  });
});
