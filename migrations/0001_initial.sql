-- The format of a volume. Rules that hold between the rows are numbered in docs/format.md (I1, I2 ...);
-- `check` has one function per rule.
--
-- Times are integer nanoseconds since 1970. They are split and joined in SQL, because a JavaScript
-- number cannot hold them.

-- meta: facts about the whole volume, written once at creation, but for next_ino.
--   volume_id         16 random bytes; st_dev is derived from it
--   chunk_size_bytes  size of every chunk of file content; a power of two
--   created_by        name and version of the software
--   next_ino          first inode number that no process has reserved for itself
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- migration: what was applied, so that an edited file or a newer volume is refused by name.
CREATE TABLE migration (
  version    INTEGER PRIMARY KEY,          -- number in front of the file name
  name       TEXT NOT NULL,                -- file name without ending
  sha256     TEXT NOT NULL,                -- of the file, line ends as LF
  applied_at INTEGER NOT NULL              -- ns
) STRICT;

-- inode: one row per file of any type. 1 is the root directory.
--   ino      never given to another file. Processes reserve numbers in blocks (meta.next_ino), because
--            AUTOINCREMENT would write a page of its own in every transaction that creates a file.
--   nlink    names of the file; a directory counts itself and each child directory (2 + children)
--   size     bytes; a symbolic link: length of its target; directories and special files: 0
--   atime, mtime, ctime  NULL: equal to btime, as in a file that nothing has changed since it was made;
--            saves 24 of about 70 bytes of a row
--   version  grows with every change of the row or the content; what preconditions compare
--   parent   directories only: the directory that holds its name; the root holds itself
--   chunks   chunks stored for this file (chunk 0 counts); st_blocks comes from it
--   head     the blob of chunk 0, so that a file of one chunk needs no row in chunk; NULL: none
--   inline, inline_crc32  bytes of a small file from offset 0; never beside chunks. What is past its
--            end and below size is zeros. CRC-32 as a signed integer (fewer bytes on disk).
CREATE TABLE inode (
  ino          INTEGER PRIMARY KEY,
  mode         INTEGER NOT NULL,
  nlink        INTEGER NOT NULL CHECK (nlink >= 0),
  uid          INTEGER NOT NULL,
  gid          INTEGER NOT NULL,
  rdev         INTEGER NOT NULL,
  size         INTEGER NOT NULL CHECK (size >= 0),
  atime        INTEGER,
  mtime        INTEGER,
  ctime        INTEGER,
  btime        INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  parent       INTEGER,
  chunks       INTEGER NOT NULL CHECK (chunks >= 0),
  head         INTEGER,
  inline_crc32 INTEGER,
  inline       BLOB
) STRICT;

-- dentry: one row per name. The root has none; every other inode that is no orphan has one or more.
--   name  UTF-8 text, compared byte by byte (BINARY). '.' and '..' are not stored.
--   No index on parent: the primary key serves lookup and ordered listing. No index on ino either: it
--   would store every name twice, and a directory knows its parent; for the same reason ino is no
--   foreign key (deleting an inode would scan this table). Rule I3 covers it.
CREATE TABLE dentry (
  parent INTEGER NOT NULL REFERENCES inode (ino),
  name   TEXT    NOT NULL CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 255),
  ino    INTEGER NOT NULL,
  PRIMARY KEY (parent, name)
) STRICT, WITHOUT ROWID;

-- blob: content bytes, shared by reference: copying a file copies no bytes. A blob that nothing
-- references does not exist.
--   crc32  of data, CRC-32 as a signed integer; before data, to be read without its overflow pages
--   data   at most one chunk; shorter when the rest of the chunk is zeros or past the end of the file
CREATE TABLE blob (
  id    INTEGER PRIMARY KEY,
  crc32 INTEGER NOT NULL,
  data  BLOB    NOT NULL
) STRICT;

-- share: how many references a blob has, where that is more than one. Not a column of blob: counting
-- up would rewrite every page of the content (1 is stored in no byte, 2 in one, so the row moves).
--   refs  places that name the blob: inode.head and chunk.blob
CREATE TABLE share (
  blob INTEGER PRIMARY KEY REFERENCES blob (id),
  refs INTEGER NOT NULL CHECK (refs > 1)
) STRICT;

-- chunk: where the bytes from idx * chunk_size_bytes of a file are, for idx 1 and up; chunk 0 is
-- inode.head. A missing row is a hole and reads as zeros.
CREATE TABLE chunk (
  ino  INTEGER NOT NULL REFERENCES inode (ino),
  idx  INTEGER NOT NULL CHECK (idx > 0),
  blob INTEGER NOT NULL,                   -- no foreign key: an index on it would cost a row per chunk
  PRIMARY KEY (ino, idx)
) STRICT, WITHOUT ROWID;

-- symlink: where a symbolic link points, as it was given.
CREATE TABLE symlink (
  ino    INTEGER PRIMARY KEY REFERENCES inode (ino),
  target TEXT NOT NULL
) STRICT;

-- xattr: extended attributes by full name ('user.comment').
CREATE TABLE xattr (
  ino   INTEGER NOT NULL REFERENCES inode (ino),
  name  TEXT    NOT NULL,
  value BLOB    NOT NULL,
  PRIMARY KEY (ino, name)
) STRICT, WITHOUT ROWID;

-- orphan: an inode without a name: still open somewhere, or waiting for the reaper. A directory stands
-- for the whole tree below it.
--   seq  order of becoming an orphan; sessions acknowledge by it
CREATE TABLE orphan (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  ino INTEGER NOT NULL UNIQUE REFERENCES inode (ino)
) STRICT;

-- session: a process that has the volume open for writing. Orphans are deleted only when every other
-- live session has said which of them it holds open.
--   process      which process of which system, where the system tells: with it one that has ended is
--                known at once; NULL: only its silence tells
--   beat_at      ns, renewed by the process; an old one is a process that died
--   orphan_seen  all orphans up to this seq that the process holds open are in hold
CREATE TABLE session (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  pid         INTEGER NOT NULL,
  process     TEXT,
  started_at  INTEGER NOT NULL,
  beat_at     INTEGER NOT NULL,
  orphan_seen INTEGER NOT NULL
) STRICT;

-- hold: an orphan that a session has open.
CREATE TABLE hold (
  ino     INTEGER NOT NULL REFERENCES inode (ino),
  session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  PRIMARY KEY (ino, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX hold_session ON hold (session);

-- lock: an advisory lock that is held. A lock keeps its inode, as an open file does.
--   ino is no foreign key: it would cost every deletion of a file a look here. Rule I27 covers it.
--   kind       'flock': of the whole file, as flock(2) and volume.lock; 'posix': of a range of bytes, as
--              fcntl(2). The two kinds do not meet.
--   owner      who holds it, a name within the session
--   client     the thread of the process that asked for it; what it holds goes when it does
--   pid        the process that is told to others who ask who is in the way
--   exclusive  1; 0: shared
--   first, last  bytes, both included; 9007199254740991 (2^53 - 1) is the end, however far that is
CREATE TABLE lock (
  ino       INTEGER NOT NULL,
  kind      TEXT    NOT NULL CHECK (kind IN ('flock', 'posix')),
  session   INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  owner     TEXT    NOT NULL,
  first     INTEGER NOT NULL CHECK (first >= 0),
  last      INTEGER NOT NULL CHECK (last >= first),
  exclusive INTEGER NOT NULL CHECK (exclusive IN (0, 1)),
  client    INTEGER NOT NULL,
  pid       INTEGER NOT NULL,
  PRIMARY KEY (ino, kind, session, owner, first)
) STRICT, WITHOUT ROWID;

-- lock_wait: a lock that somebody waits for. Columns as in lock.
--   seq  order of asking, over all processes
CREATE TABLE lock_wait (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  ino       INTEGER NOT NULL,
  kind      TEXT    NOT NULL CHECK (kind IN ('flock', 'posix')),
  session   INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  owner     TEXT    NOT NULL,
  first     INTEGER NOT NULL CHECK (first >= 0),
  last      INTEGER NOT NULL CHECK (last >= first),
  exclusive INTEGER NOT NULL CHECK (exclusive IN (0, 1)),
  client    INTEGER NOT NULL,
  pid       INTEGER NOT NULL
) STRICT;
CREATE INDEX lock_wait_ino ON lock_wait (ino, kind, seq);
