/** Pieces of SQL that several checks share. They hold constants only, never values. */
import { FILE_TYPES, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../core/mode.js';

export function typeOf(alias: string): string {
  return `(${alias}.mode & ${S_IFMT})`;
}

export const KNOWN_TYPES: string = `(${FILE_TYPES.join(', ')})`;

/**
 * Whether an inode is to be taken for a directory: by its type, or by its parent when the type is
 * unknown, so that one broken mode does not make a whole tree look lost.
 */
export function isDir(alias: string): string {
  const type = typeOf(alias);
  return `(${type} = ${S_IFDIR} OR (${alias}.parent IS NOT NULL AND ${type} NOT IN ${KNOWN_TYPES}))`;
}

export function isRegular(alias: string): string {
  return `(${typeOf(alias)} = ${S_IFREG})`;
}

export function isLink(alias: string): string {
  return `(${typeOf(alias)} = ${S_IFLNK})`;
}

/** The first parameter of a query that needs the size of a chunk, under the name `v.chunk`. */
export const WITH_CHUNK = 'WITH v (chunk) AS (SELECT CAST(? AS INTEGER))';

/**
 * An orphan made by a truncation has the chunks that were cut off and size 0 (`createOrphan`): the one
 * kind of inode whose chunks are past its size.
 */
export function isCutOff(alias: string): string {
  return `(${alias}.nlink = 0 AND ${alias}.size = 0)`;
}

/** How many directories the directory with the number `ino` holds. */
export function childDirectories(ino: string): string {
  return `(SELECT count(*) FROM dentry AS cd CROSS JOIN inode AS ci ON ci.ino = cd.ino
           WHERE cd.parent = ${ino} AND ${isDir('ci')})`;
}
