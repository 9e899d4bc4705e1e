/**
 * Registers one test per case and style: it runs on the real filesystem and on the tested one, and
 * both outcomes must be equal. See `../support/subject.ts` for how the tested one is chosen.
 */
import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { diskSubject, testedSubject } from '../support/subject.js';
import type { Case } from './case.js';
import { type Observed, observe, type Stage, stageOf } from './observe.js';
import { STYLES, type Style } from './styles/style.js';

/** Registers the cases; one oracle and one tested subject serve the whole test file. */
export function conform(cases: readonly Case[]): void {
  let oracle: Stage;
  let tested: Stage;
  test.before('open both filesystems', async () => {
    oracle = stageOf(await diskSubject());
    tested = stageOf(await testedSubject());
  });
  test.after.always('both filesystems are sound', async () => {
    await oracle?.subject.dispose();
    await tested?.subject.dispose();
  });
  cases.forEach((each, index) => {
    for (const style of each.styles ?? STYLES) {
      test.serial(`${each.title} (${style})`, (t) =>
        compare(t, each, style, `case-${index}-${style}`, oracle, tested),
      );
    }
  });
}

async function compare(
  t: ExecutionContext,
  each: Case,
  style: Style,
  folder: string,
  oracle: Stage,
  tested: Stage,
): Promise<void> {
  if (each.needs === 'root' && process.getuid?.() !== 0) {
    t.log('not compared: the answer of the real filesystem needs root');
    t.pass();
    return;
  }
  const expected = await observe(each, oracle, style, folder);
  if (boundByPermissions(expected)) {
    t.log('not compared: permission bits bind the real filesystem and not a volume');
    t.pass();
    return;
  }
  const actual = await observe(each, tested, style, folder);
  t.deepEqual(actual, expected);
}

/** Callers of a volume act like root, so a refusal that only others meet proves nothing. */
function boundByPermissions(observed: Observed): boolean {
  return process.getuid?.() !== 0 && inspect(observed, { depth: null }).includes("'EACCES'");
}
