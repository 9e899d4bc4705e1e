/** Any bit of a row that is turned shows in its sum, whatever the row holds. */
import test, { type ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { attributeSum, chunkSum, entrySum, inodeSum, linkSum } from '#src/core/row-sums.js';
import { readMigrations } from '#src/schema/migration-files.js';
import { provideSums } from '#src/sqlite/sum-functions.js';

const INODE = [
  'ino',
  'mode',
  'nlink',
  'uid',
  'gid',
  'rdev',
  'size',
  'atime',
  'mtime',
  'ctime',
  'btime',
  'version',
  'parent',
  'chunks',
  'head',
  'inline_crc32c',
] as const;
const NULLABLE: readonly string[] = ['atime', 'mtime', 'ctime', 'parent', 'head', 'inline_crc32c'];
const RUNS = 12;
const BITS = 64;
/** Of volumes, and of the generators here: what no number of a row is above. */
const NUMBERS_MAX = 2 ** 52;

const any64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 100_000n }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, -1n, 2n ** 31n - 1n, 2n ** 63n - 1n, -(2n ** 63n)),
);

/** The tables as the migrations make them, but with sums that can be set. */
function openTables(): Database.Database {
  const made = new Database(':memory:');
  provideSums(made);
  for (const { sql } of readMigrations()) made.exec(sql);
  const texts = made
    .prepare<[], string>("SELECT sql FROM sqlite_schema WHERE sql LIKE '%STORED%'")
    .pluck()
    .all();
  const plain = new Database(':memory:');
  plain.defaultSafeIntegers(true);
  plain.pragma('foreign_keys = OFF');
  plain.pragma('ignore_check_constraints = ON');
  for (const sql of texts) {
    plain.exec(sql);
    const free = sql.replace(/ NOT NULL GENERATED ALWAYS AS \([\s\S]*?\) STORED/, '');
    plain.exec(free.replace(/CREATE TABLE "(\w+)"/, 'CREATE TABLE free_$1'));
  }
  return plain;
}

type Column = bigint | null;

/** A row with its sum in the table in which it can be changed; answers the sum. */
function put(
  database: Database.Database,
  table: string,
  columns: readonly string[],
  row: readonly Column[],
): bigint {
  const marks = columns.map(() => '?').join();
  const list = columns.join();
  database.exec(`DELETE FROM ${table}; DELETE FROM free_${table}`);
  database.prepare(`INSERT INTO ${table} (${list}) VALUES (${marks})`).run(...row);
  database.exec(`INSERT INTO free_${table} (${list}, sum) SELECT ${list}, sum FROM ${table}`);
  return database.prepare<[], bigint>(`SELECT sum FROM ${table}`).pluck().get() as bigint;
}

function isSound(database: Database.Database, table: string): boolean {
  return database.prepare(`SELECT sound FROM free_${table}`).pluck().get() === 1n;
}

function assertEveryBit(
  t: ExecutionContext,
  database: Database.Database,
  table: string,
  columns: readonly string[],
  row: readonly Column[],
): void {
  t.true(isSound(database, table), 'what was written is sound');
  for (const [at, column] of [...columns, 'sum'].entries()) {
    const value = at < row.length ? row[at] : null;
    const set = database.prepare(`UPDATE free_${table} SET ${column} = ?`);
    const old = database.prepare<[], Column>(`SELECT ${column} FROM free_${table}`).pluck().get();
    if (at < row.length && value === null) continue;
    for (let bit = 0; bit < BITS; bit += 1) {
      set.run(BigInt.asIntN(BITS, (old as bigint) ^ (1n << BigInt(bit))));
      if (isSound(database, table)) t.fail(`bit ${bit} of ${column} of ${row.join()}`);
    }
    set.run(old);
  }
  t.true(isSound(database, table), 'and so it is again');
}

const TABLES = { chunk: ['ino', 'idx', 'blob'], share: ['blob', 'refs'], inode: INODE } as const;

for (const [table, columns] of Object.entries(TABLES)) {
  test(`every bit of a row of ${table} shows in its sum, and it is what JavaScript computes`, (t) => {
    const database = openTables();
    const column = (name: string): fc.Arbitrary<Column> =>
      NULLABLE.includes(name) ? fc.option(any64, { nil: null }) : any64;
    fc.assert(
      fc.property(fc.tuple(...columns.map(column)), (row) => {
        const sum = put(database, table, columns, row);
        assertEveryBit(t, database, table, columns, row);
        if (table === 'inode') t.is(inodeSum(row), Number(sum));
        if (table === 'chunk') {
          const [ino, idx, blob] = row.map((value) => Number(value) % NUMBERS_MAX);
          const again = [ino, idx, blob].map((value) => BigInt(value as number));
          t.is(
            chunkSum(ino as number, idx as number, blob as number),
            Number(put(database, table, columns, again)),
          );
        }
      }),
      { numRuns: RUNS },
    );
    database.close();
  });
}

test('two columns that were exchanged show, and so does NULL in the place of a number', (t) => {
  const database = openTables();
  const row: Column[] = INODE.map((_, index) => BigInt(1000 + 17 * index * index));
  put(database, 'inode', INODE, row);
  for (const one of INODE) {
    for (const other of INODE) {
      if (one === other) continue;
      database.exec(`UPDATE free_inode SET ${one} = ${other}, ${other} = ${one}`);
      t.false(isSound(database, 'inode'), `${one} and ${other}`);
      database.exec(`UPDATE free_inode SET ${one} = ${other}, ${other} = ${one}`);
    }
  }
  for (const column of NULLABLE) {
    for (const value of ['0', '1', '-1', '2147483647']) {
      database.exec(`UPDATE free_inode SET ${column} = ${value}`);
      const before = database.prepare(`SELECT sound FROM free_inode`).pluck().get();
      t.is(before, 0n, `${column} = ${value} instead of ${row[INODE.indexOf(column as never)]}`);
    }
    database.exec(`UPDATE free_inode SET ${column} = NULL`);
    t.false(isSound(database, 'inode'), `${column} is NULL`);
    put(database, 'inode', INODE, row);
  }
  database.close();
});

/** Calls `fn` with every text that differs by one bit. */
function eachBit(bytes: Uint8Array, fn: (changed: Uint8Array) => void): void {
  for (let at = 0; at < bytes.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] as number) ^ (1 << bit);
      fn(changed);
    }
  }
}

/** The same for a number that a row may hold. */
function eachBitOf(value: number, fn: (changed: number) => void): void {
  for (let bit = 0; bit < 52; bit += 1) fn(Number(BigInt(value) ^ (1n << BigInt(bit))));
}

const ino = fc.integer({ min: 1, max: NUMBERS_MAX });
const text = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' });

test('every bit of a name, a target and an extended attribute shows in its sum', (t) => {
  let tried = 0;
  const differs = (sum: number): ((other: number) => void) => {
    return (other) => {
      tried += 1;
      if (other === sum) throw new Error(`${other} again`);
    };
  };
  fc.assert(
    fc.property(ino, text, ino, fc.uint8Array({ maxLength: 60 }), (one, name, other, value) => {
      const bytes = Buffer.from(name);
      const entry = differs(entrySum(one, name, other));
      eachBit(bytes, (changed) => entry(entrySum(one, changed, other)));
      eachBitOf(one, (changed) => entry(entrySum(changed, name, other)));
      eachBitOf(other, (changed) => entry(entrySum(one, name, changed)));
      const link = differs(linkSum(one, name));
      eachBit(bytes, (changed) => link(linkSum(one, changed)));
      eachBitOf(one, (changed) => link(linkSum(changed, name)));
      const attribute = differs(attributeSum(one, name, value));
      eachBit(bytes, (changed) => attribute(attributeSum(one, changed, value)));
      eachBit(value, (changed) => attribute(attributeSum(one, name, changed)));
      eachBitOf(one, (changed) => attribute(attributeSum(changed, name, value)));
      t.is(entrySum(one, bytes, other), entrySum(one, name, other), 'text and its bytes');
    }),
    { numRuns: 50 },
  );
  t.log(`${tried} bits`);
  t.true(tried > 10_000);
});
