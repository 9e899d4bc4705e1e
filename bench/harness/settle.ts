/** Nobody pays for what the contender before left behind. */
import { spawnSync } from 'node:child_process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// V8 hides `gc` behind a flag; asking for it here keeps `node build/bench/main.js` free of flags.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Writes back what is dirty on the disk of `folder`, and collects garbage. */
export function settle(folder: string): void {
  collectGarbage();
  spawnSync('sync', ['-f', folder]);
}
