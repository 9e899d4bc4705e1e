"""The calls that a case may make, by name. Text stands for bytes as os.fsencode has it."""
import contextlib
import ctypes
import mmap
import os
import shutil
import socket
import subprocess

from agent_facts import AT_FDCWD, AT_SYMLINK_NOFOLLOW, LIBC, birth_of, facts, times_of

# Descriptors of the case that runs, by their names in it.
FDS = {}

UTIME = {'now': (1 << 30) - 1, 'omit': (1 << 30) - 2}
NS_PER_SEC = 1_000_000_000
# What mkdir(2) does not take.
SET_ID = 0o6000
NOWHERE = ctypes.c_void_p(0xdeadc0de)


class Timespec(ctypes.Structure):
    _fields_ = [('sec', ctypes.c_long), ('nsec', ctypes.c_long)]


def timespec_of(time):
    """Nanoseconds as text, 'now' or 'omit'."""
    if time in UTIME:
        return Timespec(0, UTIME[time])
    return Timespec(*divmod(int(time), NS_PER_SEC))


@contextlib.contextmanager
def unmasked():
    """Modes are as they are given."""
    mask = os.umask(0)
    try:
        yield
    finally:
        os.umask(mask)


def checked(done, name):
    if done < 0:
        raise OSError(ctypes.get_errno(), name)
    return done


def flags_of(text):
    flags = 0
    for name in text.split('|'):
        flags |= getattr(os, 'O_' + name)
    return flags


def path_of(text):
    # A path of the case may be longer than what JSON should carry: "{255}" are 255 letters.
    while '{' in text:
        start = text.index('{')
        end = text.index('}')
        count, letters = int(text[start + 1:end].split('*')[0]), text[start + 1:end].split('*')[1:]
        text = text[:start] + (letters[0] if letters else 'x') * count + text[end + 1:]
    return text


class Calls:
    def open(self, path, flags, mode=0o644, key=None):
        fd = os.open(path, flags_of(flags), mode)
        if key is None:
            os.close(fd)
        else:
            FDS[key] = fd

    def close(self, key):
        os.close(FDS.pop(key))

    def create(self, path, mode=0o644, text=''):
        with unmasked():
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        if text != '':
            os.write(fd, text.encode())
            if mode & SET_ID:
                # Which a write takes away.
                os.fchmod(fd, mode)
        os.close(fd)

    def touch(self, path):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o666))

    def makedir(self, path, mode=0o755):
        with unmasked():
            os.mkdir(path, mode)
        if mode & SET_ID:
            os.chmod(path, mode)

    def mkdir(self, path, mode=0o755):
        os.mkdir(path, mode)

    def rmdir(self, path):
        os.rmdir(path)

    def unlink(self, path):
        os.unlink(path)

    def mkfifo(self, path, mode=0o644):
        os.mkfifo(path, mode)

    def mknod(self, path, mode, major=0, minor=0):
        os.mknod(path, mode, os.makedev(major, minor))

    def symlink(self, target, path):
        os.symlink(path_of(target), path)

    def readlink(self, path):
        return os.readlink(path)

    def link(self, source, path):
        os.link(source, path, follow_symlinks=False)

    def rename(self, source, path):
        os.rename(source, path)

    def renameat2(self, source, path, flags):
        old, new = os.fsencode(source), os.fsencode(path)
        checked(LIBC.renameat2(AT_FDCWD, old, AT_FDCWD, new, flags), 'renameat2')

    def chmod(self, path, mode):
        os.chmod(path, mode)

    def fchmod(self, key, mode):
        os.fchmod(FDS[key], mode)

    def chown(self, path, uid, gid):
        os.chown(path, uid, gid)

    def lchown(self, path, uid, gid):
        os.lchown(path, uid, gid)

    def fchown(self, key, uid, gid):
        os.fchown(FDS[key], uid, gid)

    def truncate(self, path, size):
        os.truncate(path, size)

    def ftruncate(self, key, size):
        os.ftruncate(FDS[key], size)

    def utime(self, path, atime=None, mtime=None):
        if atime is None:
            os.utime(path)
        else:
            os.utime(path, ns=(int(atime), int(mtime)))

    def lutime(self, path, atime, mtime):
        os.utime(path, ns=(int(atime), int(mtime)), follow_symlinks=False)

    def utimens(self, path, atime, mtime, follow=True):
        """Each of both may be 'now' or 'omit', which Python has no way to say."""
        both = (Timespec * 2)(timespec_of(atime), timespec_of(mtime))
        flags = 0 if follow else AT_SYMLINK_NOFOLLOW
        checked(LIBC.utimensat(AT_FDCWD, os.fsencode(path), both, flags), 'utimensat')

    def futimens(self, key, atime, mtime):
        both = (Timespec * 2)(timespec_of(atime), timespec_of(mtime))
        checked(LIBC.futimens(FDS[key], both), 'futimens')

    def times(self, path):
        return [str(each) for each in times_of(path)[:2]]

    def ftimes(self, key):
        return [str(each) for each in times_of(FDS[key], follow=True)[:2]]

    def times_are_equal(self, path):
        atime, mtime, ctime = times_of(path)
        return [atime == mtime, mtime == ctime]

    def birth(self, path):
        """Whether a time of birth is told that is neither after now nor after the last change."""
        birth, now = birth_of(path), times_of(path)[2]
        return [birth is not None, birth is not None and now - 60 * NS_PER_SEC < birth <= now]

    def access(self, path, mode):
        """By the real ids, which are root's whoever calls."""
        return os.access(path, mode)

    def access_effective(self, path, mode):
        return os.access(path, mode, effective_ids=True)

    def access_real(self, path, mode, uid, gid, groups):
        """By the real ids of somebody else, with the rights of root."""
        child = os.fork()
        if child == 0:
            os.setgroups(groups)
            os.setresgid(gid, 0, 0)
            os.setresuid(uid, 0, 0)
            os._exit(0 if os.access(path, mode) else 1)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    def stat(self, path):
        return facts(os.stat(path))

    def lstat(self, path):
        return facts(os.lstat(path))

    def fstat(self, key):
        return facts(os.fstat(FDS[key]))

    def listdir(self, path):
        return sorted(os.listdir(path))

    def listfd(self, key):
        return sorted(os.listdir(FDS[key]))

    def chdir(self, path):
        os.chdir(path)

    def write(self, key, text):
        return os.write(FDS[key], text.encode())

    def pwrite(self, key, text, offset):
        return os.pwrite(FDS[key], text.encode(), offset)

    def read(self, key, count):
        return os.read(FDS[key], count).decode('latin-1')

    def pread(self, key, count, offset):
        return os.pread(FDS[key], count, offset).decode('latin-1')

    def lseek(self, key, offset, whence):
        return os.lseek(FDS[key], offset, whence)

    def content(self, path):
        with open(path, 'rb') as file:
            return file.read().decode('latin-1')

    def fallocate(self, key, mode, offset, length):
        start, count = ctypes.c_long(offset), ctypes.c_long(length)
        checked(LIBC.fallocate(FDS[key], mode, start, count), 'fallocate')

    def copy_range(self, source, target, count, start=0, offset=0):
        return os.copy_file_range(FDS[source], FDS[target], count, start, offset)

    def sendfile(self, target, source, count):
        return os.sendfile(FDS[target], FDS[source], 0, count)

    def splice(self, source, target, count):
        reader, writer = os.pipe()
        try:
            moved = os.splice(FDS[source], writer, count)
            return os.splice(reader, FDS[target], moved)
        finally:
            os.close(reader)
            os.close(writer)

    def mmap_read(self, key, length):
        with mmap.mmap(FDS[key], length, mmap.MAP_SHARED, mmap.PROT_READ) as memory:
            return memory[:].decode('latin-1')

    def mmap_write(self, key, length, offset, text):
        with mmap.mmap(FDS[key], length) as memory:
            memory[offset:offset + len(text)] = text.encode()
            memory.flush()

    def direct(self, path):
        # O_DIRECT takes memory on a page's boundary.
        memory = mmap.mmap(-1, 8192)
        memory.write(b'd' * 8192)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_DIRECT, 0o644)
        try:
            written = os.writev(fd, [memory])
            os.lseek(fd, 4096, 0)
            return [written, os.readv(fd, [memory])]
        finally:
            os.close(fd)

    def setxattr(self, path, name, text, flags=0, follow=True):
        os.setxattr(path, name, text.encode(), flags, follow_symlinks=follow)

    def setxattr_long(self, path, name, length):
        os.setxattr(path, path_of(name), b'v' * length)

    def getxattr(self, path, name):
        return os.getxattr(path, path_of(name)).decode()

    def getxattr_into(self, path, name, size):
        buffer = ctypes.create_string_buffer(max(size, 1))
        count = LIBC.getxattr(os.fsencode(path), name.encode(), buffer, ctypes.c_size_t(size))
        return checked(count, 'getxattr')

    def listxattr_into(self, path, size):
        buffer = ctypes.create_string_buffer(max(size, 1))
        count = LIBC.listxattr(os.fsencode(path), buffer, ctypes.c_size_t(size))
        return checked(count, 'listxattr')

    def listxattr(self, path):
        return sorted(name for name in os.listxattr(path) if not name.startswith('security.selinux'))

    def removexattr(self, path, name):
        os.removexattr(path, name)

    def fsync(self, key):
        os.fsync(FDS[key])

    def fdatasync(self, key):
        os.fdatasync(FDS[key])

    def namemax(self, path):
        return os.statvfs(path).f_namemax

    def bind(self, path):
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)

    def socket_talk(self, path):
        with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
            server.bind(path)
            server.listen(1)
            client.connect(path)
            peer, _ = server.accept()
            client.send(b'hello')
            with peer:
                return peer.recv(5).decode()

    def fifo_talk(self, path):
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        writer = os.open(path, os.O_WRONLY)
        try:
            os.write(writer, b'hello')
            return os.read(reader, 5).decode()
        finally:
            os.close(reader)
            os.close(writer)

    def run(self, path):
        return subprocess.run([path]).returncode

    def while_running(self, path, call, *given):
        """A call while a program is running."""
        child = subprocess.Popen([path, '10'])
        try:
            return make(call, given)
        finally:
            child.kill()
            child.wait()

    def copy_program(self, source, path):
        shutil.copy(source, path)

    def umask(self, mask):
        os.umask(mask)

    def reopen(self, key, flags):
        os.close(os.open('/proc/self/fd/%d' % FDS[key], flags_of(flags)))

    # Which file is which.

    def is_same(self, path, other):
        return os.path.samestat(os.lstat(path), os.lstat(other))

    def is_open_as(self, key, path):
        return os.path.samestat(os.fstat(FDS[key]), os.stat(path))

    def makedirs(self, path):
        os.makedirs(path)

    # Calls by descriptor of a directory.

    def unlinkat(self, key, path):
        os.unlink(path, dir_fd=FDS[key])

    def openat(self, key, path, flags, mode=0o644):
        os.close(os.open(path, flags_of(flags), mode, dir_fd=FDS[key]))

    def statat(self, key, path):
        return facts(os.stat(path, dir_fd=FDS[key]))

    def link_open(self, key, path):
        """A name for what is open, by way of /proc."""
        os.link('/proc/self/fd/%d' % FDS[key], path, follow_symlinks=True)

    def open_number(self, path, flags):
        os.close(os.open(path, flags))

    # Pointers to nowhere.

    def bad_pointers(self, name, before, after):
        """A call of libc whose path is NULL, and then one that leads nowhere."""
        first, last = ([os.fsencode(each) if isinstance(each, str) else each for each in part]
                       for part in (before, after))
        found = []
        for pointer in (None, NOWHERE):
            ctypes.set_errno(0)
            done = getattr(LIBC, name)(*first, pointer, *last)
            found.append([done, ctypes.get_errno()])
        return found

    def write_from_nowhere(self, key):
        checked(LIBC.write(FDS[key], NOWHERE, ctypes.c_size_t(100)), 'write')

    def read_to_nowhere(self, key):
        checked(LIBC.read(FDS[key], NOWHERE, ctypes.c_size_t(100)), 'read')

    # Several at the same time.

    def append_together(self, path, writers, lines):
        """How many lines of each writer are there whole."""
        children = []
        for writer in range(writers):
            child = os.fork()
            if child == 0:
                fd = os.open(path, os.O_WRONLY | os.O_APPEND)
                for line in range(lines):
                    os.write(fd, b'%d:%d:%s\n' % (writer, line, b'x' * (line % 50)))
                os._exit(0)
            children.append(child)
        for child in children:
            os.waitpid(child, 0)
        with open(path, 'rb') as file:
            found = file.read().split(b'\n')
        whole = {b'%d:%d:%s' % (writer, line, b'x' * (line % 50))
                 for writer in range(writers) for line in range(lines)}
        return [len(found), len(whole.intersection(found))]

    # Memory.

    def mmap_private(self, key, length, text):
        """What a private mapping has after writing to it, and the file afterwards."""
        with mmap.mmap(FDS[key], length, mmap.MAP_PRIVATE) as memory:
            memory[0:len(text)] = text.encode()
            return [memory[:].decode('latin-1'), os.pread(FDS[key], length, 0).decode('latin-1')]

    def mmap_meets_calls(self, key, length):
        """A shared mapping sees what is written meanwhile, and reading sees what is put there."""
        with mmap.mmap(FDS[key], length) as memory:
            os.pwrite(FDS[key], b'WRITTEN', 2)
            seen = [memory[:].decode('latin-1')]
            memory[0:1] = b'#'
            seen.append(os.pread(FDS[key], length, 0).decode('latin-1'))
            with mmap.mmap(FDS[key], length) as other:
                other[1:2] = b'%'
            seen.append(memory[:].decode('latin-1'))
            return seen

    def mmap_kind(self, path, flags, writes):
        """Which mappings an opening allows."""
        fd = os.open(path, flags_of(flags))
        try:
            protection = mmap.PROT_READ | (mmap.PROT_WRITE if writes else 0)
            mmap.mmap(fd, 4096, mmap.MAP_SHARED, protection).close()
        finally:
            os.close(fd)

    def direct_write(self, path, letter):
        memory = mmap.mmap(-1, 4096)
        memory.write(letter.encode() * 4096)
        fd = os.open(path, os.O_WRONLY | os.O_DIRECT)
        try:
            return os.writev(fd, [memory])
        finally:
            os.close(fd)

    def direct_read(self, path):
        memory = mmap.mmap(-1, 4096)
        fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
        try:
            count = os.readv(fd, [memory])
            return [count, sorted(set(memory[:count].decode('latin-1')))]
        finally:
            os.close(fd)

    # The rest.

    def connect(self, path):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)

    def removexattr_link(self, path, name):
        os.removexattr(path, name, follow_symlinks=False)

    def setxattr_many(self, path, count):
        """How many attributes of 8 bytes a file takes, and whether all of them are listed."""
        for index in range(count):
            os.setxattr(path, 'user.%d' % index, b'12345678')
        return sum(1 for name in os.listxattr(path) if name.startswith('user.'))

    def deep(self, levels):
        """A directory in a directory, so often; then the size of a file at the bottom, by all of them."""
        start = os.open('.', os.O_RDONLY)
        for _ in range(levels):
            os.mkdir('deep')
            os.chdir('deep')
        with open('bottom', 'w', encoding='utf8') as file:
            file.write('here')
        os.fchdir(start)
        for _ in range(levels):
            os.chdir('deep')
        size = os.stat('bottom').st_size
        os.unlink('bottom')
        for _ in range(levels):
            os.chdir('..')
            os.rmdir('deep')
        os.close(start)
        return size

    def close_all(self):
        for fd in FDS.values():
            os.close(fd)
        FDS.clear()


CALLS = Calls()

# Which arguments of a call are paths; of others, the first is.
PATHS = {
    'symlink': (1,), 'copy_program': (1,), 'rename': (0, 1), 'link': (0, 1), 'renameat2': (0, 1),
    'is_same': (0, 1), 'is_open_as': (1,), 'openat': (1,), 'unlinkat': (1,), 'statat': (1,),
    'link_open': (1,),
    **{name: () for name in (
        'close', 'fchmod', 'fchown', 'ftruncate', 'fstat', 'write', 'pwrite', 'read', 'pread', 'lseek',
        'fallocate', 'copy_range', 'sendfile', 'splice', 'mmap_read', 'mmap_write', 'fsync', 'fdatasync',
        'listfd', 'umask', 'reopen', 'futimens', 'ftimes', 'bad_pointers',
        'write_from_nowhere', 'read_to_nowhere', 'mmap_private', 'mmap_meets_calls', 'deep', 'close_all',
    )},
}


def paths_of(call, given):
    """The arguments of a call that are paths, written out."""
    return [path_of(given[index]) for index in PATHS.get(call, (0,))
            if index < len(given) and isinstance(given[index], str)]


def make(call, given):
    paths = PATHS.get(call, (0,))
    return getattr(CALLS, call)(*[
        path_of(each) if index in paths and isinstance(each, str) else each
        for index, each in enumerate(given)])
