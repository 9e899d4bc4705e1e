/** How errors look to a person. */
import test from 'ava';
import { exitCodeOf } from '#src/cli/exit-codes.js';
import { describeFailure } from '#src/cli/failure.js';
import { FsError, VolumeError } from '#src/index.js';

test('an error without a code is a bug, with its stack and the request to report it', (t) => {
  const failure = describeFailure(new TypeError('x is not a function'));
  t.is(failure.code, 'ERR_BUG');
  t.regex(failure.message, /TypeError: x is not a function\n\s+at /);
  t.regex(String(failure.hint), /report/);
  t.is(exitCodeOf(failure.code), 70);
});

test('the hint of a VolumeError is not said twice', (t) => {
  const error = new VolumeError('ERR_VOLUME_BUSY', 'It is locked.', { hint: 'Try again.' });
  const { message, hint } = describeFailure(error);
  t.deepEqual([message, hint], ['It is locked.', 'Try again.']);
});

test('an answer of a filesystem is its path and a few words', (t) => {
  const one = describeFailure(new FsError('ENOENT', { syscall: 'open', path: '/a' }));
  t.is(one.message, "'/a': no such file or directory");
  const two = describeFailure(new FsError('EXDEV', { syscall: 'link', path: '/a', dest: '/b' }));
  t.is(two.message, "'/a' -> '/b': cross-device link not permitted");
  const none = describeFailure(new FsError('ENOSPC', { syscall: 'transaction' }));
  t.is(none.message, 'no space left on device (ENOSPC)');
});
