import { argumentCases } from './cases/arguments.js';
import { pathFormCases } from './cases/path-forms.js';
import { shapeCases } from './cases/shape.js';
import { conform } from './conform.js';

conform([...shapeCases, ...argumentCases, ...pathFormCases]);
