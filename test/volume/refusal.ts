/** What every refusal to open a volume must be: clear, and without a trace on the disk. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ExecutionContext } from 'ava';
import { openVolume, VolumeError } from '#src/index.js';
import type { OpenOptions } from '../support/subject.js';

/** Names and contents of everything beside a file. */
export function surroundings(file: string): Record<string, string> {
  const folder = dirname(file);
  const described = readdirSync(folder).map((name) => {
    const path = `${folder}/${name}`;
    if (!statSync(path).isFile()) return [name, 'not a file'];
    return [name, createHash('sha256').update(readFileSync(path)).digest('hex')];
  });
  return Object.fromEntries(described);
}

/** Opens `file`, which must fail with `code`, name the file, say what to do, and change nothing. */
export async function assertRefused(
  t: ExecutionContext,
  file: string,
  code: string,
  options: OpenOptions = {},
): Promise<VolumeError> {
  const before = surroundings(file);
  const error = await t.throwsAsync(openVolume(file, options), { instanceOf: VolumeError });
  t.is(error.code, code as never, error.message);
  t.true(error.message.includes(file), `the message names the file: ${error.message}`);
  t.is(error.path, file);
  t.true((error.hint ?? '').length > 10, `there is a hint: ${error.hint}`);
  t.true(error.message.endsWith(error.hint as string), 'the message ends with the hint, once');
  t.is(error.message.split(error.hint as string).length, 2);
  const after = surroundings(file);
  // SQLite leaves its two files beside a database in WAL mode that was opened for reading only.
  if (options.readOnly === true) {
    t.is(after[basename(file)], before[basename(file)], 'the file was not changed');
  } else t.deepEqual(after, before, 'nothing was changed');
  return error;
}
