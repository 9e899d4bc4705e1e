/*
 * Stands between a process and the files of one folder, loaded with LD_PRELOAD by `shim.ts`:
 *
 *   CABINET_DISK_FOLDER   files below it are watched, all others are left alone
 *   CABINET_DISK_LOG      every change and every sync of a watched file is appended to it, in order
 *   CABINET_DISK_CONTROL  a file of 32-bit numbers by which calls are made to fail; see `faults.ts`
 *
 * A watched call and its record are one step for all threads and processes that share a log. What is
 * mapped into memory (the -shm file) is not seen: after a power cut there is none.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Kinds of records; `log.ts` has the same list. */
enum { CREATE = 1, OPEN, WRITE, TRUNCATE, SYNC, SYNC_DIRECTORY, RENAME, UNLINK, LINK, MARK, MKDIR };

/* Kinds of calls that can fail, as bits; `faults.ts` has the same list. */
enum {
  CALL_WRITE = 1, CALL_SYNC = 2, CALL_TRUNCATE = 4, CALL_OPEN = 8, CALL_UNLINK = 16,
  CALL_RENAME = 32, CALL_LINK = 64, CALL_READ = 128, CALL_LOCK = 256
};

/* Effects other than an errno. */
enum { SHORT = 1001, SLOW = 1002, KILL = 1003, KILL_HALFWAY = 1004 };

struct record { uint32_t kind, length; uint64_t ino, offset, time_ns; };
struct control { uint32_t armed, calls, at, effect, fired, sticky, seen, slow_us; };

#define FDS 65536
static struct { ino_t ino; char watched, mark, memory; } fds[FDS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile struct control *control;
static const char *folder;
static size_t folder_length;
static int log_fd = -1;

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pread)(int, void *, size_t, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);
static int (*real_rename)(const char *, const char *);
static int (*real_link)(const char *, const char *);
static int (*real_mkdir)(const char *, mode_t);
static int (*real_fcntl)(int, int, ...);

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
  real_open = real("open64");
  real_close = real("close");
  real_write = real("write");
  real_pwrite = real("pwrite64");
  real_pwritev = real("pwritev64");
  real_writev = real("writev");
  real_pread = real("pread64");
  real_fsync = real("fsync");
  real_fdatasync = real("fdatasync");
  real_ftruncate = real("ftruncate64");
  real_unlink = real("unlink");
  real_rename = real("rename");
  real_link = real("link");
  real_mkdir = real("mkdir");
  real_fcntl = real("fcntl64");
  const char *log_path = getenv("CABINET_DISK_LOG"), *control_path = getenv("CABINET_DISK_CONTROL");
  if (log_path) log_fd = real_open(log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (control_path) {
    int fd = real_open(control_path, O_RDWR | O_CLOEXEC);
    control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    real_close(fd);
    if (control == MAP_FAILED) abort();
  }
  folder = getenv("CABINET_DISK_FOLDER");
  folder_length = folder ? strlen(folder) : 0;
}

static int is_below(const char *path) {
  return folder && path && strncmp(path, folder, folder_length) == 0 &&
         (path[folder_length] == '/' || path[folder_length] == '\0');
}

static int ends_with(const char *path, const char *end) {
  size_t length = strlen(path), wanted = strlen(end);
  return length >= wanted && strcmp(path + length - wanted, end) == 0;
}

/* Not every close comes by here: a number may belong to another file by now. */
static int is_watched(int fd) {
  struct stat stats;
  if (fd < 0 || fd >= FDS || !fds[fd].watched) return 0;
  int saved = errno;
  if (fstat(fd, &stats) != 0 || stats.st_ino != fds[fd].ino) fds[fd].watched = 0;
  errno = saved;
  return fds[fd].watched;
}

static void enter(void) {
  pthread_mutex_lock(&mutex);
  if (log_fd >= 0) flock(log_fd, LOCK_EX);
}

static void leave(void) {
  int saved = errno;
  if (log_fd >= 0) flock(log_fd, LOCK_UN);
  pthread_mutex_unlock(&mutex);
  errno = saved;
}

static void append(int kind, ino_t ino, off_t offset, const void *bytes, size_t length) {
  if (log_fd < 0) return;
  int saved = errno;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  struct record head = { kind, length, ino, offset, now.tv_sec * 1000000000ull + now.tv_nsec };
  struct iovec parts[2] = { { &head, sizeof head }, { (void *)bytes, length } };
  if (real_writev(log_fd, parts, 2) != (ssize_t)(sizeof head + length)) abort();
  errno = saved;
}

static void append_paths(int kind, const char *one, const char *other) {
  char both[8192];
  int length = snprintf(both, sizeof both, "%s%c%s", one, '\0', other ? other : "");
  append(kind, 0, 0, both, length);
}

/* Whether this call is to fail: 0, or the effect. */
static uint32_t fault(uint32_t call) {
  if (!control || !control->armed || !(control->calls & call)) return 0;
  uint32_t number = __atomic_add_fetch(&control->seen, 1, __ATOMIC_SEQ_CST);
  if (number != control->at && !(control->sticky && number > control->at)) return 0;
  __atomic_add_fetch(&control->fired, 1, __ATOMIC_SEQ_CST);
  uint32_t effect = control->effect;
  if (effect == SLOW) {
    usleep(control->slow_us);
    return 0;
  }
  if (effect == KILL) {
    kill(getpid(), SIGKILL);
    pause();
  }
  return effect;
}

/* Of calls that cannot be short: what is left is an errno. */
static int fails(uint32_t call) {
  uint32_t effect = fault(call);
  if (effect == KILL_HALFWAY) {
    kill(getpid(), SIGKILL);
    pause();
  }
  if (effect == 0 || effect == SHORT) return 0;
  errno = effect;
  return 1;
}

static int open_watched(const char *path, int flags, mode_t mode) {
  struct stat before;
  enter();
  int existed = stat(path, &before) == 0;
  if (fails(CALL_OPEN)) {
    leave();
    return -1;
  }
  int fd = real_open(path, flags, mode);
  struct stat stats;
  if (fd >= 0 && fd < FDS && fstat(fd, &stats) == 0) {
    fds[fd].ino = stats.st_ino;
    fds[fd].memory = ends_with(path, "-shm");
    fds[fd].mark = ends_with(path, "/marks");
    fds[fd].watched = 1;
    if (!fds[fd].memory && !fds[fd].mark && !S_ISDIR(stats.st_mode)) {
      append(existed ? OPEN : CREATE, stats.st_ino, 0, path, strlen(path));
      if (existed && (flags & O_TRUNC)) append(TRUNCATE, stats.st_ino, 0, "", 0);
    }
  }
  leave();
  return fd;
}

static int open_any(const char *path, int flags, mode_t mode) {
  return is_below(path) ? open_watched(path, flags, mode) : real_open(path, flags, mode);
}

#define MODE_OF(flags, mode) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

int open(const char *path, int flags, ...) {
  MODE_OF(flags, mode)
  return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  MODE_OF(flags, mode)
  return open_any(path, flags, mode);
}

int close(int fd) {
  if (fd >= 0 && fd < FDS) fds[fd].watched = 0;
  return real_close(fd);
}

static ssize_t write_watched(int fd, const void *bytes, size_t length, off_t offset) {
  enter();
  uint32_t effect = fds[fd].mark ? 0 : fault(CALL_WRITE);
  if (effect == SHORT || effect == KILL_HALFWAY) length = length > 1 ? length / 2 : length;
  else if (effect) {
    errno = effect;
    leave();
    return -1;
  }
  ssize_t done = offset < 0 ? real_write(fd, bytes, length) : real_pwrite(fd, bytes, length, offset);
  if (effect == KILL_HALFWAY) {
    kill(getpid(), SIGKILL);
    pause();
  }
  if (done > 0 && fds[fd].mark) append(MARK, 0, 0, bytes, done);
  else if (done > 0 && !fds[fd].memory) {
    off_t at = offset < 0 ? lseek(fd, 0, SEEK_CUR) - done : offset;
    append(WRITE, fds[fd].ino, at, bytes, done);
  }
  leave();
  return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  return is_watched(fd) ? write_watched(fd, bytes, length, -1) : real_write(fd, bytes, length);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) {
  if (is_watched(fd)) return write_watched(fd, bytes, length, offset);
  return real_pwrite(fd, bytes, length, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  return pwrite64(fd, bytes, length, offset);
}

/* One after the other: a short result is what a caller must expect anyway. */
static ssize_t write_parts(int fd, const struct iovec *parts, int count, off_t offset) {
  ssize_t total = 0;
  for (int index = 0; index < count; index += 1) {
    off_t at = offset < 0 ? -1 : offset + total;
    ssize_t done = write_watched(fd, parts[index].iov_base, parts[index].iov_len, at);
    if (done < 0) return total > 0 ? total : done;
    total += done;
    if ((size_t)done < parts[index].iov_len) break;
  }
  return total;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  return is_watched(fd) ? write_parts(fd, parts, count, -1) : real_writev(fd, parts, count);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset) {
  if (is_watched(fd)) return write_parts(fd, parts, count, offset);
  return real_pwritev(fd, parts, count, offset);
}

ssize_t pread64(int fd, void *bytes, size_t length, off_t offset) {
  if (is_watched(fd) && fails(CALL_READ)) return -1;
  return real_pread(fd, bytes, length, offset);
}

static int sync_watched(int fd, int (*sync)(int)) {
  struct stat stats;
  enter();
  int result = fails(CALL_SYNC) ? -1 : sync(fd);
  if (result == 0 && !fds[fd].memory && fstat(fd, &stats) == 0) {
    append(S_ISDIR(stats.st_mode) ? SYNC_DIRECTORY : SYNC, stats.st_ino, 0, "", 0);
  }
  leave();
  return result;
}

int fsync(int fd) { return is_watched(fd) ? sync_watched(fd, real_fsync) : real_fsync(fd); }

int fdatasync(int fd) {
  return is_watched(fd) ? sync_watched(fd, real_fdatasync) : real_fdatasync(fd);
}

int ftruncate64(int fd, off_t size) {
  if (!is_watched(fd)) return real_ftruncate(fd, size);
  enter();
  int result = fails(CALL_TRUNCATE) ? -1 : real_ftruncate(fd, size);
  if (result == 0 && !fds[fd].memory) append(TRUNCATE, fds[fd].ino, size, "", 0);
  leave();
  return result;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int unlink(const char *path) {
  if (!is_below(path)) return real_unlink(path);
  enter();
  int result = fails(CALL_UNLINK) ? -1 : real_unlink(path);
  if (result == 0) append_paths(UNLINK, path, NULL);
  leave();
  return result;
}

int rename(const char *from, const char *to) {
  if (!is_below(from)) return real_rename(from, to);
  enter();
  int result = fails(CALL_RENAME) ? -1 : real_rename(from, to);
  if (result == 0) append_paths(RENAME, from, to);
  leave();
  return result;
}

int link(const char *from, const char *to) {
  if (!is_below(from)) return real_link(from, to);
  enter();
  int result = fails(CALL_LINK) ? -1 : real_link(from, to);
  if (result == 0) append_paths(LINK, from, to);
  leave();
  return result;
}

int mkdir(const char *path, mode_t mode) {
  int result = real_mkdir(path, mode);
  if (result == 0 && is_below(path)) append_paths(MKDIR, path, NULL);
  return result;
}

int fcntl64(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  int takes = command == F_SETLK || command == F_SETLKW;
  if (takes && is_watched(fd) && ((struct flock *)argument)->l_type != F_UNLCK && fails(CALL_LOCK)) {
    return -1;
  }
  return real_fcntl(fd, command, argument);
}
