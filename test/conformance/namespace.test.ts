import { attributeCases } from './cases/attributes.js';
import { opendirCases, readdirCases } from './cases/directories.js';
import { linkCases } from './cases/links.js';
import { mkdirCases, mkdtempCases } from './cases/mkdir.js';
import { removeCases } from './cases/remove.js';
import { renameCases } from './cases/rename.js';
import { timeCases } from './cases/times.js';
import { conform } from './conform.js';

conform([
  ...mkdirCases,
  ...mkdtempCases,
  ...renameCases,
  ...linkCases,
  ...removeCases,
  ...readdirCases,
  ...opendirCases,
  ...attributeCases,
  ...timeCases,
]);
