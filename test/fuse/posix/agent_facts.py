"""What is known of a file: by the usual calls, and by statx, which can ask past all that is remembered."""
import ctypes
import errno
import os
import stat
import struct

LIBC = ctypes.CDLL(None, use_errno=True)

AT_FDCWD = -100
AT_SYMLINK_NOFOLLOW = 0x100
AT_EMPTY_PATH = 0x1000
AT_STATX_FORCE_SYNC = 0x2000
STATX_BASIC = 0x7FF
STATX_BTIME = 0x800
STATX_BYTES = 256
NS_PER_SEC = 1_000_000_000


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


def times_of(path, follow=False):
    status = os.stat(path, follow_symlinks=follow)
    return [status.st_atime_ns, status.st_mtime_ns, status.st_ctime_ns]


def statx(dirfd, path, flags, mask):
    """What was told (a mask), mode, nlink, uid, gid, size; times of access, birth, change and content."""
    buffer = ctypes.create_string_buffer(STATX_BYTES)
    if LIBC.statx(dirfd, os.fsencode(path), flags, mask, buffer) != 0:
        raise OSError(ctypes.get_errno(), 'statx')
    told, = struct.unpack_from('<I', buffer, 0)
    nlink, uid, gid, mode = struct.unpack_from('<IIIH', buffer, 16)
    size, = struct.unpack_from('<Q', buffer, 40)
    times = []
    for offset in (64, 80, 96, 112):
        sec, nsec = struct.unpack_from('<qI', buffer, offset)
        times.append(sec * NS_PER_SEC + nsec)
    return [told, mode, nlink, uid, gid, size, *times]


def birth_of(path):
    """Nanoseconds; None where none is told."""
    told = statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC | STATX_BTIME)
    return told[7] if told[0] & STATX_BTIME else None


def remembered(status):
    """As `sure` has it, of a usual stat: what the kernel may have answered by itself."""
    return [status.st_mode, status.st_nlink, status.st_uid, status.st_gid, status.st_size,
            status.st_atime_ns, status.st_mtime_ns, status.st_ctime_ns]


def sure(dirfd, path):
    """What the filesystem says when it has to be asked."""
    empty = AT_EMPTY_PATH if path == '' else AT_SYMLINK_NOFOLLOW
    told = statx(dirfd, path, empty | AT_STATX_FORCE_SYNC, STATX_BASIC)
    _, mode, nlink, uid, gid, size, atime, _, ctime, mtime = told
    return [mode, nlink, uid, gid, size, atime, mtime, ctime]
