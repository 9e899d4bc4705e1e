/**
 * 50,000 files: found, moved, copied and removed. CABINETFS_LONG_PROGRAMS has all of them copied, and
 * compared, with each way of caching.
 */
import type { ExecutionContext } from 'ava';
import { CACHINGS, type Caching, DEFAULT_CACHING } from '../support/cachings.js';
import { withMount } from '../support/mounted.js';
import { LONG, runScript, withPrograms } from './program.js';

const DIRECTORIES = 250;
const FILES = 50_000;
const FILES_PER_DIRECTORY = FILES / DIRECTORIES;
const COPIED_DIRECTORIES = LONG ? DIRECTORIES : 15;

type Fs = Parameters<Parameters<typeof withMount>[2]>[0]['volume']['fs'];

async function makeTree({ promises }: Fs): Promise<void> {
  for (let d = 1; d <= DIRECTORIES; d += 1) {
    await promises.mkdir(`/tree/${d}`, { recursive: true });
    const write = (_: unknown, f: number): Promise<void> =>
      promises.writeFile(`/tree/${d}/file-${f}`, `file ${f} of directory ${d}\n`);
    await Promise.all(Array.from({ length: FILES_PER_DIRECTORY }, write));
  }
}

const SCRIPT = `
  find tree -type f | wc -l
  find tree -name 'file-7' -size -2 | wc -l
  mv tree moved; mkdir copy
  for d in $(seq 1 ${COPIED_DIRECTORIES}); do echo moved/$d; done | xargs cp -a -t copy
  find copy -type f | wc -l
  for d in $(seq 1 ${COPIED_DIRECTORIES}); do diff -r moved/$d copy/$d; done
  rm -rf moved copy
  ls -A`;

function lives(t: ExecutionContext, { options }: Caching): Promise<void> {
  return withMount(t, options, async (mounted) => {
    await makeTree(mounted.volume.fs);
    const copied = COPIED_DIRECTORIES * FILES_PER_DIRECTORY;
    t.is(await runScript(t, mounted, SCRIPT), `${FILES}\n${DIRECTORIES}\n${copied}\n`);
    t.deepEqual(await mounted.volume.fs.promises.readdir('/'), []);
  });
}

for (const caching of LONG ? CACHINGS : [DEFAULT_CACHING]) {
  const title = `${FILES} files are found, moved, copied and removed; ${caching.name}`;
  withPrograms('cp', 'diff', 'find')(title, (t) => lives(t, caching));
}
