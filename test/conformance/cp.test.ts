import { TABLES } from './cases/tables.js';
import { conform } from './conform.js';

conform(TABLES.cp);
