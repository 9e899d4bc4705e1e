import { cpCases } from './cases/cp.js';
import { conform } from './conform.js';

conform(cpCases);
