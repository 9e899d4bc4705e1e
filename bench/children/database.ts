/**
 * What a program with a SQLite database does, in the manner of SQLite's own speedtest1: a load in one
 * transaction, small transactions, selects by index, updates, deletions. Prints seconds as JSON.
 *
 *     node database.js <directory> <journal mode> <rows>
 */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';

const SMALL_TRANSACTIONS_SHARE = 100;
const TEXT = 'x'.repeat(100);
const [directory = '', journalMode = '', rows = '0'] = process.argv.slice(2);
const count = Number(rows);

const database = new Database(join(directory, `${journalMode}.db`));
database.pragma(`journal_mode = ${journalMode}`);
database.exec(
  'CREATE TABLE t (id INTEGER PRIMARY KEY, k INTEGER, text TEXT); CREATE INDEX tk ON t (k)',
);
const insert = database.prepare('INSERT INTO t (k, text) VALUES (?, ?)');
const select = database.prepare('SELECT count(*) FROM t WHERE k BETWEEN ? AND ?').pluck();
const update = database.prepare('UPDATE t SET text = ? WHERE k = ?');
const remove = database.prepare('DELETE FROM t WHERE k % 3 = 0');
/** Spread over the keys without an order. */
const keyOf = (index: number): number => (index * 7919) % count;

function inOne(steps: number, step: (index: number) => void): void {
  database.transaction(() => {
    for (let index = 0; index < steps; index += 1) step(index);
  })();
}

function timed(work: () => void): number {
  const stopwatch = startStopwatch();
  work();
  return stopwatch.seconds();
}

const load = timed(() => inOne(count, (index) => insert.run(keyOf(index), TEXT)));
const small = timed(() => {
  for (let index = 0; index < count / SMALL_TRANSACTIONS_SHARE; index += 1) {
    insert.run(keyOf(index), TEXT);
  }
});
const selects = timed(() => {
  for (let index = 0; index < count / 10; index += 1) select.get(keyOf(index), keyOf(index) + 10);
});
const updates = timed(() =>
  inOne(count / 10, (index) => update.run(`${TEXT}${index}`, keyOf(index))),
);
const removal = timed(() => void remove.run());
const closing = timed(() => void database.close());

const again = new Database(join(directory, `${journalMode}.db`), { readonly: true });
verify(again.pragma('integrity_check', { simple: true }) === 'ok', 'the database is sound');
again.close();
const total = load + small + selects + updates + removal + closing;
process.stdout.write(JSON.stringify({ load, small, selects, updates, removal, total }));
