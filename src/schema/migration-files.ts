/** The migrations that ship with the package: `migrations/NNNN_name.sql`, numbered from 1 without gaps. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VolumeError } from '../core/errors.js';
import { packageFile } from '../core/programs.js';

export interface Migration {
  readonly version: number;
  /** File name without ending, for example `0001_initial`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text with LF line ends, so that a checkout on Windows gives the same. */
  readonly sha256: string;
}

const MIGRATIONS_DIR: string = packageFile('migrations');
const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

function broken(message: string): VolumeError {
  return new VolumeError('ERR_MIGRATION_SET', message, { hint: 'Reinstall cabinetfs.' });
}

function readMigration(dir: string, file: string): Migration {
  const match = FILE_NAME.exec(file);
  if (match === null) throw broken(`'${file}' is not named like '0001_name.sql'.`);
  const sql = readFileSync(join(dir, file), 'utf8');
  const text = sql.replaceAll('\r\n', '\n');
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { version: Number(match[1]), name: file.slice(0, -'.sql'.length), sql: text, sha256 };
}

/** All migrations in order. Throws ERR_MIGRATION_SET when the files are not numbered 1, 2, 3 ... */
export function readMigrations(dir: string = MIGRATIONS_DIR): readonly Migration[] {
  const files = readdirSync(dir)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  const migrations = files.map((file) => readMigration(dir, file));
  for (const [index, { version, name }] of migrations.entries()) {
    if (version !== index + 1) throw broken(`Migration ${index + 1} is missing before '${name}'.`);
  }
  if (migrations.length === 0) throw broken(`There are no migrations in '${dir}'.`);
  return migrations;
}
