import { onePathCases } from './cases/one-path.js';
import { conform } from './conform.js';

conform(onePathCases);
