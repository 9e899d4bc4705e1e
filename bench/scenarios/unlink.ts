/** `unlink` of 10 KB files in no order. */
import { PLAIN_EACH } from '../contenders/plain-sqlite.js';
import { PLAIN_TREE } from '../contenders/plain-tree.js';
import { fileName } from '../harness/payload.js';
import type { Scenario } from '../harness/scenario.js';
import { verify } from '../harness/verify.js';
import { openFilledPlain, openFilledTree } from './filled-directory.js';
import { NAMED_FILES, type NamesOperation, namesGroup, plainEachContender } from './names-group.js';

export const unlinkScenario: Scenario = {
  name: 'unlink',
  about: 'unlink of 10 KB files, 1 and 64 callers',
  groups: ({ quick }) => [1, 64].map((callers) => namesGroup(UNLINK, callers, quick ? 2000 : 8000)),
};

const UNLINK: NamesOperation = {
  verb: 'unlink',
  change: ({ fs, root }, directory, index) => fs.unlink(`${root}/${directory}/${fileName(index)}`),
  verify: async ({ fs, root }) => {
    verify((await fs.readdir(`${root}/files`)).length === 0, 'every file is gone');
  },
  plain: (count) => [
    plainEachContender(
      PLAIN_EACH,
      count,
      (folder) => openFilledPlain(folder, count, NAMED_FILES),
      (files, index) => files.remove(fileName(index)),
    ),
    plainEachContender(
      PLAIN_TREE,
      count,
      (folder) => openFilledTree(folder, count, NAMED_FILES),
      (tree, index) => tree.unlink(fileName(index)),
    ),
  ],
};
