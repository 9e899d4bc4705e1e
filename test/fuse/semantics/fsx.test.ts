/**
 * Random operations on a file of a mount, compared with a file in memory, and with what the library reads
 * beside it. CABINETFS_FSX_OPERATIONS makes it longer, CABINETFS_FSX_SEED repeats a run.
 */
import test, { type ExecutionContext } from 'ava';
import { seedFrom } from '../../support/random.js';
import { CACHINGS, type Caching } from '../support/cachings.js';
import { mountRefusal, withMount } from '../support/mounted.js';
import { runFsx } from './beside.js';

const OPERATIONS = Number(process.env.CABINETFS_FSX_OPERATIONS ?? 10_000);
const MS_PER_OPERATION = 20;

const mounting = mountRefusal() === undefined ? test.serial : test.serial.skip;

function agrees(t: ExecutionContext, { options }: Caching, beside: string): Promise<void> {
  t.timeout(Math.max(300_000, OPERATIONS * MS_PER_OPERATION));
  const seed = seedFrom('CABINETFS_FSX_SEED');
  return withMount(t, options, async (mounted) => {
    const { status, said, questions } = await runFsx(mounted, seed, OPERATIONS, [
      beside,
      ...(options.writeback === true ? ['gathers'] : []),
    ]);
    t.log(`seed ${seed}: ${said.trim()}, ${questions} beside the mount`);
    t.is(status, 0, said);
    t.true(questions > OPERATIONS / 500, 'the library was asked');
  });
}

for (const caching of CACHINGS) {
  mounting(`random operations on a file leave what they would in memory; ${caching.name}`, (t) =>
    agrees(t, caching, 'reads'),
  );
}

// A kernel that gathers what is written owns the length of files: others must leave them alone meanwhile.
for (const caching of CACHINGS.filter(({ options }) => options.writeback !== true)) {
  mounting(
    `random operations through the mount and through the library meet; ${caching.name}`,
    (t) => agrees(t, caching, 'writes'),
  );
}
