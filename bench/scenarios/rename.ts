/** `rename` of files within a directory, in no order. */
import { openPlainNames, PLAIN_EACH, type PlainNames } from '../contenders/plain-sqlite.js';
import { PLAIN_TREE } from '../contenders/plain-tree.js';
import { fileName } from '../harness/payload.js';
import type { Scenario } from '../harness/scenario.js';
import { verify } from '../harness/verify.js';
import { openFilledTree } from './filled-directory.js';
import { NAMED_FILES, type NamesOperation, namesGroup, plainEachContender } from './names-group.js';

export const renameScenario: Scenario = {
  name: 'rename',
  about: 'rename of files, 1 and 64 callers',
  groups: ({ quick }) => [1, 64].map((callers) => namesGroup(RENAME, callers, quick ? 2000 : 8000)),
};

function renamed(index: number): string {
  return `renamed-${index}`;
}

const RENAME: NamesOperation = {
  verb: 'rename',
  change: ({ fs, root }, directory, index) =>
    fs.rename(`${root}/${directory}/${fileName(index)}`, `${root}/${directory}/${renamed(index)}`),
  verify: async ({ fs, root }, count) => {
    const names = await fs.readdir(`${root}/files`);
    verify(names.length === count, 'no name was lost or added');
    verify(
      names.every((name) => name.startsWith('renamed-')),
      'every file has its new name',
    );
    const content = await fs.readFile(`${root}/files/${renamed(5)}`);
    verify(NAMED_FILES.of(5).equals(content), 'a renamed file keeps its content');
  },
  plain: (count) => [
    plainEachContender(
      PLAIN_EACH,
      count,
      (folder) => openFilledNames(folder, count),
      (names, index) => names.rename(fileName(index), renamed(index)),
    ),
    plainEachContender(
      PLAIN_TREE,
      count,
      (folder) => openFilledTree(folder, count, NAMED_FILES),
      (tree, index) => tree.rename(fileName(index), renamed(index)),
    ),
  ],
};

function openFilledNames(folder: string, count: number): PlainNames {
  const names = openPlainNames(folder);
  names.begin();
  for (let index = 0; index < count; index += 1) names.add(fileName(index), index);
  names.commit();
  names.close();
  return openPlainNames(folder);
}
