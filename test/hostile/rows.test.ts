/**
 * Rows that no program of ours writes: whatever is done with the volume ends, soon and with a clean answer,
 * and nothing is made outside of where it should be. Their sums are right, as whoever forges a row makes them.
 */
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import test from 'ava';
import { CASES, entry } from './cases.js';
import { type Answers, repair, sealed, useInEveryWay, withHostile } from './hostile.js';

for (const [title, { change, expect = {}, unrepaired }] of Object.entries(CASES)) {
  test.serial(title, async (t) => {
    t.timeout(300_000);
    await withHostile(sealed(change), async (hostile) => {
      const answers: Answers = await useInEveryWay(hostile);
      for (const [use, answer] of Object.entries(expect)) {
        t.is(answers[use], answer, `${use}: ${JSON.stringify(answers, null, 1)}`);
      }
      t.false(existsSync('/tmp/cabinetfs-evil'));
    });
    if (unrepaired === undefined) return;
    await withHostile(sealed(change), async (hostile) => {
      const left = await repair(hostile).catch((error: unknown) =>
        String((error as { code?: unknown }).code),
      );
      t.regex(left, unrepaired);
    });
  });
}

test('what an export makes of a name with slashes stays in its target', async (t) => {
  await withHostile(sealed(entry('/dir', '../../evil', '/file')), async (hostile) => {
    await useInEveryWay(hostile);
    t.deepEqual(readdirSync(`${hostile.target}/dir`).sort(), ['below', 'file']);
    t.true(lstatSync(`${hostile.target}/link`).isSymbolicLink());
  });
});
