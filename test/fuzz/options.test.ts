/**
 * Options of whatever names and values: taken, or refused by name before anything was made, and never
 * anything else.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { MOUNT_OPTION_RULES } from '#src/core/mount-options.js';
import type { OptionRule } from '#src/core/option-rules.js';
import { openVolume, VolumeError } from '#src/index.js';
import { SERVE_NUMBER_RULES } from '#src/volume/serve-options.js';
import { FLAT_OPTION_RULES } from '../support/option-rules.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';
import { fuzz } from './runs.js';

const MOUNT_RULES: ReadonlyMap<string, OptionRule> = new Map(Object.entries(MOUNT_OPTION_RULES));
const SERVE_RULES: ReadonlyMap<string, OptionRule> = new Map(
  Object.entries(SERVE_NUMBER_RULES).map(([name, rule]) => [name, { kind: 'integer', ...rule }]),
);

/** What a refusal of options may be; the last are what the values ask for. */
const REFUSALS: readonly string[] = ['ERR_OPTION_UNKNOWN', 'ERR_OPTION_INVALID'];

const strange = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    true,
    false,
    '',
    'x',
    0,
    -1,
    1,
    1.5,
    Number.NaN,
    2 ** 53,
    Number.POSITIVE_INFINITY,
  ),
  fc.constantFrom<unknown>(
    [],
    [1],
    {},
    { a: 1 },
    1n,
    10n ** 30n,
    Symbol.iterator,
    () => 1,
    new Date(0),
    Object.create(null),
  ),
  fc.integer(),
  fc.double(),
  fc.string({ maxLength: 10 }),
);

/** Mostly near the bounds: else hardly any would be taken. */
function valueFor(rule: OptionRule): fc.Arbitrary<unknown> {
  if (rule.kind === 'integer') {
    const near = fc.constantFrom(
      rule.default,
      rule.min,
      rule.min - 1,
      rule.min + 1,
      rule.max,
      rule.max + 1,
    );
    return fc.oneof({ weight: 3, arbitrary: near }, strange);
  }
  if (rule.kind === 'boolean') return fc.oneof({ weight: 3, arbitrary: fc.boolean() }, strange);
  if (rule.kind === 'choice') {
    return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...rule.choices) }, strange);
  }
  return strange;
}

/** Values that would take all memory, or all threads, of the machine if they were taken. */
const GREEDY = ['memoryBudgetBytes', 'chunkSizeBytes', 'pageSizeBytes'];

/** Found by a random run: ended with an error that is none of options, or would have. */
const KEPT: ['check' | 'compact' | 'lock' | 'serve', Named[]][] = [
  ['check', [['signal', '']]],
  ['compact', [['signal', 7]]],
  ['lock', [['mode', Object.create(null)]]],
  ['serve', [['force', Object.create(null)]]],
];

type Named = readonly [name: string, value: unknown];

function named(rules: ReadonlyMap<string, OptionRule>): fc.Arbitrary<Named> {
  const known = [...rules].filter(([name]) => !name.includes('[]') && !GREEDY.includes(name));
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .constantFrom(...known)
        .chain(([name, rule]) => valueFor(rule).map((value): Named => [name, value])),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constantFrom('x', '', '__proto__', 'constructor', 'toString', 'Durability', 'queue'),
        strange,
      ),
    },
  );
}

/** `health.walBytesMax` goes into the group `health`. */
function objectOf(list: readonly Named[]): object {
  const options: Record<string, unknown> = Object.create(null);
  for (const [name, value] of list) {
    const [first = '', rest] = name.split('.');
    if (rest === undefined) options[first] = value;
    else {
      const group = (options[first] ?? {}) as Record<string, unknown>;
      if (typeof group === 'object') options[first] = { ...group, [rest]: value };
    }
  }
  return { ...options };
}

function assertRefusal(error: unknown, more: readonly string[] = []): void {
  if (error instanceof VolumeError && [...REFUSALS, ...more].includes(error.code)) return;
  throw error;
}

test.serial('options of openVolume', async (t) => {
  await withFolder(async (folder) => {
    let runs = 0;
    await fuzz(t, fc.array(named(FLAT_OPTION_RULES), { maxLength: 4 }), 60, async (list) => {
      runs += 1;
      const own = join(folder, String(runs));
      mkdirSync(own);
      const file = join(own, 'test.cabinet');
      // Directories that groups name are made where the test is.
      const options = objectOf(list.filter(([name]) => !/^(backup|archive)\./.test(name)));
      try {
        await using volume = await openVolume(file, options);
        await volume.fs.promises
          .writeFile('/x', 'x')
          .catch((error) => assertRefusal(error, ['ERR_QUEUE_FULL', 'ERR_QUEUE_TIMEOUT']));
      } catch (error) {
        assertRefusal(error, ['ERR_VOLUME_NOT_FOUND']);
        if (existsSync(file) || readdirSync(own).length > 0) throw new Error('something was made');
      }
      rmSync(own, { recursive: true });
    });
  });
});

test.serial('options of mount, serve, backup, check, subscribe and lock', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    await volume.fs.promises.writeFile('/f', 'x');
    const missing = join(folder, 'missing');
    const calls = {
      // To where nothing can be mounted, on an address that nobody has: what is taken goes no further.
      mount: (options: object) => volume.mount(missing, options as never),
      serve: (options: object) => volume.serve({ ...options, host: '203.0.113.1' } as never),
      backup: (options: object) => volume.backup(join(missing, 'to'), options as never),
      check: (options: object) => volume.check(options as never),
      subscribe: async (options: object) =>
        (await volume.subscribe(() => undefined, options as never))(),
      lock: async (options: object) => (await volume.lock('/f', options as never)).release(),
      compact: (options: object) => volume.compact(options as never),
    } as const;
    const more = ['ERR_MOUNT_POINT', 'ERR_LISTEN_FAILED', 'ERR_SERVE_EXPOSED', 'ERR_BACKUP_TARGET'];
    const other = fc.tuple(
      fc.constantFrom(
        'onProgress',
        'signal',
        'pagesPerStep',
        'overwrite',
        'throttleBytes',
        'verify',
        'repair',
        'content',
        'mode',
        'wait',
        'onLost',
        'pagesMax',
        'token',
        'force',
        'allowedHosts',
      ),
      strange,
    );
    const options = fc.array(fc.oneof(named(MOUNT_RULES), named(SERVE_RULES), other), {
      maxLength: 3,
    });
    const call = fc.tuple(
      fc.constantFrom(...(Object.keys(calls) as (keyof typeof calls)[])),
      options,
    );
    await fuzz(
      t,
      call,
      150,
      async ([name, list]) => {
        try {
          await calls[name](objectOf(list));
        } catch (error) {
          const { code } = error as { code?: string };
          // A signal or callback of a wrong type is refused as Node refuses it.
          if (code !== 'ERR_INVALID_ARG_TYPE') assertRefusal(error, more);
        }
      },
      KEPT,
    );
    t.deepEqual(await volume.fs.promises.readdir('/'), ['f']);
  });
});
