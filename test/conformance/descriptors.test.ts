import { descriptorCases } from './cases/descriptors.js';
import { numberCases } from './cases/numbers.js';
import { conform } from './conform.js';

conform([...descriptorCases, ...numberCases]);
