"""Random operations on a file, each compared with what a file in memory would do.

    python3 fsx.py FOLDER SEED OPERATIONS [reads|writes [gathers]]

Ends with status 1, and the last operations, at the first difference. With `reads` somebody else looks at
the file beside the mount, whom it asks on its output and who answers on its input:

    look SIZE SHA256     read it: answer with the size and the hash that it has there
    write AT HEX         only with `writes`: put these bytes there
    truncate SIZE        the same: give it this size

`gathers`: the kernel keeps what is written to itself, so that the file is synced before anybody looks.
"""
import collections
import ctypes
import hashlib
import mmap
import os
import random
import sys

FOLDER, SEED, OPERATIONS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
BESIDE = (sys.argv + [''])[4]
GATHERS = 'gathers' in sys.argv[5:]
LIBC = ctypes.CDLL(None, use_errno=True)
SIZE_MAX = 300_000
KEEP_SIZE, PUNCH, ZERO = 1, 2, 16
PATH = os.path.join(FOLDER, 'fsx')

chance = random.Random(SEED)
last = collections.deque(maxlen=30)
model = bytearray()
fd = os.open(PATH, os.O_RDWR | os.O_CREAT, 0o644)
direct = os.open(PATH, os.O_RDWR | os.O_DIRECT)
# Stays over whatever else is done to the file.
kept = None
# Bytes that were put into mapped memory, of which the kernel has told nobody.
is_dirty = False
DIRECT_UNIT = 4096


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


def direct_place():
    # Whole units, all of them below the greatest size.
    units = SIZE_MAX // DIRECT_UNIT
    at = min(place(SIZE_MAX) // DIRECT_UNIT, units - 1)
    return at * DIRECT_UNIT, min(chance.randint(1, 12), units - at) * DIRECT_UNIT


def direct_write():
    at, count = direct_place()
    last.append('write directly %d+%d' % (at, count))
    with mmap.mmap(-1, count) as memory:
        piece = data(count)
        memory[:] = piece
        if os.pwritev(direct, [memory], at) != count:
            fail('a short direct write')
    grow(at)
    model[at:at + count] = piece


def direct_read():
    at, count = direct_place()
    last.append('read directly %d+%d' % (at, count))
    with mmap.mmap(-1, count) as memory:
        found = os.preadv(direct, [memory], at)
        if memory[:found] != model[at:at + count]:
            fail('directly it reads something else')


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
    global is_dirty
    if len(model) == 0:
        return
    at = min(place(len(model) - 1), len(model) - 1)
    piece = data(min(length(), len(model) - at))
    last.append('mmap to write %d+%d' % (at, len(piece)))
    with mmap.mmap(fd, len(model)) as memory:
        memory[at:at + len(piece)] = piece
        is_dirty = True
        if chance.random() < 0.5:
            memory.flush()
    model[at:at + len(piece)] = piece


def keep_mapping():
    global kept
    if len(model) == 0:
        return
    last.append('map %d and keep it' % len(model))
    kept = mmap.mmap(fd, len(model))


def kept_length():
    # Beyond the end of the file there is nothing to touch.
    return 0 if kept is None else min(len(kept), len(model))


def kept_read():
    count = kept_length()
    if count == 0:
        return
    last.append('read what is mapped')
    if kept[:count] != model[:count]:
        fail('what stays mapped is something else')


def kept_write():
    global is_dirty
    if kept_length() == 0:
        return
    at = min(place(kept_length() - 1), kept_length() - 1)
    piece = data(min(length(), kept_length() - at))
    last.append('write to what is mapped %d+%d' % (at, len(piece)))
    kept[at:at + len(piece)] = piece
    is_dirty = True
    model[at:at + len(piece)] = piece


def reopen():
    global fd
    last.append('reopen')
    os.close(fd)
    fd = os.open(PATH, os.O_RDWR)


def fsync():
    global is_dirty
    os.fsync(fd)
    is_dirty = False


def sync():
    last.append('fsync')
    fsync()


def seek():
    at = place(len(model))
    last.append('SEEK_DATA %d' % at)
    # The kernel asks us, and does not tell us first what is in mapped memory.
    if is_dirty:
        fsync()
    try:
        found = os.lseek(fd, at, os.SEEK_DATA)
    except OSError:
        found = len(model)
    if any(model[at:found]):
        fail('data where SEEK_DATA says there is a hole')


def drop():
    last.append('forget the pages')
    fsync()
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)


def ask(question):
    last.append(question[:60])
    print(question, flush=True)
    return sys.stdin.readline().strip()


def look():
    # What was written is seen; what was put into memory is when it is synced.
    if is_dirty or GATHERS:
        fsync()
    wanted = '%d %s' % (len(model), hashlib.sha256(model).hexdigest())
    found = ask('look ' + wanted)
    if found != wanted:
        fail('beside the mount it is %s' % found)


def written_beside():
    at = place(SIZE_MAX)
    piece = data(min(length(), SIZE_MAX - at))
    if is_dirty or GATHERS:
        fsync()
    if ask('write %d %s' % (at, piece.hex())) != 'done':
        fail('it was not written beside the mount')
    grow(at)
    model[at:at + len(piece)] = piece
    compare()


def cut_beside():
    size = place(SIZE_MAX)
    if is_dirty or GATHERS:
        fsync()
    if ask('truncate %d' % size) != 'done':
        fail('it was not cut beside the mount')
    grow(size)
    del model[size:]
    compare()


def compare():
    last.append('compare')
    if os.fstat(fd).st_size != len(model):
        fail('the size is %d, not %d' % (os.fstat(fd).st_size, len(model)))
    if os.pread(fd, SIZE_MAX + 1, 0) != model:
        fail('the file is something else')


CALLS = ([write] * 8 + [read] * 8 + [append] * 3 + [truncate] * 2 + [allocate] * 3 + [copy_range] * 2
         + [map_read, map_write, reopen, seek]
         + [direct_write, direct_read, keep_mapping, kept_read, kept_write] * 2)
# What takes long, or has the kernel begin anew, comes rarely.
RARE = [sync, drop, compare]
if BESIDE:
    RARE += [look] * 3
if BESIDE == 'writes':
    RARE += [written_beside, cut_beside] * 2

for number in range(OPERATIONS):
    chance.choice(RARE if chance.random() < 0.02 else CALLS)()
    if number % 500 == 0:
        sync()
        drop()
        compare()
compare()
reopen()
compare()
if BESIDE:
    look()
os.close(fd)
print('%d operations' % OPERATIONS)
