/**
 * Registers one test per case: it runs on the real filesystem and on the tested one, and both
 * outcomes must be equal. See `../support/subject.ts` for how the tested one is chosen.
 */
import type { FileHandle } from 'node:fs/promises';
import { inspect } from 'node:util';
import test from 'ava';
import { normalise } from '../support/normalise.js';
import { diskSubject, type Subject, testedSubject } from '../support/subject.js';
import { captureTree, type Tree } from '../support/tree.js';
import type { Case, CaseContext, Outcome } from './case.js';

/** Longest one case may take on one subject, in milliseconds; a hang is an outcome, not a stall. */
const CASE_TIME_MS_MAX = 15_000;
/** Longest to wait for handles that a case left open, in milliseconds. */
const CLOSE_TIME_MS_MAX = 500;

interface Observed {
  readonly outcome: Outcome | 'hung';
  readonly tree: Tree | Outcome;
}

/** Registers the cases; one oracle and one tested subject serve the whole test file. */
export function conform(cases: readonly Case[]): void {
  let oracle: Subject;
  let tested: Subject;
  test.before('open both filesystems', async () => {
    oracle = await diskSubject();
    tested = await testedSubject();
  });
  test.after.always('both filesystems are sound', async () => {
    await oracle?.dispose();
    await tested?.dispose();
  });
  cases.forEach((each, index) => {
    test.serial(each.title, async (t) => {
      if (each.needs === 'root' && process.getuid?.() !== 0) {
        t.log('not compared: the answer of the real filesystem needs root');
        t.pass();
        return;
      }
      const folder = `case-${index}`;
      const expected = await observe(each, oracle, folder);
      if (boundByPermissions(expected)) {
        t.log('not compared: permission bits bind the real filesystem and not a volume');
        t.pass();
        return;
      }
      const actual = await observe(each, tested, folder);
      t.deepEqual(actual, expected);
    });
  });
}

/** Callers of a volume act like root, so a refusal that only others meet proves nothing. */
function boundByPermissions(observed: Observed): boolean {
  return process.getuid?.() !== 0 && inspect(observed, { depth: null }).includes("'EACCES'");
}

/** Runs a case in a new folder of the subject, and removes the folder. */
async function observe(each: Case, subject: Subject, name: string): Promise<Observed> {
  const fs = subject.promises;
  const folder = `${subject.root}/${name}`;
  await fs.mkdir(folder);
  const handles: FileHandle[] = [];
  const c = contextIn(subject, folder, handles);
  try {
    await each.setup?.(c);
    const outcome = await within(
      CASE_TIME_MS_MAX,
      c.attempt(async () => each.run(c)),
    );
    await closeAll(handles);
    return { outcome, tree: each.leavesPart ? {} : await treeOf(subject, folder) };
  } finally {
    await closeAll(handles);
    await fs.rm(folder, { recursive: true, force: true });
  }
}

function contextIn(subject: Subject, folder: string, handles: FileHandle[]): CaseContext {
  const at = (relative?: string): string =>
    relative === undefined ? folder : `${folder}/${relative}`;
  return {
    fs: subject.promises,
    at,
    attempt: (action) => attemptIn(folder, action),
    open: async (relative, flags, mode) => {
      const handle = await subject.promises.open(at(relative), flags, mode);
      handles.push(handle);
      return handle;
    },
  };
}

async function attemptIn(folder: string, action: () => unknown): Promise<Outcome> {
  let pending: unknown;
  try {
    pending = action();
  } catch (error) {
    return { threwAtOnce: normalise(error, folder) };
  }
  try {
    return { returned: normalise(await pending, folder) };
  } catch (error) {
    return { threw: normalise(error, folder) };
  }
}

async function treeOf(subject: Subject, folder: string): Promise<Tree | Outcome> {
  try {
    return await captureTree(subject.promises, folder);
  } catch (error) {
    return { threw: normalise(error, folder) };
  }
}

/** Closes what the case left open. A close that fails or waits for a stream is none of its business. */
async function closeAll(handles: FileHandle[]): Promise<void> {
  const closing = handles.splice(0).map(async (handle) => handle.close());
  await within(CLOSE_TIME_MS_MAX, Promise.allSettled(closing));
}

/** The result of `pending`, or `hung` when it takes longer than `ms` milliseconds. */
async function within<T>(ms: number, pending: Promise<T>): Promise<T | 'hung'> {
  let timer: NodeJS.Timeout | undefined;
  const alarm = new Promise<'hung'>((resolve) => {
    timer = setTimeout(() => resolve('hung'), ms);
  });
  try {
    return await Promise.race([pending, alarm]);
  } finally {
    clearTimeout(timer);
  }
}
