/**
 * The running Node as oracle of the argument layer: what it refuses we must refuse, with the same error,
 * and what it lets through to the filesystem we must let through.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { ExecutionContext } from 'ava';

/** Texts are those of Node 20; other versions word some of them differently. */
const COMPARES_TEXT = process.versions.node.startsWith('20.');

const PASSED = 'passed the argument checks';

interface Refusal {
  readonly name: string;
  readonly code: unknown;
  readonly classes: string;
  readonly properties: string;
  readonly message?: string;
  readonly text?: string;
  readonly header?: string;
}

type Outcome = Refusal | typeof PASSED;

/** Errors of the filesystem have a negative `errno`; ours are `Errno` until a face completes them. */
function isAnswerOfFilesystem(error: Error & { errno?: number }): boolean {
  return error.name === 'Errno' || (error.errno !== undefined && error.errno < 0);
}

function beforeFrames(text: string): string {
  return text.split('\n    at ')[0] ?? '';
}

/** All that a caller can see of an error, except where it was thrown. */
function describe(thrown: unknown): Outcome {
  const error = thrown as Error & { code?: unknown };
  if (isAnswerOfFilesystem(error)) return PASSED;
  const classes = [Error, TypeError, RangeError, URIError].filter((Base) => error instanceof Base);
  const refusal = {
    name: error.name,
    code: error.code,
    classes: classes.map((Base) => Base.name).join(),
    properties: JSON.stringify(error),
  };
  if (!COMPARES_TEXT) return refusal;
  return {
    ...refusal,
    message: error.message,
    text: String(error),
    header: beforeFrames(error.stack ?? ''),
  };
}

export function outcome(run: () => unknown): Outcome {
  try {
    run();
    return PASSED;
  } catch (error) {
    return describe(error);
  }
}

export async function outcomeLater(run: () => unknown): Promise<Outcome> {
  try {
    await run();
    return PASSED;
  } catch (error) {
    return describe(error);
  }
}

/** How a failed comparison names the value. */
export function label(value: unknown): string {
  return inspect(value, { depth: 1, maxStringLength: 60, breakLength: Number.POSITIVE_INFINITY });
}

/** Both functions get each value; both must pass or throw alike. Some value must be refused. */
export function sameForEach(
  t: ExecutionContext,
  values: readonly unknown[],
  theirs: (value: never) => unknown,
  ours: (value: unknown) => unknown,
): void {
  let refused = 0;
  for (const value of values) {
    const expected = outcome(() => theirs(value as never));
    if (expected !== PASSED) refused += 1;
    t.deepEqual(
      outcome(() => ours(value)),
      expected,
      label(value),
    );
  }
  t.true(refused > 0, 'the table holds nothing that Node refuses');
}

/** The same for functions that return promises; ours may be synchronous. */
export async function sameForEachLater(
  t: ExecutionContext,
  values: readonly unknown[],
  theirs: (value: never) => Promise<unknown>,
  ours: (value: unknown) => unknown,
): Promise<void> {
  let refused = 0;
  for (const value of values) {
    const expected = await outcomeLater(() => theirs(value as never));
    if (expected !== PASSED) refused += 1;
    t.deepEqual(await outcomeLater(() => ours(value)), expected, label(value));
  }
  t.true(refused > 0, 'the table holds nothing that Node refuses');
}

/** A folder that is removed at the end of the test. */
export function temporaryFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'cabinetfs-arguments-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

class Thing {}

/**
 * Values of every kind, of all the forms in which Node describes what it received. Not -0: where it
 * passes as an integer, Node 20 hands it to native code that aborts the process.
 */
export const ODD_VALUES: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  0,
  1,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 32 + 1,
  -(2 ** 32) - 1,
  2 ** 53,
  123_456_789_012,
  1e21,
  -1e300,
  0n,
  5n,
  2n ** 40n,
  -(2n ** 64n),
  '',
  'x',
  "it's",
  `it's ${'a'.repeat(40)}`,
  'a'.repeat(28),
  'a'.repeat(29),
  Symbol('q'),
  Symbol.iterator,
  () => 1,
  function named() {},
  Thing,
  new Thing(),
  [],
  [1, 2],
  {},
  { a: { b: { c: { d: 1 } } } },
  Object.create(null),
  { constructor: null },
  { constructor: { name: 'Claimed' } },
  new Map([[1, 2]]),
  new Date(0),
  /x/u,
  new ArrayBuffer(2),
  new DataView(new ArrayBuffer(2)),
  new Uint16Array(2),
  new Error('x'),
  new Array(200).fill(1),
];

/** From 2 ** 31 on, a mode passes the check of Node 20 and then aborts the process. */
export function isHarmlessMode(value: unknown): boolean {
  return typeof value !== 'number' || value < 2 ** 31 || value >= 2 ** 32;
}
