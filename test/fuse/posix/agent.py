"""Runs cases of system calls in a folder and says what each call answered and what it left behind.

    python3 agent.py FOLDER < cases.json > results.json

A case is a list of steps [who, call, argument...]; who is null (root) or [uid, gid, [groups]]. Each case
has a fresh folder, in which relative paths are. Text stands for bytes as os.fsencode has it.
"""
import ctypes
import errno
import fcntl
import json
import mmap
import os
import shutil
import socket
import stat
import subprocess
import sys
import time

FDS = {}
# Loaded while it may be: the interpreter may be private to root.
LIBC = ctypes.CDLL(None, use_errno=True)


def name_of(error):
    return errno.errorcode.get(error.errno, str(error.errno))


def kind_of(mode):
    return {
        stat.S_IFREG: 'file', stat.S_IFDIR: 'dir', stat.S_IFLNK: 'link', stat.S_IFIFO: 'fifo',
        stat.S_IFSOCK: 'sock', stat.S_IFCHR: 'char', stat.S_IFBLK: 'block',
    }[stat.S_IFMT(mode)]


def facts(status):
    kind = kind_of(status.st_mode)
    size = None if kind == 'dir' else status.st_size
    rdev = status.st_rdev if kind in ('char', 'block') else None
    return [kind, oct(stat.S_IMODE(status.st_mode)), status.st_nlink, status.st_uid, status.st_gid,
            size, rdev]


def flags_of(text):
    flags = 0
    for name in text.split('|'):
        flags |= getattr(os, 'O_' + name)
    return flags


def times_of(path):
    status = os.lstat(path)
    return [status.st_atime_ns, status.st_mtime_ns, status.st_ctime_ns]


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
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        os.fchmod(fd, mode)
        os.write(fd, text.encode())
        os.close(fd)

    def touch(self, path):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o666))

    def makedir(self, path, mode=0o755):
        os.mkdir(path)
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
        done = LIBC.renameat2(-100, os.fsencode(source), -100, os.fsencode(path), flags)
        if done != 0:
            raise OSError(ctypes.get_errno(), 'renameat2')

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

    def utime_one(self, path, which):
        # UTIME_NOW and UTIME_OMIT by touch, which Python has no way to say.
        subprocess.run(['touch', '-c', {'atime': '-a', 'mtime': '-m'}[which], path], check=True)

    def times(self, path):
        return [str(each) for each in times_of(path)[:2]]

    def access(self, path, mode):
        return os.access(path, mode)

    def stat(self, path):
        return facts(os.stat(path))

    def lstat(self, path):
        return facts(os.lstat(path))

    def fstat(self, key):
        return facts(os.fstat(FDS[key]))

    def fstatat_empty(self, key):
        return facts(os.stat(FDS[key]))

    def listdir(self, path):
        return sorted(os.listdir(path))

    def listfd(self, key):
        return sorted(os.listdir(FDS[key]))

    def chdir(self, path):
        os.chdir(path)

    def getcwd_works(self):
        os.getcwd()

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
        if LIBC.fallocate(FDS[key], mode, ctypes.c_long(offset), ctypes.c_long(length)) != 0:
            raise OSError(ctypes.get_errno(), 'fallocate')

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
        if count < 0:
            raise OSError(ctypes.get_errno(), 'getxattr')
        return count

    def listxattr_into(self, path, size):
        buffer = ctypes.create_string_buffer(max(size, 1))
        count = LIBC.listxattr(os.fsencode(path), buffer, ctypes.c_size_t(size))
        if count < 0:
            raise OSError(ctypes.get_errno(), 'listxattr')
        return count

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

    def busy_text(self, path, flags):
        """Opens for writing a program that runs."""
        child = subprocess.Popen([path, '10'])
        try:
            os.close(os.open(path, flags_of(flags)))
        finally:
            child.kill()
            child.wait()

    def copy_program(self, source, path):
        shutil.copy(source, path)

    def umask(self, mask):
        os.umask(mask)

    def flock(self, key, how):
        fcntl.flock(FDS[key], how)

    def reopen(self, key, flags):
        os.close(os.open('/proc/self/fd/%d' % FDS[key], flags_of(flags)))


CALLS = Calls()
# Calls whose arguments are not all paths: those are.
PATHS = {'symlink': (1,), 'copy_program': (1,), 'utime_one': (0,), 'rename': (0, 1), 'link': (0, 1), 'renameat2': (0, 1)}
BY_KEY = {'close', 'fchmod', 'fchown', 'ftruncate', 'fstat', 'write', 'pwrite', 'read', 'pread', 'lseek',
          'fallocate', 'copy_range', 'sendfile', 'splice', 'mmap_read', 'mmap_write', 'fsync', 'fdatasync',
          'listfd', 'umask', 'flock', 'reopen', 'fstatat_empty'}


def become(who):
    os.seteuid(0)
    os.setegid(0)
    if who is None:
        os.setgroups([])
        return
    uid, gid, groups = who
    os.setgroups(groups)
    os.setegid(gid)
    os.seteuid(uid)


def arguments(call, given):
    if call in BY_KEY:
        return given
    paths = PATHS.get(call, (0,))
    return [path_of(each) if index in paths and isinstance(each, str) else each
            for index, each in enumerate(given)]


def run_step(step):
    who, call, *given = step
    if call == 'moved':
        return moved(who, given)
    become(who)
    try:
        return getattr(CALLS, call)(*arguments(call, given))
    except OSError as error:
        return name_of(error)
    except subprocess.CalledProcessError:
        return 'failed'
    finally:
        become(None)


def moved(who, given):
    """Which of the times of each path a step moves: letters of atime, mtime, ctime."""
    paths, step = given
    # By inode: a call may put another one under a name.
    before = {os.lstat(path).st_ino: times_of(path) for path in paths}
    # Longer than a tick of the kernel's clock, by which a disk dates.
    time.sleep(0.011)
    answer = run_step([who, *step])
    letters = {}
    for path in paths:
        try:
            after, old_times = times_of(path), before[os.lstat(path).st_ino]
        except OSError as error:
            letters[path] = name_of(error)
            continue
        letters[path] = ''.join(letter for letter, old, new in zip('amc', old_times, after)
                                if old != new)
    return [answer, letters]


def tree(folder):
    found = {}
    for entry in sorted(os.listdir(folder)):
        path = folder + '/' + entry
        shown = entry if len(entry) < 40 else '%s+%d' % (entry[:10], len(entry))
        found[shown] = facts(os.lstat(path))
        if found[shown][0] == 'link':
            found[shown].append(os.readlink(path)[:80])
        if found[shown][0] == 'dir':
            for below, status in tree(path).items():
                found[shown + '/' + below] = status
    return found


def run_case(folder, steps):
    os.mkdir(folder)
    os.chmod(folder, 0o777)
    os.chdir(folder)
    os.umask(0o022)
    answers = [run_step(step) for step in steps]
    os.chdir('/')
    for fd in FDS.values():
        os.close(fd)
    FDS.clear()
    return {'answers': answers, 'tree': tree(folder)}


def main():
    top = sys.argv[1]
    # The folders above may be private to root.
    results = []
    os.environ['LC_ALL'] = 'C.UTF-8'
    for index, steps in enumerate(json.load(sys.stdin)):
        results.append(run_case('%s/c%d' % (top, index), steps))
    json.dump(results, sys.stdout)


main()
