/** When no descriptor is left, opening fails with EMFILE as on the real filesystem. */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { runProgram } from '../support/run-program.js';
import { volumeSubject } from '../support/subject.js';
import { exhaust } from './exhaust.js';

const CHILD = fileURLToPath(new URL('./descriptors-child.js', import.meta.url));
const HANDLES_MAX = 8;

test('open without a descriptor left fails with EMFILE in each style', async (t) => {
  const script = 'ulimit -n 100 && exec "$1" "$2"';
  const run = await runProgram('sh', ['-c', script, 'sh', process.execPath, CHILD]);
  t.is(run.status, 0, run.stderr);
  const subject = await volumeSubject({ handlesMax: HANDLES_MAX });
  const answers: unknown = await exhaust(subject);
  await subject.dispose();
  t.deepEqual(answers, JSON.parse(run.stdout));
});
