#!/usr/bin/env node
/** Entry of the `cabinet` command. */
import { run } from './program.js';

process.exitCode = await run(process.argv);
