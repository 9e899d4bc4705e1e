/** Locks of bytes end when any descriptor of the file is closed, one for reading that was opened before, too. */
import { runProgram } from '../../support/run-program.js';
import { mountTest as test, withMount } from '../mount/mounting.js';

const SCRIPT = `
import fcntl, os, subprocess, sys
path = sys.argv[1]
open(path, 'w').write('content')

def is_free():
    code = 'import fcntl,os,sys\\nfd=os.open(sys.argv[1],os.O_RDWR)\\nfcntl.lockf(fd,fcntl.LOCK_EX|fcntl.LOCK_NB)'
    return subprocess.run([sys.executable, '-c', code, path], stderr=subprocess.DEVNULL).returncode == 0

reading = os.open(path, os.O_RDONLY)
again = os.dup(reading)
other = os.open(path, os.O_RDONLY)
fcntl.lockf(reading, fcntl.LOCK_SH | fcntl.LOCK_NB)
assert not is_free(), 'it is locked'
os.close(other)
assert is_free(), 'closing another descriptor of the file gives it up'
fcntl.lockf(reading, fcntl.LOCK_SH | fcntl.LOCK_NB)
assert not is_free(), 'it is locked again'
os.close(reading)
assert is_free(), 'so does closing the one it was locked by, while a copy is open'
os.close(again)
`;

test('closing a descriptor that only reads gives up the locks of the process', (t) =>
  withMount(t, {}, async ({ dir }) => {
    const { status, stderr } = await runProgram('python3', ['-c', SCRIPT, `${dir}/f`]);
    t.is(status, 0, stderr);
  }));
