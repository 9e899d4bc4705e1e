/** Whether a process has ended, by what the system tells of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';
import { hasEnded, identityOf } from '#src/writer/process-identity.js';

const isLinux = process.platform === 'linux';
const onLinux = isLinux ? test : test.skip;

test('a process without an identity is never said to have ended', (t) => {
  t.false(hasEnded(2 ** 22 + 1, null));
});

onLinux('this process lives, and one that had its number before it does not', (t) => {
  const identity = identityOf(process.pid) as string;
  t.regex(identity, /^[0-9a-f-]{36} pid:\[\d+\] \d+$/);
  t.false(hasEnded(process.pid, identity));
  t.true(hasEnded(process.pid, identity.replace(/\d+$/, '1')));
});

onLinux('a process of another system or container is not judged by its number', (t) => {
  const identity = identityOf(process.pid) as string;
  t.false(hasEnded(process.pid, identity.replace(/pid:\[\d+\] \d+$/, 'pid:[1] 1')));
  t.false(hasEnded(process.pid, `${'0'.repeat(8)}${identity.slice(8)}1`));
});

onLinux('a process has ended when it was killed', async (t) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const pid = child.pid as number;
  const identity = identityOf(pid);
  t.false(hasEnded(pid, identity));
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.true(hasEnded(pid, identity));
  t.is(identityOf(pid), null);
});
