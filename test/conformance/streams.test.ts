import { readStreamCases } from './cases/read-streams.js';
import { streamLifeCases } from './cases/stream-life.js';
import { writeStreamCases } from './cases/write-streams.js';
import { conform } from './conform.js';

conform([...readStreamCases, ...writeStreamCases, ...streamLifeCases]);
