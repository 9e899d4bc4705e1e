/** What a callback throws reaches `uncaughtException`, once, and harms nothing. */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { runNode } from '../support/run-program.js';

const CHILD = fileURLToPath(new URL('./throwing-child.js', import.meta.url));

async function thrownOn(subject: string): Promise<unknown> {
  const { status, stdout, stderr } = await runNode([CHILD, subject]);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

test('callbacks and listeners that throw do so as on the real filesystem', async (t) => {
  const tested = process.env.CABINET_TEST_SUBJECT ?? 'volume';
  const [expected, actual] = await Promise.all([thrownOn('disk'), thrownOn(tested)]);
  t.deepEqual(actual, expected);
});
