/** Every case, by the test file that runs it: one place, for the tests and for the comparison with memfs. */
import type { Case } from '../case.js';
import { argumentCases } from './arguments.js';
import { attributeCases } from './attributes.js';
import { callbackArgumentCases } from './callback-arguments.js';
import { copyFileCases } from './copy-file.js';
import { cpCases } from './cp.js';
import { descriptorCases } from './descriptors.js';
import { dirCases } from './dir.js';
import { opendirCases, readdirCases } from './directories.js';
import { handleLifeCases } from './handle-life.js';
import { handleReadCases } from './handle-read.js';
import { handleStreamCases } from './handle-streams.js';
import { handleWriteCases } from './handle-write.js';
import { linkCases } from './links.js';
import { mkdirCases, mkdtempCases } from './mkdir.js';
import { moduleTableCases } from './module.js';
import { numberCases } from './numbers.js';
import { onePathCases } from './one-path.js';
import { openCases } from './open.js';
import { pathFormCases } from './path-forms.js';
import { readFileCases } from './read-file.js';
import { readStreamCases } from './read-streams.js';
import { removeCases } from './remove.js';
import { renameCases } from './rename.js';
import { shapeCases } from './shape.js';
import { streamLifeCases } from './stream-life.js';
import { timeCases } from './times.js';
import { truncateCases } from './truncate.js';
import { twoPathCases } from './two-paths.js';
import { writeFileCases } from './write-file.js';
import { writeStreamCases } from './write-streams.js';

export const TABLES = {
  arguments: [...shapeCases, ...argumentCases, ...pathFormCases],
  content: [...readFileCases, ...writeFileCases, ...truncateCases, ...copyFileCases, ...openCases],
  cp: [...cpCases],
  descriptors: [...descriptorCases, ...numberCases],
  faces: [...moduleTableCases, ...callbackArgumentCases, ...dirCases],
  handle: [...handleReadCases, ...handleWriteCases, ...handleLifeCases, ...handleStreamCases],
  namespace: [
    ...mkdirCases,
    ...mkdtempCases,
    ...renameCases,
    ...linkCases,
    ...removeCases,
    ...readdirCases,
    ...opendirCases,
    ...attributeCases,
    ...timeCases,
  ],
  onePath: [...onePathCases],
  streams: [...readStreamCases, ...writeStreamCases, ...streamLifeCases],
  twoPaths: [...twoPathCases],
} satisfies Readonly<Record<string, readonly Case[]>>;
