-- Every row that says what a file is, or which bytes are whose, carries a sum of its columns: a bit that a
-- disk turns is found when the row is read, and not taken for what was written. docs/decisions/0031 has
-- the reasons, docs/format.md what is computed.
--
-- Tables of numbers compute it themselves, so that no statement that changes a row can forget it: the
-- columns modulo the prime 2^31 - 1, each times a number of its own, added up, modulo the prime again. No
-- power of two is a multiple of the prime, so one turned bit always shows, and so do two columns that
-- were exchanged. 1073741789 stands for NULL. The numbers are below 2^20, so that nothing overflows.
--   sum    stored with the row
--   sound  computed whenever it is asked for: 1 when the sum is that of the columns
-- Tables of text take the sum from whoever writes the row: SQL has no checksum of text
-- (src/core/row-sums.ts). Its functions are here under cabinet_entry_sum, cabinet_link_sum and
-- cabinet_attribute_sum, for the rows that are there already.
--
-- A stored column cannot be added to a table, so the tables are made anew. Foreign keys are off meanwhile:
-- dropping a table that others refer to would be refused.

CREATE TABLE inode_new (
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
  sum          INTEGER NOT NULL GENERATED ALWAYS AS (
    (ino % 2147483647 * 1021483 + mode % 2147483647 * 637195
    + nlink % 2147483647 * 853931 + uid % 2147483647 * 705127
    + gid % 2147483647 * 525803 + rdev % 2147483647 * 695027
    + size % 2147483647 * 690567 + coalesce(atime % 2147483647, 1073741789) * 674993
    + coalesce(mtime % 2147483647, 1073741789) * 829475 + coalesce(ctime % 2147483647, 1073741789) * 767699
    + btime % 2147483647 * 1036499 + version % 2147483647 * 627019
    + coalesce(parent % 2147483647, 1073741789) * 712983 + chunks % 2147483647 * 581211
    + coalesce(head % 2147483647, 1073741789) * 786867 + coalesce(inline_crc32 % 2147483647, 1073741789) * 792011) % 2147483647) STORED,
  sound        INTEGER GENERATED ALWAYS AS (sum IS
    (ino % 2147483647 * 1021483 + mode % 2147483647 * 637195
    + nlink % 2147483647 * 853931 + uid % 2147483647 * 705127
    + gid % 2147483647 * 525803 + rdev % 2147483647 * 695027
    + size % 2147483647 * 690567 + coalesce(atime % 2147483647, 1073741789) * 674993
    + coalesce(mtime % 2147483647, 1073741789) * 829475 + coalesce(ctime % 2147483647, 1073741789) * 767699
    + btime % 2147483647 * 1036499 + version % 2147483647 * 627019
    + coalesce(parent % 2147483647, 1073741789) * 712983 + chunks % 2147483647 * 581211
    + coalesce(head % 2147483647, 1073741789) * 786867 + coalesce(inline_crc32 % 2147483647, 1073741789) * 792011) % 2147483647) VIRTUAL,
  inline       BLOB
) STRICT;
INSERT INTO inode_new (ino, mode, nlink, uid, gid, rdev, size, atime, mtime, ctime, btime, version, parent,
                       chunks, head, inline_crc32, inline)
  SELECT ino, mode, nlink, uid, gid, rdev, size, atime, mtime, ctime, btime, version, parent,
         chunks, head, inline_crc32, inline
  FROM inode ORDER BY ino;
DROP TABLE inode;
ALTER TABLE inode_new RENAME TO inode;

-- sum is none that a row can have where nobody has given one: such a row is reported.
CREATE TABLE dentry_new (
  parent INTEGER NOT NULL REFERENCES inode (ino),
  name   TEXT    NOT NULL CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 255),
  ino    INTEGER NOT NULL,
  sum    INTEGER NOT NULL DEFAULT -1,
  PRIMARY KEY (parent, name)
) STRICT, WITHOUT ROWID;
INSERT INTO dentry_new (parent, name, ino, sum)
  SELECT parent, name, ino, cabinet_entry_sum(parent, CAST(name AS BLOB), ino)
  FROM dentry ORDER BY parent, name;
DROP TABLE dentry;
ALTER TABLE dentry_new RENAME TO dentry;

CREATE TABLE share_new (
  blob INTEGER PRIMARY KEY REFERENCES blob (id),
  refs INTEGER NOT NULL CHECK (refs > 1),
  sum  INTEGER NOT NULL GENERATED ALWAYS AS (
    (blob % 2147483647 * 949851 + refs % 2147483647 * 944731) % 2147483647) STORED,
  sound INTEGER GENERATED ALWAYS AS (sum IS
    (blob % 2147483647 * 949851 + refs % 2147483647 * 944731) % 2147483647) VIRTUAL
) STRICT;
INSERT INTO share_new (blob, refs) SELECT blob, refs FROM share ORDER BY blob;
DROP TABLE share;
ALTER TABLE share_new RENAME TO share;

CREATE TABLE chunk_new (
  ino  INTEGER NOT NULL REFERENCES inode (ino),
  idx  INTEGER NOT NULL CHECK (idx > 0),
  blob INTEGER NOT NULL,
  sum  INTEGER NOT NULL GENERATED ALWAYS AS (
    (ino % 2147483647 * 546845 + idx % 2147483647 * 1011889
    + blob % 2147483647 * 759193) % 2147483647) STORED,
  sound INTEGER GENERATED ALWAYS AS (sum IS
    (ino % 2147483647 * 546845 + idx % 2147483647 * 1011889
    + blob % 2147483647 * 759193) % 2147483647) VIRTUAL,
  PRIMARY KEY (ino, idx)
) STRICT, WITHOUT ROWID;
INSERT INTO chunk_new (ino, idx, blob) SELECT ino, idx, blob FROM chunk ORDER BY ino, idx;
DROP TABLE chunk;
ALTER TABLE chunk_new RENAME TO chunk;

CREATE TABLE symlink_new (
  ino    INTEGER PRIMARY KEY REFERENCES inode (ino),
  target TEXT    NOT NULL,
  sum    INTEGER NOT NULL DEFAULT -1
) STRICT;
INSERT INTO symlink_new (ino, target, sum)
  SELECT ino, target, cabinet_link_sum(ino, CAST(target AS BLOB)) FROM symlink ORDER BY ino;
DROP TABLE symlink;
ALTER TABLE symlink_new RENAME TO symlink;

CREATE TABLE xattr_new (
  ino   INTEGER NOT NULL REFERENCES inode (ino),
  name  TEXT    NOT NULL,
  value BLOB    NOT NULL,
  sum   INTEGER NOT NULL DEFAULT -1,
  PRIMARY KEY (ino, name)
) STRICT, WITHOUT ROWID;
INSERT INTO xattr_new (ino, name, value, sum)
  SELECT ino, name, value, cabinet_attribute_sum(ino, CAST(name AS BLOB), value)
  FROM xattr ORDER BY ino, name;
DROP TABLE xattr;
ALTER TABLE xattr_new RENAME TO xattr;
