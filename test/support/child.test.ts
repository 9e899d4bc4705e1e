/** A child of a test that fails, or forgets it, is ended with the test. */
import test from 'ava';
import { type Child, startChild } from './child.js';
import { withFolder } from './temporary-volume.js';

const CHILD = new URL('../concurrency/volume-child.js', import.meta.url);

test('a test that fails leaves no child behind, and its own error is told', async (t) => {
  let child: Child | undefined;
  await t.throwsAsync(
    withFolder(async (folder) => {
      child = startChild(CHILD, [`${folder}/test.cabinet`]);
      throw new Error('the test failed');
    }),
    { message: 'the test failed' },
  );
  t.deepEqual(await child?.ended, { code: null, signal: 'SIGKILL' });
});

test('a child that is forgotten is ended, and one that has ended is left alone', async (t) => {
  const children: Child[] = [];
  await withFolder(async (folder) => {
    const start = (name: string): Child => startChild(CHILD, [`${folder}/${name}.cabinet`]);
    children.push(start('forgotten'), start('killed'));
    await children[1]?.kill();
  });
  for (const child of children) t.is(child.process.signalCode, 'SIGKILL');
});
