/**
 * A file by its whole path in one statement, for paths that need no thought: names only, no link on the
 * way. A statement is a view by itself, so the read needs no transaction around it; that and the rows
 * that are not fetched one by one make it a third quicker than a walk.
 *
 * Answers are certain or there is none: `undefined` means that only a walk can tell.
 */
import { ROOT_INO } from '../core/ino.js';
import { isDirectory, isRegular } from '../core/mode.js';
import type { Connection, SqlValue } from '../sqlite/connection.js';
import { verified } from './blob-table.js';
import { demandEntry } from './dentry-table.js';
import {
  demandSound,
  INODE_COLUMNS,
  type Inode,
  type InodeTuple,
  SUM_COLUMN,
  toInode,
} from './inode-table.js';

/** Longer paths are walked: their statements would seldom be used. */
const DEPTH_MAX = 10;

/** `parentMode` is there when the name is not. */
type FoundRow = readonly [...InodeTuple, parentMode: number | null];
type ModeRow = readonly [mode: number | null, parentMode: number | null];
type BytesRow = readonly [mode: number, size: number, content: Buffer | null];
type VerifiableRow = readonly [...BytesRow, sum: number | null, ...sums: unknown[]];
type TextRow = readonly [mode: number, size: number, content: string | null, bytes: number | null];

function directories(depth: number): string {
  let from = 'dentry AS d1';
  for (let level = 2; level < depth; level += 1) {
    from += ` CROSS JOIN dentry AS d${level} ON d${level}.parent = d${level - 1}.ino AND d${level}.name = ?`;
  }
  return from;
}

// The name in the root is the last parameter, because only WHERE may bind the first table.
const FIRST = `d1.parent = ${ROOT_INO} AND d1.name = ?`;

/** One row, without an inode when the directory is there and the name is not. */
function inodeSql(depth: number, columns: string): string {
  if (depth === 1) {
    return `SELECT ${columns}, NULL FROM dentry AS d1 CROSS JOIN inode AS i ON i.ino = d1.ino WHERE ${FIRST}`;
  }
  const above = `d${depth - 1}.ino`;
  return `
    SELECT ${columns}, p.mode FROM ${directories(depth)}
    LEFT JOIN dentry AS d ON d.parent = ${above} AND d.name = ?
    LEFT JOIN inode AS i ON i.ino = d.ino
    LEFT JOIN inode AS p ON d.ino IS NULL AND p.ino = ${above}
    WHERE ${FIRST}`;
}

// Content that is one row: inline, or the only chunk.
function oneRow(column: (content: string) => string): string {
  return `
    CASE i.chunks
      WHEN 0 THEN ${column('i.inline')}
      WHEN 1 THEN (SELECT ${column('data')} FROM blob WHERE id = i.head)
    END`;
}

function contentSql(depth: number, columns: string): string {
  const last = `d${depth}`;
  const joined =
    depth === 1
      ? 'dentry AS d1'
      : `${directories(depth)} CROSS JOIN dentry AS ${last} ON ${last}.parent = d${depth - 1}.ino AND ${last}.name = ?`;
  return `
    SELECT i.mode, i.size, ${columns} FROM ${joined}
    CROSS JOIN inode AS i ON i.ino = ${last}.ino WHERE ${FIRST}`;
}

function statementsOf(makeSql: (depth: number) => string): readonly string[] {
  return Array.from({ length: DEPTH_MAX + 1 }, (_, depth) => (depth === 0 ? '' : makeSql(depth)));
}

/** `sound` of the inode and the number and the sum of each name on the way; of the last one as `last`. */
function sumColumns(depth: number, last: string): string {
  const names = Array.from({ length: depth }, (_, index) => `d${index + 1}`);
  names[depth - 1] = last;
  return ['i.sound', 'i.ino', ...names.map((name) => `${name}.ino, ${name}.sum`)].join(', ');
}

/** As `inodeSql` names the last one. */
function lastOf(depth: number): string {
  return depth === 1 ? 'd1' : 'd';
}

const INODE_SQL = statementsOf((depth) => inodeSql(depth, INODE_COLUMNS));
const INODE_WITH_SUMS_SQL = statementsOf((depth) =>
  inodeSql(depth, `${INODE_COLUMNS}, ${sumColumns(depth, lastOf(depth))}`),
);
const MODE_SQL = statementsOf((depth) => inodeSql(depth, 'i.mode'));
const MODE_WITH_SUMS_SQL = statementsOf((depth) =>
  inodeSql(depth, `i.mode, ${sumColumns(depth, lastOf(depth))}`),
);
const BYTES = oneRow((content) => content);
const CHECKSUM = `
    CASE i.chunks
      WHEN 0 THEN i.inline_crc32c
      WHEN 1 THEN (SELECT crc32c FROM blob WHERE id = i.head)
    END`;
const VERIFIABLE_SQL = statementsOf((depth) =>
  contentSql(depth, `${BYTES}, ${CHECKSUM}, ${sumColumns(depth, `d${depth}`)}`),
);
const BYTES_SQL = statementsOf((depth) => contentSql(depth, BYTES));
// SQLite hands text to V8 as it is, which is where Buffer.toString takes it, too.
const TEXT = `${oneRow((content) => `CAST(${content} AS TEXT)`)}, ${oneRow((content) => `length(${content})`)}`;
const TEXT_SQL = statementsOf((depth) => contentSql(depth, TEXT));

export class PathTable {
  /** One cell: bytes of content that were read. */
  tally: Float64Array = new Float64Array(1);
  /** Whether every read compares checksums of content and sums of rows. */
  verifies = false;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The inode behind the names, a link itself; null when there certainly is none. */
  inode(names: readonly string[]): Inode | null | undefined {
    if (this.verifies) return this.#verifiedInode(names);
    const row = this.#get<FoundRow>(INODE_SQL, names);
    // Of a name in the root there is no row at all.
    if (row === undefined) return names.length === 1 ? null : undefined;
    if (row[0] !== null) return toInode(row as unknown as InodeTuple);
    const parentMode = row[row.length - 1] as number | null;
    return parentMode !== null && isDirectory(parentMode) ? null : undefined;
  }

  /** The mode of what is behind the names; null when there certainly is nothing. */
  mode(names: readonly string[]): number | null | undefined {
    if (this.verifies) return this.#verifiedMode(names);
    const row = this.#get<ModeRow>(MODE_SQL, names);
    if (row === undefined) return names.length === 1 ? null : undefined;
    const [mode, parentMode] = row;
    if (mode !== null) return mode;
    return parentMode !== null && isDirectory(parentMode) ? null : undefined;
  }

  /** The content of a regular file that is one row. */
  bytes(names: readonly string[]): Buffer | undefined {
    if (this.verifies) return this.#verifiedBytes(names);
    const row = this.#get<BytesRow>(BYTES_SQL, names);
    if (row === undefined) return undefined;
    const [mode, size, content] = row;
    if (!isWhole(mode, size, content?.length ?? 0)) return undefined;
    this.#count(size);
    return content ?? Buffer.alloc(0);
  }

  /** The same, decoded as UTF-8. */
  text(names: readonly string[]): string | undefined {
    if (this.verifies) return this.#verifiedBytes(names)?.toString();
    const row = this.#get<TextRow>(TEXT_SQL, names);
    if (row === undefined) return undefined;
    const [mode, size, text, bytes] = row;
    if (!isWhole(mode, size, bytes ?? 0)) return undefined;
    this.#count(size);
    return text ?? '';
  }

  #verifiedInode(names: readonly string[]): Inode | null | undefined {
    const row = this.#get<InodeTuple>(INODE_WITH_SUMS_SQL, names);
    if (row === undefined) return names.length === 1 ? null : undefined;
    // That there is none a walk has to prove.
    if (row[0] === null) return undefined;
    demandWay(names, row.slice(SUM_COLUMN));
    return toInode(row);
  }

  #verifiedMode(names: readonly string[]): number | null | undefined {
    const row = this.#get<readonly [mode: number | null, ...sums: unknown[]]>(
      MODE_WITH_SUMS_SQL,
      names,
    );
    if (row === undefined) return names.length === 1 ? null : undefined;
    const [mode, ...sums] = row;
    if (mode === null) return undefined;
    demandWay(names, sums);
    return mode;
  }

  #verifiedBytes(names: readonly string[]): Buffer | undefined {
    const row = this.#get<VerifiableRow>(VERIFIABLE_SQL, names);
    if (row === undefined) return undefined;
    const [mode, size, content, sum, ...sums] = row;
    demandWay(names, sums);
    if (!isWhole(mode, size, content?.length ?? 0)) return undefined;
    this.#count(size);
    return content === null ? Buffer.alloc(0) : verified(content, sum, 'the content');
  }

  #count(bytes: number): void {
    this.tally[0] = (this.tally[0] as number) + bytes;
  }

  #get<R>(sql: readonly string[], names: readonly string[]): R | undefined {
    const text = sql[names.length];
    if (text === undefined || text === '') return undefined;
    const statement = this.#connection.statement<SqlValue[], R>(text);
    const [first, second, third] = names as [string, string, string];
    switch (names.length) {
      case 1:
        return statement.get(first);
      case 2:
        return statement.get(second, first);
      case 3:
        return statement.get(second, third, first);
      default:
        return statement.get(...names.slice(1), first);
    }
  }
}

/** EIO unless the sums of the inode and of every name that leads to it, as `sumColumns`, are right. */
function demandWay(names: readonly string[], sums: readonly unknown[]): void {
  let parent: number = ROOT_INO;
  for (const [index, name] of names.entries()) {
    const ino = sums[2 * index + 2] as number;
    demandEntry(parent, name, ino, sums[2 * index + 3]);
    parent = ino;
  }
  demandSound(sums[0], sums[1] as number);
}

/** Whether so many bytes are all of a regular file: nothing of it is elsewhere, a hole or lost. */
function isWhole(mode: number, size: number, bytes: number): boolean {
  return typeof mode === 'number' && isRegular(mode) && bytes === size;
}
