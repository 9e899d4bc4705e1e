/** Writes to an SQLite database: `sqlite-child.js FILE JOURNAL ROWS NAME`. */
import Database from 'better-sqlite3';

const [, , file = '', journal = '', rows = '0', name = ''] = process.argv;

const database = new Database(file, { timeout: 60_000 });
database.pragma(`journal_mode = ${journal}`);
database.exec('CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, who TEXT, text TEXT)');
const insert = database.prepare('INSERT INTO t (who, text) VALUES (?, ?)');
const undo = database.transaction(() => {
  insert.run('nobody', 'x'.repeat(50_000));
  throw new Error('undo');
});
for (let index = 0; index < Number(rows); index += 1) {
  insert.run(name, `${index} `.repeat(100));
  if (index % 20 === 0) {
    try {
      undo();
    } catch (error) {
      if ((error as Error).message !== 'undo') throw error;
    }
  }
}
const [{ integrity_check: verdict }] = database.pragma('integrity_check') as [
  { integrity_check: string },
];
process.stdout.write(verdict);
database.close();
