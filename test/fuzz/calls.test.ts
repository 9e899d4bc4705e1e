/**
 * Calls of `node:fs` with generated arguments, a few in a row, in each style: on a volume they do and
 * answer what they do on a disk.
 */
import { deepStrictEqual } from 'node:assert';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { type Case, type CaseContext, NUMBERED } from '../conformance/case.js';
import { observe, type Stage, stageOf } from '../conformance/observe.js';
import { STYLES } from '../conformance/styles/style.js';
import { makeWorld } from '../conformance/world.js';
import { diskSubject, testedSubject } from '../support/subject.js';
import { KEPT_CALLS, KEPT_HANDLE_CALLS } from './kept-calls.js';
import { fuzz } from './runs.js';
import * as v from './values.js';

export interface Call {
  readonly name: string;
  readonly args: readonly v.Value[];
}

/** Deep enough that no chain of links and `..` leads out. */
const WORLD = 'deep/down/where/no/chain/of/links/and/dots/leads/out/of';

function call(name: string, ...args: readonly fc.Arbitrary<v.Value>[]): fc.Arbitrary<Call> {
  return fc.record({ name: fc.constant(name), args: fc.tuple(...args) });
}

const PATH_CALLS: fc.Arbitrary<Call> = fc.oneof(
  call('realpath', v.path, v.plainEncoding),
  ...['stat', 'lstat', 'readdir', 'readlink'].map((name) => call(name, v.path, v.encoding)),
  ...['unlink', 'rmdir', 'readlink', 'realpath', 'stat'].map((name) => call(name, v.path)),
  call('readFile', v.path, v.contentEncoding('r', 'w', 'a', 'wx', 'r+')),
  call('writeFile', v.path, v.data, v.contentEncoding('w', 'a', 'wx', 'r+', 'ax')),
  call('appendFile', v.path, v.data, v.contentEncoding('w', 'a', 'wx', 'r+', 'ax')),
  call('mkdir', v.path, v.mode),
  call('chmod', v.path, v.mode),
  call('truncate', v.path, v.size),
  call('utimes', v.path, v.time, v.time),
  call('lutimes', v.path, v.time, v.time),
  call('rename', v.path, v.path),
  call('link', v.path, v.path),
  call('symlink', v.target, v.path),
  call('copyFile', v.filePath, v.path, v.mode),
  call('open', v.path, v.flags, v.mode),
);

const HANDLE_CALLS: fc.Arbitrary<Call> = fc.oneof(
  call('read', v.view, v.count, v.count, v.position),
  call('write', v.view, v.count, v.count, v.position),
  call('write', v.data, v.position, v.encoding),
  call('truncate', v.size),
  call('readFile', v.contentEncoding('r', 'w')),
  call('writeFile', v.data, v.contentEncoding('r', 'w')),
  call('appendFile', v.data, v.contentEncoding('r', 'w')),
  call('chmod', v.mode),
  call('utimes', v.time, v.time),
  call('stat', v.encoding),
);

async function setUp(c: CaseContext): Promise<void> {
  await c.plain.mkdir(c.at(WORLD), { recursive: true });
  await makeWorld(c, `${WORLD}/`);
}

function argumentsOf(c: CaseContext, { args }: Call): unknown[] {
  return args.map((value) => v.made(value, c.at(WORLD)));
}

function callsOnPaths(calls: readonly Call[]): Case {
  return {
    title: 'calls on paths',
    setup: setUp,
    run: async (c) => {
      const outcomes: unknown[] = [];
      for (const each of calls) {
        outcomes.push(
          await c.attempt(async () => {
            const args = argumentsOf(c, each);
            if (each.name !== 'open') return await c.call(each.name, ...args);
            const handle = await c.fs.open(...(args as [string, string, number]));
            await handle.close();
            return 'opened';
          }),
        );
      }
      return outcomes;
    },
  };
}

export interface HandleCalls {
  readonly flags: string;
  readonly calls: readonly Call[];
}

function callsOnHandle({ flags, calls }: HandleCalls): Case {
  return {
    title: 'calls on a handle',
    // A FileHandle of Node 20 takes a bigint for no position; docs/node-fs.md has the difference.
    styles: JSON.stringify(calls).includes('"bigint"') ? NUMBERED : STYLES,
    setup: setUp,
    run: async (c) => {
      const handle = (await c.open(`${WORLD}/file`, flags)) as never as Record<
        string,
        CallableFunction
      >;
      const outcomes: unknown[] = [];
      for (const each of calls) {
        const args = argumentsOf(c, each);
        outcomes.push(await c.attempt(() => handle[each.name]?.(...args)));
        // Bytes that were read, too, whatever the answer shows of them.
        outcomes.push(await c.attempt(() => args[0]));
      }
      return outcomes;
    },
  };
}

let oracle: Stage;
let tested: Stage;
let runs = 0;

test.before('open both filesystems', async () => {
  oracle = stageOf(await diskSubject());
  tested = stageOf(await testedSubject());
});

test.after.always('both filesystems are sound', async () => {
  await oracle?.subject.dispose();
  await tested?.subject.dispose();
});

/** What a program can act on: messages show arguments, and so the folder, in many ways. */
function actionable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(actionable);
  const fields = Object.entries(value).filter(([key]) => !('code' in value && SHOWN.includes(key)));
  return Object.fromEntries(fields.map(([key, field]) => [key, actionable(field)]));
}

const SHOWN: readonly string[] = ['message', 'path', 'dest'];

async function compare(each: Case): Promise<void> {
  for (const style of each.styles ?? STYLES) {
    runs += 1;
    const folder = `run-${runs}`;
    const expected = await observe(each, oracle, style, folder);
    const actual = await observe(each, tested, style, folder);
    deepStrictEqual(actionable(actual), actionable(expected), `in the style ${style}`);
  }
}

/** Of others permission bits bind the real filesystem, and not a volume. */
function isComparable(t: ExecutionContext): boolean {
  if (process.getuid?.() === 0) return true;
  t.log('not compared: the answers of the real filesystem need root');
  t.pass();
  return false;
}

test.serial('paths, flags, modes, times and encodings', async (t) => {
  if (!isComparable(t)) return;
  const calls = fc.array(PATH_CALLS, { minLength: 1, maxLength: 5 });
  await fuzz(t, calls, 120, (each) => compare(callsOnPaths(each)), KEPT_CALLS);
});

test.serial('buffers, offsets, lengths and positions of a handle', async (t) => {
  if (!isComparable(t)) return;
  const calls = fc.record({
    // Readable: in the callback style `readFile` of Node 20 loses the error of a descriptor that is not.
    flags: fc.constantFrom('r', 'r+', 'w+', 'a+'),
    calls: fc.array(HANDLE_CALLS, { minLength: 1, maxLength: 5 }),
  });
  await fuzz(t, calls, 120, (each) => compare(callsOnHandle(each)), KEPT_HANDLE_CALLS);
});
