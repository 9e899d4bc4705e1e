/** A process that opens a database with plain better-sqlite3: `start-plain.js <path>`. */
import { performance } from 'node:perf_hooks';

const startedMs = performance.now();
const { default: Database } = await import('better-sqlite3');
const database = new Database(process.argv[2]);
database.prepare('SELECT count(*) FROM sqlite_schema').get();
const openedMs = performance.now();
database.close();
process.stdout.write(JSON.stringify({ process: openedMs, own: openedMs - startedMs }));
