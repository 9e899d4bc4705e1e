/** The umask of the process that opens a volume masks the modes of what is made in it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

const CHILD = fileURLToPath(new URL('./umask-child.js', import.meta.url));

for (const umask of ['000', '022', '027', '077', '037']) {
  test(`umask ${umask} masks new files as on the real filesystem`, async (t) => {
    const run = promisify(execFile);
    const script = 'umask "$1" && exec "$2" "$3"';
    const { stdout } = await run('sh', ['-c', script, 'sh', umask, process.execPath, CHILD]);
    const { disk, tested } = JSON.parse(stdout);
    t.deepEqual(tested, disk);
    t.is(disk.length, 8);
  });
}
