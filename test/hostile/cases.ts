/** Rows that no program of ours writes, each with what is known of the answers. */
import type { Alter } from './hostile.js';

export interface HostileCase {
  readonly change: Alter;
  /** Answers that are certain; `ok` is an answer too. */
  readonly expect?: Readonly<Record<string, string>>;
  /** What a repair leaves to report; absent: not tried here. */
  readonly unrepaired?: RegExp;
}

export function entry(parent: string, name: unknown, to: string): Alter {
  return (database, ino) => {
    database
      .prepare('INSERT OR REPLACE INTO dentry (parent, name, ino) VALUES (?, ?, ?)')
      .run(inoOf(ino, parent), name, inoOf(ino, to));
  };
}

function inoOf(ino: (path: string) => number, path: string): bigint {
  return path === '/' ? 1n : BigInt(ino(path));
}

function set(table: string, key: string, path: string, values: string): Alter {
  return (database, ino) => {
    database.prepare(`UPDATE ${table} SET ${values} WHERE ${key} = ?`).run(inoOf(ino, path));
  };
}

function inode(path: string, values: string): Alter {
  return set('inode', 'ino', path, values);
}

export const CASES: Readonly<Record<string, HostileCase>> = {
  // --- trees
  'a directory in itself': {
    change: entry('/dir/below', 'again', '/dir'),
    expect: {
      'list all': 'EIO',
      'list all with types': 'EIO',
      'read directories': 'EIO',
      copy: 'EIO',
    },
  },
  'a directory directly in itself': {
    change: entry('/dir', 'self', '/dir'),
    expect: { 'list all': 'EIO', copy: 'EIO' },
  },
  'the root below itself': {
    change: entry('/dir/below/deep', 'root', '/'),
    expect: { 'list all': 'EIO', 'export a tree': 'ok' },
  },
  'parents that go around in a circle': {
    change: (database, ino) => {
      inode('/dir/below', `parent = ${ino('/dir/below/deep')}`)(database, ino);
      inode('/dir/below/deep', `parent = ${ino('/dir/below')}`)(database, ino);
    },
    expect: { 'list all': 'ok' },
  },
  'a circle that nothing leads to': {
    change: (database, ino) => {
      database.exec("DELETE FROM dentry WHERE name = 'below'");
      entry('/dir/below/deep', 'below', '/dir/below')(database, ino);
      inode('/dir/below', `parent = ${ino('/dir/below/deep')}`)(database, ino);
    },
    expect: { 'list all': 'ok' },
  },
  'forty directories with two names each': {
    change: (database, ino) => {
      const add = database.prepare(
        `INSERT INTO inode (ino, mode, nlink, uid, gid, rdev, size, btime, version, parent, chunks)
         VALUES (?, 16877, 2, 0, 0, 0, 0, 0, 1, ?, 0)`,
      );
      const name = database.prepare('INSERT INTO dentry (parent, name, ino) VALUES (?, ?, ?)');
      let parent = BigInt(ino('/dir'));
      for (let level = 0n; level < 40n; level += 1n) {
        const child = 900n + level;
        add.run(child, parent);
        name.run(parent, 'a', child);
        name.run(parent, 'b', child);
        parent = child;
      }
      database.exec("UPDATE meta SET value = 5000 WHERE key = 'next_ino'");
    },
    expect: { 'list all': 'EIO', copy: 'EIO', 'export a tree': 'ok' },
  },
  'an entry that names nothing': {
    change: (database) =>
      void database.exec("INSERT INTO dentry (parent, name, ino) VALUES (1, 'nothing', 77777)"),
  },
  'a root that is a file': {
    change: inode('/', 'mode = 33188'),
    expect: { 'list the root': 'ENOTDIR' },
  },
  'no root': { change: (database) => void database.exec('DELETE FROM inode WHERE ino = 1') },

  // --- names
  'a name with slashes': {
    change: entry('/dir', '../../evil', '/file'),
    expect: {
      'list /dir': 'EIO',
      'list with types': 'EIO',
      'list all': 'EIO',
      'read directories': 'EIO',
      'export a tree': 'ok',
      copy: 'EIO',
      'remove a tree': 'ok',
    },
  },
  'a name with a slash and the sign of a type': {
    change: entry('/dir', 'a/8b', '/file'),
    expect: { 'list /dir': 'EIO', 'list with types': 'EIO' },
  },
  'an absolute name': {
    change: entry('/dir', '/tmp/cabinetfs-evil', '/file'),
    expect: { 'list /dir': 'EIO', 'list with types': 'EIO', 'export a tree': 'ok' },
  },
  'the name of the directory above': {
    change: entry('/dir', '..', '/file'),
    expect: { 'list /dir': 'EIO', 'list with types': 'EIO' },
  },
  'the name of the directory itself': {
    change: entry('/dir', '.', '/dir/below'),
    expect: { 'list /dir': 'EIO', 'list with types': 'EIO' },
  },
  'an empty name': { change: entry('/dir', '', '/file') },
  'a name with a NUL': {
    change: entry('/dir', 'a\0b', '/file'),
    expect: { 'list /dir': 'EIO', 'list with types': 'EIO' },
  },
  'a name that is too long': { change: entry('/dir', 'n'.repeat(5000), '/file') },
  'three hundred names that are no UTF-8': {
    change: (database, ino) => {
      const add = database.prepare(
        'INSERT INTO dentry (parent, name, ino) VALUES (?, CAST(? AS TEXT), ?)',
      );
      for (let index = 0; index < 300; index += 1) {
        const name = Buffer.concat([
          Buffer.from([0xff]),
          Buffer.from(String(index).padStart(3, '0')),
        ]);
        add.run(BigInt(ino('/dir')), name, BigInt(ino('/file')));
      }
    },
    expect: {
      'list /dir': 'EIO',
      'list with types': 'EIO',
      'list all': 'EIO',
      'export a tree': 'ok',
    },
  },

  // --- sizes
  'a size of 2^62': {
    change: inode('/dir/file', 'size = 4611686018427387904'),
    expect: { 'read a long file': 'EIO', 'export a tree': 'ok', copy: 'EIO' },
  },
  'the largest size there is': {
    change: inode('/dir/file', `size = ${2 ** 44 - 4096}`),
    expect: { 'read a long file': 'ERR_FS_FILE_TOO_LARGE', 'read a part': 'ok' },
  },
  'a negative size': { change: inode('/file', 'size = -5'), expect: { 'read a file': 'EIO' } },
  'a count of chunks of 2^62': { change: inode('/dir/file', 'chunks = 4611686018427387904') },
  'a count of links of 2^40': { change: inode('/file', 'nlink = 1099511627776') },
  'a version of 2^62': { change: inode('/file', 'version = 4611686018427387904') },
  'times that cannot be': {
    change: inode('/file', 'mtime = 9223372036854775807, atime = -9223372036854775808'),
  },
  'an owner that cannot be': { change: inode('/file', 'uid = -1, gid = 99999999999') },
  'a mode of no type': { change: inode('/file', 'mode = 0') },
  'a mode with all bits': { change: inode('/file', 'mode = -1') },
  'a negative inode number': {
    change: (database, ino) => {
      database.prepare('UPDATE inode SET ino = -5 WHERE ino = ?').run(BigInt(ino('/file')));
      database.exec("UPDATE dentry SET ino = -5 WHERE name = 'file' AND parent = 1");
    },
  },
  'a next inode number that is none': {
    change: (database) =>
      void database.exec("UPDATE meta SET value = 9223372036854775807 WHERE key = 'next_ino'"),
  },
  'a next inode number that is taken': {
    change: (database) => void database.exec("UPDATE meta SET value = 1 WHERE key = 'next_ino'"),
  },
  'a next commit that is a text': {
    change: (database) =>
      void database.exec("UPDATE meta SET value = 'x' WHERE key = 'next_commit'"),
  },

  // --- content
  'a chunk size of zero': {
    change: (database) =>
      void database.exec("UPDATE meta SET value = 0 WHERE key = 'chunk_size_bytes'"),
    expect: { open: 'ERR_VOLUME_CORRUPT' },
    unrepaired: /ERR_VOLUME_CORRUPT/,
  },
  'a chunk size of 2^40': {
    change: (database) =>
      void database.exec("UPDATE meta SET value = 1099511627776 WHERE key = 'chunk_size_bytes'"),
    expect: { open: 'ERR_VOLUME_CORRUPT' },
    unrepaired: /ERR_VOLUME_CORRUPT/,
  },
  'a blob that is longer than a chunk': {
    change: (database) =>
      void database.exec('UPDATE blob SET data = zeroblob(3000000), crc32c = 0'),
    expect: { 'read a long file': 'EIO' },
    unrepaired: /I22/,
  },
  'a blob that is empty': {
    change: (database) => void database.exec("UPDATE blob SET data = x'', crc32c = 0"),
    expect: { 'read a long file': 'ok' },
  },
  'blobs that are gone': {
    change: (database) => void database.exec('DELETE FROM blob'),
    expect: { 'read a long file': 'EIO', 'export a tree': 'ok' },
    unrepaired: /I19/,
  },
  'a chunk far behind the end': {
    change: (database, ino) =>
      void database
        .prepare('UPDATE chunk SET idx = 4611686018427387904 WHERE ino = ? AND idx = 2')
        .run(BigInt(ino('/dir/file'))),
  },
  'one blob for all files': {
    change: (database) =>
      void database.exec('UPDATE inode SET head = 1; UPDATE chunk SET blob = 1'),
  },
  'references that are too few': {
    change: (database) =>
      void database.exec('UPDATE chunk SET blob = (SELECT min(id) FROM blob); DELETE FROM share'),
  },
  'inline bytes of a directory': {
    change: inode('/dir', "inline = x'00', inline_crc32c = 0, size = 1"),
    unrepaired: /I22/,
  },

  // --- links and attributes
  'links that lead to each other': {
    change: (database, ino) => {
      set('symlink', 'ino', '/link', "target = '/link/x'")(database, ino);
    },
    expect: { 'follow a link': 'ELOOP' },
  },
  'links that lead upwards twice': {
    change: (database, ino) => {
      const add = database.prepare(
        `INSERT INTO inode (ino, mode, nlink, uid, gid, rdev, size, btime, version, chunks)
         VALUES (?, 41471, 1, 0, 0, 0, 1, 0, 1, 0)`,
      );
      for (const [number, name] of [
        [901n, 'up'],
        [902n, 'upwards'],
        [903n, 'again'],
      ] as const) {
        add.run(number);
        database
          .prepare('INSERT INTO dentry (parent, name, ino) VALUES (?, ?, ?)')
          .run(BigInt(ino('/dir')), name, number);
        database.prepare("INSERT INTO symlink (ino, target) VALUES (?, '.')").run(number);
      }
      database.exec("UPDATE meta SET value = 5000 WHERE key = 'next_ino'");
    },
    expect: { 'list all': 'ELOOP', 'copy through links': 'ELOOP', 'export a tree': 'ok' },
  },
  'a target of two million bytes': {
    change: (database, ino) => {
      database
        .prepare('UPDATE symlink SET target = ? WHERE ino = ?')
        .run('a/'.repeat(1_000_000), BigInt(ino('/link')));
    },
    expect: { 'read a link': 'EIO', 'follow a link': 'EIO', 'export a tree': 'ok' },
    unrepaired: /I23/,
  },
  'a target with a NUL': {
    change: set('symlink', 'ino', '/link', "target = 'a' || char(0) || 'b'"),
    expect: { 'read a link': 'EIO' },
    unrepaired: /I23/,
  },
  'a target that is gone': {
    change: (database) => void database.exec('DELETE FROM symlink'),
    expect: { 'read a link': 'EIO' },
    unrepaired: /I23/,
  },
  'an attribute of fifty million bytes': {
    change: (database) => void database.exec('UPDATE xattr SET value = zeroblob(50000000)'),
    expect: { 'export a tree': 'ok' },
    unrepaired: /I24/,
  },
  'twenty thousand attributes': {
    change: (database, ino) => {
      const add = database.prepare("INSERT INTO xattr (ino, name, value) VALUES (?, ?, x'00')");
      for (let index = 0; index < 20_000; index += 1)
        add.run(BigInt(ino('/file')), `user.${index}`);
    },
  },
  'an attribute of the security of the host': {
    change: (database, ino) => {
      database
        .prepare(
          "INSERT INTO xattr (ino, name, value) VALUES (?, 'security.capability', x'0100000202000000')",
        )
        .run(BigInt(ino('/file')));
    },
    expect: { 'export a tree': 'ok' },
  },

  // --- orphans, sessions and locks
  'every inode an orphan': {
    change: (database) =>
      void database.exec('INSERT OR IGNORE INTO orphan (ino) SELECT ino FROM inode'),
  },
  'orphans that are directories in a circle': {
    change: (database, ino) => {
      database.exec("DELETE FROM dentry WHERE name = 'below'");
      entry('/dir/below/deep', 'below', '/dir/below')(database, ino);
      inode('/dir/below', 'nlink = 0')(database, ino);
      database.prepare('INSERT INTO orphan (ino) VALUES (?)').run(BigInt(ino('/dir/below')));
    },
  },
  'a lock of everything by nobody': {
    change: (database, ino) => {
      database
        .prepare("INSERT INTO lock VALUES (?, 'flock', 999, 'x', 0, 9007199254740991, 1, 1, 1)")
        .run(BigInt(ino('/file')));
    },
  },
};
