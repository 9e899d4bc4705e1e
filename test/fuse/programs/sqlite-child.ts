/**
 * Writes to an SQLite database: `sqlite-child.js FILE JOURNAL ROWS NAME`. With each row it moves money
 * from one account to another, and looks that none is lost, whatever others do meanwhile.
 */
import Database from 'better-sqlite3';

const [, , file = '', journal = '', rows = '0', name = ''] = process.argv;
const ACCOUNTS = 50;
const TOTAL = ACCOUNTS * 100;

const database = new Database(file, { timeout: 60_000 });
const now = database.pragma('journal_mode', { simple: true });
if (now !== journal) database.pragma(`journal_mode = ${journal}`);
database.exec(`
  CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, who TEXT, text TEXT);
  CREATE TABLE IF NOT EXISTS account (id INTEGER PRIMARY KEY, money INTEGER, note TEXT);`);
const insert = database.prepare('INSERT INTO t (who, text) VALUES (?, ?)');
const open = database.prepare('INSERT OR IGNORE INTO account VALUES (?, 100, ?)');
const total = database.prepare('SELECT sum(money) FROM account').pluck();
const move = database.prepare('UPDATE account SET money = money + ? WHERE id = ?');

const openAll = database.transaction(() => {
  for (let id = 1; id <= ACCOUNTS; id += 1) open.run(id, 'x'.repeat(500));
});
const work = database.transaction((index: number) => {
  insert.run(name, `${index} `.repeat(100));
  move.run(-index, 1 + (index % ACCOUNTS));
  move.run(index, 1 + ((index * 7) % ACCOUNTS));
});
const undo = database.transaction(() => {
  insert.run('nobody', 'x'.repeat(50_000));
  throw new Error('undo');
});

function tryUndo(): void {
  try {
    undo.immediate();
  } catch (error) {
    if ((error as Error).message !== 'undo') throw error;
  }
}

function verdict(): string {
  return database.pragma('integrity_check', { simple: true }) as string;
}

openAll.immediate();
for (let index = 0; index < Number(rows); index += 1) {
  work.immediate(index);
  if (total.get() !== TOTAL) throw new Error(`there are ${total.get()} of ${TOTAL}`);
  if (index % 20 === 0) tryUndo();
  if (index % 30 === 29) database.pragma('wal_checkpoint(PASSIVE)');
}
process.stdout.write(verdict());
database.close();
