import { twoPathCases } from './cases/two-paths.js';
import { conform } from './conform.js';

conform(twoPathCases);
