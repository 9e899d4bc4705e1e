import { copyFileCases } from './cases/copy-file.js';
import { openCases } from './cases/open.js';
import { readFileCases } from './cases/read-file.js';
import { truncateCases } from './cases/truncate.js';
import { writeFileCases } from './cases/write-file.js';
import { conform } from './conform.js';

conform([...readFileCases, ...writeFileCases, ...truncateCases, ...copyFileCases, ...openCases]);
