/** A directory of 100,000 entries: listed whole, by name and with attributes, and looked into. */
import { execFileSync } from 'node:child_process';
import test from 'ava';
import { mountRefusal, withMount } from '../support/mounted.js';

const refusal = mountRefusal();
const mounting = refusal === undefined ? test.serial : test.serial.skip;

const ENTRIES = 100_000;
const AT_ONCE = 20_000;

const SCRIPT = `
import os
names = os.listdir('d')
with os.scandir('d') as entries:
    sizes = sum(entry.stat().st_size for entry in entries if entry.name.endswith('7'))
print(len(names), len(set(names)), sizes, os.path.exists('d/99999'), os.path.exists('d/100000'))
os.unlink('d/50000')
os.rename('d/50001', 'd/100000')
names = os.listdir('d')
print(len(names), '50000' in names, '50001' in names, '100000' in names)
`;

mounting('a directory of 100,000 entries', (t) =>
  withMount(t, { cacheMs: 0 }, async ({ dir, volume }) => {
    await volume.fs.promises.mkdir('/d');
    for (let start = 0; start < ENTRIES; start += AT_ONCE) {
      await volume.transaction((tx) => {
        for (let index = start; index < start + AT_ONCE; index += 1)
          tx.writeFile(`/d/${index}`, 'x');
      });
    }
    const said = execFileSync('python3', ['-c', SCRIPT], { cwd: dir, encoding: 'utf8' });
    t.deepEqual(said.trim().split('\n'), [
      `${ENTRIES} ${ENTRIES} ${ENTRIES / 10} True False`,
      `${ENTRIES - 1} False False True`,
    ]);
  }),
);

if (refusal !== undefined) test.skip(`skipped: ${refusal}`, () => undefined);
