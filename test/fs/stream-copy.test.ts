/**
 * Back-pressure is real: a copy through streams holds a bounded part of the file. `CABINET_COPY_MIB`
 * sets the size of the file; with 4096 it is the copy of 4 GiB.
 */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { runNode } from '../support/run-program.js';
import { withFolder } from '../support/temporary-volume.js';

const MIB = 1024 * 1024;
const COPY_MIB = Number(process.env.CABINET_COPY_MIB ?? 384);
/** Less than the file, and the same for one of any size: half of it are the caches of SQLite. */
const PEAK_MIB_MAX = 320;
const TIMEOUT_MS = 60_000 + COPY_MIB * 200;
const CHILD = fileURLToPath(new URL('./copy-child.js', import.meta.url));

test('a file is copied through streams in memory that does not grow with it', async (t) => {
  t.timeout(TIMEOUT_MS);
  await withFolder(async (folder) => {
    const run = await runNode([CHILD, folder, String(COPY_MIB)], { timeoutMs: TIMEOUT_MS });
    t.is(run.stderr, '');
    const result = JSON.parse(run.stdout) as Record<string, unknown>;
    const { size, isEqual, ok, peakMib } = result;
    t.deepEqual({ size, isEqual, ok }, { size: COPY_MIB * MIB, isEqual: true, ok: true });
    t.true(Number(peakMib) < PEAK_MIB_MAX, `peak ${peakMib} MiB`);
    t.log(`${COPY_MIB} MiB copied, peak ${peakMib} MiB`);
  });
});
