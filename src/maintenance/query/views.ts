/**
 * The views that a query sees beside the tables of docs/format.md. They are made in the temporary schema
 * of the connection that runs the query: no part of the format, always those of the software that asks.
 *
 * What a column costs is paid only where it is named: SQLite flattens a view into the query, and paths,
 * totals and checksums are subqueries in the list of columns. INVARIANT: the join of a view only finds
 * its rows; everything that takes a look at other rows is in a column.
 *
 * All tables are named with `main.`, so that nothing in a temporary schema takes their place.
 */
import { ROOT_INO } from '../../core/ino.js';
import { MODE_BITS, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../core/mode.js';
import { ENTRY_SUM, LINK_SUM } from '../../sqlite/sum-functions.js';
import {
  checksumOf,
  extensionOf,
  octalOf,
  storedBytesOf,
  timeOf,
  typeNameOf,
} from './expressions.js';

export interface ViewColumn {
  readonly name: string;
  readonly type: 'INTEGER' | 'TEXT';
  /** What it is, with its unit; a sentence without its full stop. */
  readonly about: string;
  readonly sql: string;
}

export interface View {
  readonly name: string;
  readonly about: string;
  readonly columns: readonly ViewColumn[];
  /** Everything after the list of columns. */
  readonly from: string;
}

function integer(name: string, sql: string, about: string): ViewColumn {
  return { name, type: 'INTEGER', sql, about };
}

function text(name: string, sql: string, about: string): ViewColumn {
  return { name, type: 'TEXT', sql, about };
}

const IS_DIRECTORY = `(i.mode & ${S_IFMT}) = ${S_IFDIR}`;
const IS_NO_DIRECTORY = `(i.mode & ${S_IFMT}) <> ${S_IFDIR}`;
const IS_REGULAR = `(i.mode & ${S_IFMT}) = ${S_IFREG}`;

const TIME_MEANINGS = {
  mtime: 'when the content was changed',
  ctime: 'when anything was changed',
  atime: 'as it was set by `utimes`; reading does not change it',
  btime: 'when it was made',
} as const;

/** Permissions, owner, times and version of the inode `i`. */
const ATTRIBUTES: readonly ViewColumn[] = [
  text('permissions', octalOf(`i.mode & ${MODE_BITS}`), "permission bits in octal, as in '0644'"),
  integer('mode', 'i.mode', 'type and permission bits, as in `stat`'),
  integer('uid', 'i.uid', 'owner'),
  integer('gid', 'i.gid', 'group'),
  ...(['mtime', 'ctime', 'atime', 'btime'] as const).flatMap((name) => times(name)),
  integer('version', 'i.version', 'grows with every change; what `ifVersion` compares'),
];

function times(name: keyof typeof TIME_MEANINGS): readonly ViewColumn[] {
  const ns = name === 'btime' ? 'i.btime' : `coalesce(i.${name}, i.btime)`;
  return [
    text(name, timeOf(ns), `${TIME_MEANINGS[name]}: UTC in ISO 8601, cut to milliseconds`),
    integer(`${name}_ns`, ns, 'the same in nanoseconds since 1970'),
  ];
}

// Path of every directory below the root, each ending in '/'. A directory knows its parent, so that none
// comes twice and a damaged tree has no circle.
const DIRECTORY_PATHS = `
  WITH RECURSIVE directory (ino, path, name, depth) AS (
    SELECT ${ROOT_INO}, '/', '', 0
    UNION ALL
    SELECT d.ino, directory.path || d.name || '/', d.name, directory.depth + 1
    FROM directory
    CROSS JOIN main.dentry AS d ON d.parent = directory.ino
    CROSS JOIN main.inode AS i ON i.ino = d.ino
    WHERE i.parent = directory.ino)
  SELECT ino, path, name, depth FROM directory`;

// What each directory holds itself, added up along the way to the root.
const DIRECTORY_TOTALS = `
  WITH RECURSIVE
    own (ino, files, bytes) AS MATERIALIZED (
      SELECT d.parent, count(*) FILTER (WHERE ${IS_NO_DIRECTORY}),
        total(i.size) FILTER (WHERE ${IS_REGULAR})
      FROM main.dentry AS d CROSS JOIN main.inode AS i ON i.ino = d.ino
      GROUP BY d.parent),
    above (ino, top) AS (
      SELECT ino, ino FROM temp.directory_path
      UNION ALL
      SELECT above.ino, i.parent FROM above CROSS JOIN main.inode AS i ON i.ino = above.top
      WHERE above.top <> ${ROOT_INO})
  SELECT above.top AS ino, total(own.files) AS files, total(own.bytes) AS bytes,
    count(*) - 1 AS directories
  FROM above LEFT JOIN own ON own.ino = above.ino
  GROUP BY above.top`;

/** Helpers of the views; not documented, and free to change. */
const HELPERS: readonly { readonly name: string; readonly sql: string }[] = [
  { name: 'directory_path', sql: DIRECTORY_PATHS },
  { name: 'directory_total', sql: DIRECTORY_TOTALS },
];

const PARENT_PATH = '(SELECT p.path FROM temp.directory_path AS p WHERE p.ino = d.parent)';

const FILES: View = {
  name: 'files',
  about:
    'One row for each name of what is no directory: files, symbolic links, FIFOs, sockets, devices. A ' +
    'file with several names has several rows with one `ino`.',
  columns: [
    integer('ino', 'i.ino', 'number of the file; never given to another'),
    text('path', `${PARENT_PATH} || d.name`, 'where it is, from the root'),
    text(
      'directory',
      `coalesce(nullif(rtrim(${PARENT_PATH}, '/'), ''), '/')`,
      'path of its directory',
    ),
    text('name', 'd.name', 'the last part of the path'),
    text(
      'extension',
      extensionOf('d.name'),
      'what follows the last dot, in lower case; NULL: none',
    ),
    integer('parent', 'd.parent', '`ino` of its directory'),
    text('type', typeNameOf('i.mode'), '`file`, `symlink`, `fifo`, `socket`, `char` or `block`'),
    integer('size', 'i.size', 'bytes; of a symbolic link those of its target'),
    integer(
      'stored_bytes',
      storedBytesOf('i'),
      'bytes of content that are stored for it: without holes; what is shared counts for each',
    ),
    integer('nlink', 'i.nlink', 'how many names it has'),
    ...ATTRIBUTES,
    text(
      'target',
      '(SELECT s.target FROM main.symlink AS s WHERE s.ino = i.ino)',
      'where a symbolic link leads; NULL: it is none',
    ),
    text(
      'checksum',
      checksumOf('i'),
      'made of the CRC-32C of its chunks; NULL: nothing is stored. Files of one `size` and `checksum` are very likely equal',
    ),
  ],
  from: `FROM main.dentry AS d CROSS JOIN main.inode AS i ON i.ino = d.ino WHERE ${IS_NO_DIRECTORY}`,
};

/** A sum over the entries of the directory `p`. */
function ofEntries(sum: string, condition: string): string {
  return `(SELECT ${sum} FROM main.dentry AS d CROSS JOIN main.inode AS i ON i.ino = d.ino
    WHERE d.parent = p.ino AND ${condition})`;
}

/** A sum over everything below the directory `p`. `total` gives a real number. */
function ofTree(column: string): string {
  return `CAST((SELECT t.${column} FROM temp.directory_total AS t WHERE t.ino = p.ino) AS INTEGER)`;
}

const DIRECTORIES: View = {
  name: 'directories',
  about: 'One row for each directory, the root included.',
  columns: [
    integer('ino', 'p.ino', 'number of the directory; the root is 1'),
    text('path', "coalesce(nullif(rtrim(p.path, '/'), ''), '/')", 'where it is, from the root'),
    text('name', 'p.name', 'the last part of the path; of the root empty'),
    integer('parent', 'i.parent', '`ino` of the directory it is in; the root holds itself'),
    integer('depth', 'p.depth', 'how many directories are above it; of the root 0'),
    integer(
      'entries',
      '(SELECT count(*) FROM main.dentry AS d WHERE d.parent = p.ino)',
      'names in it',
    ),
    integer('files', ofEntries('count(*)', IS_NO_DIRECTORY), 'of these, what is no directory'),
    integer('directories', ofEntries('count(*)', IS_DIRECTORY), 'of these, the directories'),
    integer(
      'bytes',
      `CAST(${ofEntries('total(i.size)', IS_REGULAR)} AS INTEGER)`,
      'sizes of the regular files in it, in bytes',
    ),
    integer('tree_files', ofTree('files'), 'as `files`, with all that is below'),
    integer('tree_directories', ofTree('directories'), 'as `directories`, with all that is below'),
    integer('tree_bytes', ofTree('bytes'), 'as `bytes`, with all that is below'),
    ...ATTRIBUTES,
  ],
  from: 'FROM temp.directory_path AS p CROSS JOIN main.inode AS i ON i.ino = p.ino',
};

// Every inode that has a name, with one of its names. A directory counts its children in `nlink`.
const NAMED = `
  SELECT d.ino, d.name FROM main.dentry AS d CROSS JOIN main.inode AS i ON i.ino = d.ino
  WHERE i.nlink = 1 OR ${IS_DIRECTORY}
  UNION ALL
  SELECT d.ino, min(d.name) FROM main.dentry AS d CROSS JOIN main.inode AS i ON i.ino = d.ino
  WHERE i.nlink > 1 AND ${IS_NO_DIRECTORY} GROUP BY d.ino
  UNION ALL
  SELECT ${ROOT_INO}, ''`;

const USAGE: View = {
  name: 'usage',
  about:
    'Totals for each type, extension and owner that occur. Each file counts once, however many names it ' +
    'has. Add up what you do not ask for.',
  columns: [
    text('type', typeNameOf('i.mode'), 'as in `files`, or `directory`'),
    text(
      'extension',
      `CASE WHEN (i.mode & ${S_IFMT}) IN (${S_IFREG}, ${S_IFLNK}) THEN ${extensionOf('n.name')} END`,
      'as in `files`; NULL: none, or no file',
    ),
    integer('uid', 'i.uid', 'owner'),
    integer('gid', 'i.gid', 'group'),
    integer('count', 'count(*)', 'how many files, directories, links there are'),
    integer('bytes', 'CAST(total(i.size) AS INTEGER)', 'their sizes, in bytes'),
    integer(
      'stored_bytes',
      `CAST(total(${storedBytesOf('i')}) AS INTEGER)`,
      'as in `files`, added up',
    ),
    text(
      'newest_mtime',
      timeOf('max(coalesce(i.mtime, i.btime))'),
      'the latest `mtime` among them',
    ),
  ],
  from: `FROM (${NAMED}) AS n CROSS JOIN main.inode AS i ON i.ino = n.ino GROUP BY 1, 2, 3, 4`,
};

/** The documented views; docs/query.md lists the same. */
export const VIEWS: readonly View[] = [FILES, DIRECTORIES, USAGE];

function createView({ name, columns, from }: View): string {
  const list = columns.map((column) => `${column.sql} AS "${column.name}"`).join(',\n  ');
  return `CREATE TEMP VIEW ${name} AS SELECT\n  ${list}\n${from};`;
}

/** Makes all views on a connection that may write its temporary schema. */
export const CREATE_VIEWS: string = [
  ...HELPERS.map(({ name, sql }) => `CREATE TEMP VIEW ${name} AS ${sql};`),
  ...VIEWS.map(createView),
].join('\n');

// A row whose sum is wrong ends the query: cabinet_damaged throws.
const PROVEN: Readonly<Record<string, string>> = {
  inode: "sound OR cabinet_damaged('inode ' || ino)",
  chunk: "sound OR cabinet_damaged('chunk ' || idx || ' of inode ' || ino)",
  dentry: `sum IS ${ENTRY_SUM}
    OR cabinet_damaged('an entry of directory ' || parent)`,
  symlink: `sum IS ${LINK_SUM}
    OR cabinet_damaged('the target of inode ' || ino)`,
};

/** The same views over rows that are compared with their sums. */
export const CREATE_VERIFYING_VIEWS: string = [
  ...Object.entries(PROVEN).map(
    ([table, condition]) =>
      `CREATE TEMP VIEW proven_${table} AS SELECT * FROM main.${table} WHERE ${condition};`,
  ),
  CREATE_VIEWS.replace(/\bmain\.(inode|chunk|dentry|symlink)\b/g, 'temp.proven_$1'),
].join('\n');
