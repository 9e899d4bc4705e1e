/**
 * Ends a mount by force, again and again, while this process has files of it open and starts programs: each of those has the
 * files, too, until it begins, and closes them then. Prints how often that went well.
 *
 *     node forced-child.js <empty folder> <times>
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { openVolume } from '#src/index.js';

const FILES = 12;
/** So many descriptors of files are below that of the mount. */
const BELOW = 6;
const [folder = '', times = '0'] = process.argv.slice(2);
const dir = join(folder, 'mnt');
mkdirSync(dir);
const volume = await openVolume(join(folder, 'v.cabinet'));
let ended = 0;
while (ended < Number(times)) {
  const places = Array.from({ length: BELOW }, () => openSync('/dev/null', 'r'));
  const mount = await volume.mount(dir);
  for (const place of places) closeSync(place);
  const files = Array.from({ length: FILES }, (_, index) => openSync(join(dir, `${index}`), 'w'));
  let isEnding = true;
  const starting = (async () => {
    while (isEnding) await once(spawn('true'), 'exit');
  })();
  await mount.unmount({ force: true });
  isEnding = false;
  await starting;
  for (const file of files) {
    try {
      closeSync(file);
    } catch {
      // It has gone.
    }
  }
  ended += 1;
}
await volume.close();
console.log(ended);
