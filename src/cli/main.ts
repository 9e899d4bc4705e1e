#!/usr/bin/env node
/** Entry of the `cabinet` command. */
// First, so that no thread gets the token.
import './token.js';
import { discardWriterThread, prepareWriterThread } from '../writer/host.js';

const WRITING_COMMANDS = [
  'create',
  'put',
  'rm',
  'mv',
  'mkdir',
  'ln',
  'import',
  'backup',
  'serve',
  'mount',
  'checkpoint',
];

// The thread and this program load their modules side by side.
if (WRITING_COMMANDS.includes(process.argv[2] ?? '')) prepareWriterThread();
const { run } = await import('./program.js');
process.exitCode = await run(process.argv);
await discardWriterThread();
