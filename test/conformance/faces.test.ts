import { callbackArgumentCases } from './cases/callback-arguments.js';
import { dirCases } from './cases/dir.js';
import { moduleTableCases } from './cases/module.js';
import { conform } from './conform.js';

conform([...moduleTableCases, ...callbackArgumentCases, ...dirCases]);
