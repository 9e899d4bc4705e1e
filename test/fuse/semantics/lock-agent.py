"""A process that locks: reads a call per line as JSON, answers each with a line.

[call, argument...] -> {"answer": ...}; errors are their errno's name. SIGUSR1 interrupts a call.
"""
import errno
import fcntl
import json
import os
import signal
import struct
import sys

F_OFD_SETLK = 37


def interrupted(number, frame):
    raise OSError(errno.EINTR, 'interrupted')


signal.signal(signal.SIGUSR1, interrupted)
FDS = {}


def call(name, *args):
    if name == 'open':
        key, path = args
        FDS[key] = os.open(path, os.O_RDWR | os.O_CREAT)
    elif name == 'close':
        os.close(FDS.pop(args[0]))
    elif name == 'dup':
        FDS[args[1]] = os.dup(FDS[args[0]])
    elif name == 'flock':
        fcntl.flock(FDS[args[0]], args[1])
    elif name == 'lockf':
        key, how, length, start = args
        fcntl.lockf(FDS[key], how, length, start)
    elif name == 'test':
        key, kind, start, length = args
        asked = struct.pack('hhqqi4x', kind, 0, start, length, 0)
        found = struct.unpack('hhqqi4x', fcntl.fcntl(FDS[key], fcntl.F_GETLK, asked))
        return [found[0], found[2], found[3], found[4]]
    elif name == 'ofd':
        key, kind = args
        fcntl.fcntl(FDS[key], F_OFD_SETLK, struct.pack('hhqqi4x', kind, 0, 0, 0, 0))
    elif name == 'write':
        return os.write(FDS[args[0]], args[1].encode())
    elif name == 'unlink':
        os.unlink(args[0])
    return None


for line in iter(sys.stdin.readline, ''):
    try:
        answer = call(*json.loads(line))
    except OSError as error:
        answer = errno.errorcode.get(error.errno, str(error))
    print(json.dumps({'answer': answer}), flush=True)
