/** docs/errors.md lists exactly the codes there are, and each is thrown in a test. */
import test from 'ava';
import { ERRNO_CODES } from '#src/core/errno.js';
import { VOLUME_ERROR_CODES, type VolumeErrorCode } from '#src/core/errors.js';
import { codeOf, tableRows } from '../support/markdown.js';
import { projectFiles, readProjectFile } from '../support/project.js';

const DOCUMENT = readProjectFile('docs/errors.md');
const CODES = Object.keys(VOLUME_ERROR_CODES) as VolumeErrorCode[];
const VOLUME_ROWS = tableRows(DOCUMENT, 'Code');
const TESTS = projectFiles('test', '.ts').filter((file) => !file.startsWith('test/docs/'));

test('errors.md lists exactly the codes of VolumeError, in order', (t) => {
  t.deepEqual(
    VOLUME_ROWS.map(({ Code }) => codeOf(Code)),
    CODES,
  );
});

test('errors.md gives every code the meaning that the source gives it', (t) => {
  for (const { Code, Meaning } of VOLUME_ROWS) {
    t.is(Meaning, VOLUME_ERROR_CODES[codeOf(Code) as VolumeErrorCode], Code);
  }
});

test('errors.md says of every code why it comes and what to do', (t) => {
  for (const row of VOLUME_ROWS) {
    t.regex(row.Cause ?? '', /\.$/, row.Code);
    t.regex(row['What to do'] ?? '', /\.$/, row.Code);
  }
});

test('errors.md lists exactly the errno codes that operations answer with', (t) => {
  const listed = tableRows(DOCUMENT, 'Errno').map(({ Errno }) => codeOf(Errno));
  t.deepEqual(listed.sort(), [...ERRNO_CODES].sort());
});

test('every code of VolumeError is met in a test', (t) => {
  const text = TESTS.map(readProjectFile).join('\n');
  t.deepEqual(
    CODES.filter((code) => !text.includes(`'${code}'`)),
    [],
  );
});
