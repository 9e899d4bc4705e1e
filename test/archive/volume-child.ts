/** Run by the tests of this folder: a process that has a volume open, with an archive or without. */
import { type OpenOptions, openVolume } from '#src/index.js';
import { apply, perform, readModel } from '../crash/operation.js';
import { randomOperation } from '../crash/random-operation.js';
import { answerParent } from '../support/child.js';
import { createRandom } from '../support/random.js';
import type { Volume } from '../support/subject.js';
import { captureTree, type Tree } from '../support/tree.js';

const [file, options] = process.argv.slice(2) as [string, string];
const volume: Volume = await openVolume(file, JSON.parse(options) as OpenOptions);
const { promises } = volume.fs;

/** One random operation after the other below `root`, each of which succeeds. */
async function work(root: string, seed: number, count: number): Promise<void> {
  await promises.mkdir(root, { recursive: true });
  const random = createRandom(seed);
  const model = await readModel(volume, root);
  for (let number = 0; number < count; number += 1) {
    const operation = randomOperation(random, root, model, `${seed}-${number}`);
    await perform(volume, operation);
    apply(model, operation);
  }
}

/** What the operations of `work` leave out. */
async function oddities(root: string, seed: number): Promise<void> {
  const path = `${root}/odd-${seed}`;
  await promises.mkdir(root, { recursive: true });
  await promises.writeFile(path, `odd ${seed}`);
  await promises.link(path, `${path}-link`);
  await promises.symlink(path, `${path}-symlink`);
  await promises.chmod(path, 0o640);
  await volume.setXattr(path, 'user.seed', String(seed));
}

let isWriting = false;

async function keepWriting(root: string): Promise<void> {
  await promises.mkdir(root, { recursive: true });
  isWriting = true;
  for (let number = 0; isWriting; number += 1) {
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        promises.writeFile(`${root}/${index}`, Buffer.alloc(30_000, String(number))),
      ),
    );
  }
}

answerParent({
  work,
  oddities,
  big: (path: string, bytes: number) => promises.writeFile(path, Buffer.alloc(bytes, path)),
  checkpoint: (mode: 'passive' | 'full' | 'restart' | 'truncate') => volume.checkpoint(mode),
  ship: async () => {
    await volume.archive?.ship();
    return volume.archive?.status;
  },
  settle: async () => {
    await volume.archive?.settle();
    return volume.archive?.status;
  },
  status: () => volume.archive?.status,
  tree: (): Promise<Tree> => captureTree(promises as never, '/'),
  startWriting: (root: string) => {
    void keepWriting(root);
  },
  stopWriting: () => {
    isWriting = false;
  },
  end: () => volume.close(),
});
