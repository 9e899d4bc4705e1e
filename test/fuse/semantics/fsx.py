"""Random operations on a file, each compared with what a file in memory would do.

    python3 fsx.py FOLDER SEED OPERATIONS

Ends with status 1, and the last operations, at the first difference.
"""
import collections
import ctypes
import mmap
import os
import random
import sys

FOLDER, SEED, OPERATIONS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
LIBC = ctypes.CDLL(None, use_errno=True)
SIZE_MAX = 300_000
KEEP_SIZE, PUNCH, ZERO = 1, 2, 16
PATH = os.path.join(FOLDER, 'fsx')

chance = random.Random(SEED)
last = collections.deque(maxlen=30)
model = bytearray()
fd = os.open(PATH, os.O_RDWR | os.O_CREAT, 0o644)


def fail(what):
    print('seed %d: %s' % (SEED, what))
    for line in last:
        print('  ' + line)
    sys.exit(1)


def length():
    # Mostly short, some over several chunks.
    return chance.randint(1, chance.choice((16, 600, 5000, 70_000, 200_000)))


def place(limit):
    at = chance.randint(0, max(0, limit))
    if chance.random() < 0.3:
        # At the borders of chunks and pages things go wrong.
        at = at // chance.choice((512, 4096, 65536)) * chance.choice((512, 4096, 65536))
    return min(max(0, at + chance.randint(-1, 1)), SIZE_MAX - 1)


def data(count):
    return chance.randbytes(count)


def grow(size):
    if size > len(model):
        model.extend(bytes(size - len(model)))


def write():
    at = place(SIZE_MAX)
    piece = data(min(length(), SIZE_MAX - at))
    last.append('write %d+%d' % (at, len(piece)))
    if os.pwrite(fd, piece, at) != len(piece):
        fail('a short write')
    grow(at)
    model[at:at + len(piece)] = piece


def append():
    piece = data(min(chance.randint(1, 3000), SIZE_MAX - len(model)))
    last.append('append %d' % len(piece))
    other = os.open(PATH, os.O_WRONLY | os.O_APPEND)
    os.write(other, piece)
    os.close(other)
    model.extend(piece)


def read():
    at, count = place(len(model) + 10), length()
    last.append('read %d+%d' % (at, count))
    found = os.pread(fd, count, at)
    if found != model[at:at + count]:
        fail('read something else')


def truncate():
    size = place(SIZE_MAX)
    last.append('truncate %d' % size)
    if chance.random() < 0.5:
        os.ftruncate(fd, size)
    else:
        os.truncate(PATH, size)
    grow(size)
    del model[size:]


def allocate():
    at = place(SIZE_MAX)
    count = min(length(), SIZE_MAX - at)
    mode = chance.choice((0, KEEP_SIZE, PUNCH | KEEP_SIZE, PUNCH | KEEP_SIZE, ZERO, ZERO | KEEP_SIZE))
    last.append('fallocate %d %d+%d' % (mode, at, count))
    if LIBC.fallocate(fd, mode, ctypes.c_long(at), ctypes.c_long(count)) != 0:
        fail('fallocate failed with %d' % ctypes.get_errno())
    if not mode & KEEP_SIZE:
        grow(at + count)
    if mode & (PUNCH | ZERO):
        end = min(at + count, len(model))
        if at < end:
            model[at:end] = bytes(end - at)


def copy_range():
    if len(model) < 2:
        return
    start = place(len(model) - 1)
    start = min(start, len(model) - 1)
    count = min(length(), len(model) - start)
    at = place(SIZE_MAX)
    count = min(count, SIZE_MAX - at)
    if abs(start - at) < count:
        return
    last.append('copy_file_range %d+%d to %d' % (start, count, at))
    done = 0
    while done < count:
        copied = os.copy_file_range(fd, fd, count - done, start + done, at + done)
        if copied == 0:
            fail('copied nothing')
        done += copied
    grow(at)
    model[at:at + count] = model[start:start + count]


def map_read():
    if len(model) == 0:
        return
    last.append('mmap to read')
    with mmap.mmap(fd, len(model), mmap.MAP_SHARED, mmap.PROT_READ) as memory:
        if memory[:] != model:
            fail('mapped memory is something else')


def map_write():
    if len(model) == 0:
        return
    at = min(place(len(model) - 1), len(model) - 1)
    piece = data(min(length(), len(model) - at))
    last.append('mmap to write %d+%d' % (at, len(piece)))
    with mmap.mmap(fd, len(model)) as memory:
        memory[at:at + len(piece)] = piece
        if chance.random() < 0.5:
            memory.flush()
    model[at:at + len(piece)] = piece


def reopen():
    global fd
    last.append('reopen')
    os.close(fd)
    fd = os.open(PATH, os.O_RDWR)


def sync():
    last.append('fsync')
    os.fsync(fd)


def seek():
    at = place(len(model))
    last.append('SEEK_DATA %d' % at)
    try:
        found = os.lseek(fd, at, os.SEEK_DATA)
    except OSError:
        found = len(model)
    if any(model[at:found]):
        fail('data where SEEK_DATA says there is a hole')


def drop():
    last.append('forget the pages')
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)


def compare():
    last.append('compare')
    if os.fstat(fd).st_size != len(model):
        fail('the size is %d, not %d' % (os.fstat(fd).st_size, len(model)))
    if os.pread(fd, SIZE_MAX + 1, 0) != model:
        fail('the file is something else')


CALLS = ([write] * 8 + [read] * 8 + [append] * 3 + [truncate] * 2 + [allocate] * 3 + [copy_range] * 2
         + [map_read, map_write, reopen, seek])

for number in range(OPERATIONS):
    chance.choice(CALLS)()
    if number % 500 == 0:
        sync()
        drop()
        compare()
compare()
reopen()
compare()
os.close(fd)
print('%d operations' % OPERATIONS)
