/** What upkeep costs who writes meanwhile: a check by itself, and giving free pages back. */
import { openCabinet, type Volume, volumePath } from '../contenders/cabinet.js';
import { runCallers } from '../harness/callers.js';
import { fileName, payloadOf } from '../harness/payload.js';
import type { Contender, Scenario } from '../harness/scenario.js';
import { verify } from '../harness/verify.js';

const CALLERS = 64;
const WRITE_BYTES = 10_000;
const STOCK_BYTES = 100_000;
const STOCK_FILES = 800;
const payload = payloadOf(WRITE_BYTES);
const stock = payloadOf(STOCK_BYTES);

const ALONE = 'alone';
const CHECKED = 'beside a check at 25 %';
const UNTHROTTLED = 'beside a check at 100 %';
const COMPACTED = 'beside compact()';
const AUTO = 'compaction by itself on';

/** Most that upkeep by itself may take. */
const KEPT_SHARE = 0.75;

export const upkeepScenario: Scenario = {
  name: 'upkeep',
  about: 'writes beside a check and beside compaction',
  groups: ({ quick }) => {
    const count = quick ? 8000 : 20_000;
    return [
      {
        title: `writeFile of 10 KB, ${count} files, 64 callers, in a volume of 80 MB, half of it free`,
        metrics: [
          { key: 'rate', label: 'files/s' },
          { key: 'checks', label: 'checks' },
          { key: 'freed', label: 'pages back' },
        ],
        contenders: [
          contender(ALONE, count, { compaction: { auto: false } }, idle),
          contender(CHECKED, count, checking(25), idle),
          contender(UNTHROTTLED, count, checking(100), idle),
          contender(COMPACTED, count, { compaction: { auto: false } }, compacting),
          contender(AUTO, count, { compaction: { minFreeBytes: 1, minFreePercent: 1 } }, idle),
        ],
        goals: [CHECKED, AUTO].map((name) => ({
          label: `writes ${name}`,
          of: [name, 'rate'],
          against: [ALONE, 'rate'],
          bound: { atLeast: KEPT_SHARE },
        })),
      },
    ];
  },
};

type Options = Readonly<Record<string, unknown>>;
/** Works on the volume until `isOver`; answers how many pages it has given back. */
type Upkeep = (volume: Volume, isOver: () => boolean) => Promise<number>;

function checking(sharePercent: number): Options {
  return { compaction: { auto: false }, integrity: { everySeconds: 1, sharePercent } };
}

const idle: Upkeep = async () => 0;

const compacting: Upkeep = async (volume, isOver) => {
  let freed = 0;
  while (!isOver()) {
    freed += (await volume.compact({ pagesMax: 1000 })).freedPages;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return freed;
};

async function fill(folder: string): Promise<void> {
  const { volume, close } = await openCabinet(folder);
  const { promises } = volume.fs;
  await promises.mkdir('/stock');
  for (let index = 0; index < STOCK_FILES; index += 1) {
    await promises.writeFile(`/stock/${fileName(index)}`, stock.of(index));
  }
  for (let index = 0; index < STOCK_FILES; index += 2) {
    await promises.unlink(`/stock/${fileName(index)}`);
  }
  await close();
}

function contender(name: string, count: number, options: Options, upkeep: Upkeep): Contender {
  return {
    name,
    run: async ({ folder }) => {
      await fill(folder);
      const { openVolume } = await import('#src/index.js');
      const volume = await openVolume(volumePath(folder), { durability: 'normal', ...options });
      const { promises } = volume.fs;
      await promises.mkdir('/files');
      await runCallers(CALLERS, 1000, (index) =>
        promises.writeFile(`/files/warm-up-${index}`, payload.of(index)),
      );
      // Checks by themselves begin two seconds after the opening.
      await new Promise((resolve) => setTimeout(resolve, 2200));
      const before = volume.records('check').length;
      let isOver = false;
      const freedPages = upkeep(volume, () => isOver);
      const startMs = performance.now();
      await runCallers(CALLERS, count, (index) =>
        promises.writeFile(`/files/${fileName(index)}`, payload.of(index)),
      );
      const seconds = (performance.now() - startMs) / 1000;
      isOver = true;
      const freed = await freedPages;
      const names = await promises.readdir('/files');
      verify(names.length === count + 1000, 'every file is there');
      const checks = volume.records('check').length - before;
      await volume.close();
      return { rate: count / seconds, checks, freed };
    },
  };
}
