/** Rows of `dentry`: names in directories, and the inodes behind them. */
import { isUtf8 } from 'node:buffer';
import { damaged, errno } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import { S_IFDIR, S_IFREG } from '../core/mode.js';
import { isEntryName } from '../core/path.js';
import { entrySum } from '../core/row-sums.js';
import type { Connection, Statement } from '../sqlite/connection.js';
import {
  demandSound,
  INODE_COLUMNS,
  type Inode,
  type InodeTuple,
  SUM_COLUMN,
  toInode,
} from './inode-table.js';

/** The type of a file is in the bits of `mode` from this one on. */
export const TYPE_SHIFT = 12;
/** A type as one character: this code and the bits. */
export const TYPE_BASE = 48;
const TYPE_MAX = 0xf;

export interface Entry {
  readonly name: string;
  readonly ino: Ino;
  /** `st_mode` of the inode; its type bits never change. */
  readonly mode: number;
}

export interface InodeEntry extends Entry {
  readonly inode: Inode;
}

/** Whether both rows are those that were written, for who compares: `sound` of the inode, `sum` of the name. */
const SUMS = ', i.sound, d.sum';

const stepSql = (sums: string): string => `
  SELECT d.ino, i.mode${sums} FROM dentry AS d JOIN inode AS i ON i.ino = d.ino
  WHERE d.parent = ? AND d.name = ?`;
const STEP = stepSql('');
const STEP_WITH_SUMS = stepSql(SUMS);

const lookupSql = (sums: string): string => `
  SELECT ${INODE_COLUMNS}${sums} FROM dentry AS d JOIN inode AS i ON i.ino = d.ino
  WHERE d.parent = ? AND d.name = ?`;
const LOOKUP = lookupSql('');
const LOOKUP_WITH_SUMS = lookupSql(SUMS);

// CROSS JOIN keeps the order of the tables: names in key order, each inode by its number.
const listSql = (sums: string): string => `
  SELECT d.name, d.ino, i.mode${sums} FROM dentry AS d CROSS JOIN inode AS i ON i.ino = d.ino
  WHERE d.parent = ? AND d.name > ? ORDER BY d.name LIMIT ?`;
const LIST = listSql('');
const LIST_WITH_SUMS = listSql(SUMS);

const listInodesSql = (sums: string): string => `
  SELECT ${INODE_COLUMNS}, d.name${sums} FROM dentry AS d CROSS JOIN inode AS i ON i.ino = d.ino
  WHERE d.parent = ? AND d.name > ? ORDER BY d.name LIMIT ?`;
const LIST_INODES = listInodesSql('');
const LIST_INODES_WITH_SUMS = listInodesSql(SUMS);

// One text for many entries: a row of its own for each would cost more than all that is in it. The
// subquery gives the order. No name has a slash. Constants for the usual types spare two functions.
const TYPES = `
  SELECT group_concat(name || type, ''), count(*) FROM (
    SELECT d.name, CASE i.mode >> ${TYPE_SHIFT}
      WHEN ${S_IFREG >> TYPE_SHIFT} THEN '${typeText(S_IFREG)}'
      WHEN ${S_IFDIR >> TYPE_SHIFT} THEN '${typeText(S_IFDIR)}'
      ELSE '/' || char(${TYPE_BASE} + ((i.mode >> ${TYPE_SHIFT}) & ${TYPE_MAX}))
    END AS type
    FROM dentry AS d CROSS JOIN inode AS i ON i.ino = d.ino
    WHERE d.parent = ? AND d.name > ? ORDER BY d.name LIMIT ?)`;

function typeText(mode: number): string {
  return `/${String.fromCharCode(TYPE_BASE + ((mode >> TYPE_SHIFT) & TYPE_MAX))}`;
}

function typedName({ name, mode }: Entry): string {
  return `${name}${typeText(mode)}`;
}

const NAMES = 'SELECT name FROM dentry WHERE parent = ? ORDER BY name';
const NAMES_WITH_SUM = 'SELECT name, ino, sum FROM dentry WHERE parent = ? ORDER BY name';
// What is no text gives bytes that are none either.
const NAME_BYTES = `
  SELECT CASE typeof(name) WHEN 'text' THEN CAST(name AS BLOB) ELSE x'FF' END
  FROM dentry WHERE parent = ? AND name > ? ORDER BY name LIMIT ?`;
const ANY = 'SELECT 1 FROM dentry WHERE parent = ? LIMIT 1';
const INSERT = 'INSERT INTO dentry (parent, name, ino, sum) VALUES (?, ?, ?, ?)';
const REPLACE = 'UPDATE dentry SET ino = ?, sum = ? WHERE parent = ? AND name = ?';
const DELETE = 'DELETE FROM dentry WHERE parent = ? AND name = ?';

/** What the driver gives in the place of bytes that are no UTF-8. */
const REPLACEMENT = '\uFFFD';

/** Whether a name that was read may not be the one that is stored. */
function mayBeOther(name: unknown): boolean {
  return typeof name !== 'string' || name.includes(REPLACEMENT);
}

function checkName(name: unknown): void {
  if (typeof name === 'string' && !isEntryName(name)) throw errno('EIO');
}

const NO_NAME = /(?:^|\/.)\.{0,2}\//;

/** A text of `count` entries as `TYPES` makes it: a slash in a name makes one more of it. */
function checkTypes(text: string, count: number): void {
  let slashes = 0;
  for (let at = text.indexOf('/'); at >= 0; at = text.indexOf('/', at + 2)) slashes += 1;
  if (slashes !== count || text.includes('\0') || NO_NAME.test(text)) throw errno('EIO');
}

/** EIO unless the sum of a row of `dentry` is that of its columns. */
export function demandEntry(parent: number, name: string, ino: number, sum: unknown): void {
  if (entrySum(parent, name, ino) === sum) return;
  throw damaged(`an entry of directory ${parent} has a wrong sum`);
}

/** The same of the inode behind the name, too. */
function demandBoth(parent: Ino, name: string, ino: number, sound: unknown, sum: unknown): void {
  demandEntry(parent, name, ino, sum);
  demandSound(sound, ino);
}

export class DentryTable {
  /** Whether every read compares the sums of the rows. */
  verifies = false;
  readonly #connection: Connection;
  readonly #step: Statement<[number, string], [ino: number, mode: number]>;
  readonly #lookup: Statement<[number, string], InodeTuple>;
  readonly #types: Statement<[number, string, number], [text: string | null, count: number]>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#step = connection.statement(STEP);
    this.#lookup = connection.statement(LOOKUP);
    this.#types = connection.statement(TYPES);
  }

  /** Number and mode of an entry: what a step through a path needs. */
  step(parent: Ino, name: string): [ino: Ino, mode: number] | undefined {
    if (this.verifies) return this.#verifiedStep(parent, name);
    return this.#step.get(parent, name) as [Ino, number] | undefined;
  }

  #verifiedStep(parent: Ino, name: string): [ino: Ino, mode: number] | undefined {
    const row = this.#connection
      .statement<[number, string], [Ino, number, sound: number, sum: number]>(STEP_WITH_SUMS)
      .get(parent, name);
    if (row === undefined) return undefined;
    const [ino, mode, sound, sum] = row;
    demandBoth(parent, name, ino, sound, sum);
    return [ino, mode];
  }

  lookup(parent: Ino, name: string): Inode | undefined {
    if (this.verifies) return this.#verifiedLookup(parent, name);
    const row = this.#lookup.get(parent, name);
    return row === undefined ? undefined : toInode(row);
  }

  #verifiedLookup(parent: Ino, name: string): Inode | undefined {
    const row = this.#connection
      .statement<[number, string], [...InodeTuple, sound: number, sum: number]>(LOOKUP_WITH_SUMS)
      .get(parent, name);
    if (row === undefined) return undefined;
    demandBoth(parent, name, row[0], row[SUM_COLUMN], row[SUM_COLUMN + 1]);
    return toInode(row as unknown as InodeTuple);
  }

  /**
   * Up to `limit` entries after the name `after` ('' from the start), in byte order of names. EIO for a
   * directory with a name that no operation has made: whoever lists it takes names for names.
   */
  list(parent: Ino, after: string, limit: number): Entry[] {
    const entries = this.listAny(parent, after, limit);
    for (const { name } of entries) checkName(name);
    return entries;
  }

  /** The same with names that may be paths, for who looks at each. EIO for what is no text. */
  listAny(parent: Ino, after: string, limit: number): Entry[] {
    const rows = this.#connection
      .statement<[number, string, number], [string, number, number, sound: number, sum: number]>(
        this.verifies ? LIST_WITH_SUMS : LIST,
      )
      .all(parent, after, limit);
    const entries = rows.map(([name, ino, mode, sound, sum]) => {
      if (this.verifies) demandBoth(parent, name, ino, sound, sum);
      return { name, ino: ino as Ino, mode };
    });
    if (entries.some(({ name }) => mayBeOther(name))) this.#checkText(parent, after, limit);
    return entries;
  }

  /** Like `list`, with all that is known of the inodes. */
  listInodes(parent: Ino, after: string, limit: number): InodeEntry[] {
    const rows = this.#connection
      .statement<[number, string, number], [...InodeTuple, name: string]>(
        this.verifies ? LIST_INODES_WITH_SUMS : LIST_INODES,
      )
      .all(parent, after, limit);
    const entries = rows.map((row) => {
      const name = row[SUM_COLUMN] as string;
      if (this.verifies) {
        demandBoth(parent, name, row[0], row[SUM_COLUMN + 1], row[SUM_COLUMN + 2]);
      }
      const inode = toInode(row as unknown as InodeTuple);
      return { name, ino: inode.ino, mode: inode.mode, inode };
    });
    for (const { name } of entries) checkName(name);
    if (entries.some(({ name }) => mayBeOther(name))) this.#checkText(parent, after, limit);
    return entries;
  }

  /** All names, in byte order. EIO as in `list`. */
  names(parent: Ino): string[] {
    if (this.verifies) this.#verifyNames(parent);
    const names = this.#connection.statement<[number], string>(NAMES, 'value').all(parent);
    let isSuspect = false;
    for (const name of names) {
      isSuspect ||= mayBeOther(name);
      checkName(name);
    }
    if (isSuspect) this.#checkText(parent, '', names.length);
    return names;
  }

  #verifyNames(parent: Ino): void {
    const rows = this.#connection
      .statement<[number], [name: string, ino: number, sum: number]>(NAMES_WITH_SUM)
      .all(parent);
    for (const row of rows) demandEntry(parent, ...row);
  }

  /**
   * Like `list`, as one text: of each entry the name, a slash and the character of its type. EIO as in
   * `list`.
   */
  types(parent: Ino, after: string, limit: number): string {
    if (this.verifies) return this.list(parent, after, limit).map(typedName).join('');
    const [text, count] = this.#types.get(parent, after, limit) ?? [null, 0];
    if (text === null) return '';
    checkTypes(text, count);
    if (mayBeOther(text)) this.#checkText(parent, after, limit);
    return text;
  }

  /**
   * EIO when one of the names is no UTF-8. The driver puts a character in the place of such bytes, and
   * the next page, which begins after the name it gave, would be this one again.
   */
  #checkText(parent: Ino, after: string, limit: number): void {
    const rows = this.#connection
      .statement<[number, string, number], Buffer>(NAME_BYTES, 'value')
      .all(parent, after, limit);
    if (!rows.every(isUtf8)) throw errno('EIO');
  }

  isEmpty(parent: Ino): boolean {
    return this.#connection.statement<[number], [number]>(ANY).get(parent) === undefined;
  }

  insert(parent: Ino, name: string, ino: Ino): void {
    this.#connection
      .statement<[number, string, number, number], never>(INSERT)
      .run(parent, name, ino, entrySum(parent, name, ino));
  }

  /** Points an existing name at another inode. */
  replace(parent: Ino, name: string, ino: Ino): void {
    this.#connection
      .statement<[number, number, number, string], never>(REPLACE)
      .run(ino, entrySum(parent, name, ino), parent, name);
  }

  delete(parent: Ino, name: string): void {
    this.#connection.statement<[number, string], never>(DELETE).run(parent, name);
  }
}
