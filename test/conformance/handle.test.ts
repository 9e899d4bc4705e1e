import { handleLifeCases } from './cases/handle-life.js';
import { handleReadCases } from './cases/handle-read.js';
import { handleStreamCases } from './cases/handle-streams.js';
import { handleWriteCases } from './cases/handle-write.js';
import { conform } from './conform.js';

conform([...handleReadCases, ...handleWriteCases, ...handleLifeCases, ...handleStreamCases]);
