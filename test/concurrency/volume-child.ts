/** Run by the tests of this folder: another process that works on the same volume when asked to. */
import { openVolume } from '#src/index.js';
import { answerParent } from '../support/child.js';
import { increments } from './counter.js';

const volume = await openVolume(process.argv[2] as string, { busyTimeoutMs: 20_000 });
const { promises } = volume.fs;

answerParent({
  write: (path: string, content: string) => promises.writeFile(path, content),
  read: (path: string) => promises.readFile(path, 'utf8'),
  list: (path: string) => promises.readdir(path),
  rename: (from: string, to: string) => promises.rename(from, to),
  /** Adds lines to one file, many at a time. */
  appendLines: (path: string, name: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => promises.appendFile(path, `${name} ${index}\n`)),
    ),
  increments: (path: string, count: number) => increments(volume, path, count),
  /** Keeps changing a pair of files together, until told to stop. */
  startPairs: () => {
    void changePairs();
  },
  stopPairs: () => {
    stopped = true;
  },
  end: () => volume.close(),
});

let stopped = false;

async function changePairs(): Promise<void> {
  for (let number = 0; !stopped; number += 1) {
    await volume.transaction((tx) => {
      tx.writeFile('/left', String(number));
      tx.writeFile('/right', String(number));
    });
  }
}
