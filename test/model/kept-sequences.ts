/** Sequences worth playing every time: found by hand, or by a random run that failed. */
import type { Step } from './step.js';

export const KEPT_SEQUENCES: Readonly<Record<string, readonly Step[]>> = {
  'a file renamed over one that is open, then both written': [
    { do: 'writeFile', path: 'a', bytes: 70_000 },
    { do: 'writeFile', path: 'b', bytes: 100 },
    { do: 'open', slot: 0, path: 'b', flags: 'r+' },
    { do: 'rename', from: 'a', to: 'b' },
    { do: 'write', slot: 0, position: 65_530, bytes: 20 },
    { do: 'appendFile', path: 'b', bytes: 513 },
    { do: 'fstat', slot: 0 },
    { do: 'readRest', slot: 0 },
    { do: 'readFile', path: 'b' },
  ],
  'a copy that shares content with a file that shrinks and grows': [
    { do: 'writeFile', path: 'a', bytes: 131_073 },
    { do: 'copyFile', from: 'a', to: 'b' },
    { do: 'truncate', path: 'a', size: 65_537 },
    { do: 'copyFile', from: 'a', to: 'c' },
    { do: 'truncate', path: 'a', size: 200_000 },
    { do: 'open', slot: 0, path: 'b', flags: 'r+' },
    { do: 'write', slot: 0, position: 65_000, bytes: 1000 },
    { do: 'unlink', path: 'b' },
    { do: 'readRest', slot: 0 },
    { do: 'readFile', path: 'c' },
  ],
  'a small file that grows past the inline size and back, with holes': [
    { do: 'writeFile', path: 'a', bytes: 511 },
    { do: 'open', slot: 0, path: 'a', flags: 'r+' },
    { do: 'write', slot: 0, position: 511, bytes: 2 },
    { do: 'ftruncate', slot: 0, size: 300 },
    { do: 'ftruncate', slot: 0, size: 70_000 },
    { do: 'write', slot: 0, position: 66_000, bytes: 1 },
    { do: 'readFile', path: 'a' },
    { do: 'ftruncate', slot: 0, size: 10 },
    { do: 'readFile', path: 'a' },
  ],
};
