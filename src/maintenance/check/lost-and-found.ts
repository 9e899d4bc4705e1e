/** `/lost+found`: where a repair gives a name to what has none. */
import { type Ino, ROOT_INO } from '../../core/ino.js';
import { isDirectory } from '../../core/mode.js';
import type { OpContext } from '../../ops/context.js';
import { createDirectory } from '../../ops/create.js';
import type { SqlValue } from '../../sqlite/connection.js';
import { childDirectories } from './sql.js';

const NAME = 'lost+found';
const MODE = 0o700;

const IS_TAKEN = 'SELECT 1 FROM dentry WHERE parent = ? AND name = ?';
const SET_NAME = `
  UPDATE inode SET nlink = ?, parent = ?, version = max(version, 0) + 1 WHERE ino = ?`;
const NOTE_LINK = `
  INSERT INTO check_link (ino, names, parent) VALUES (?, 1, ?)
  ON CONFLICT (ino) DO UPDATE SET names = 1, parent = excluded.parent`;
const NOTE_REACHED = 'INSERT OR IGNORE INTO check_reach (ino) VALUES (?)';
const CHILD_DIRECTORIES = `SELECT ${childDirectories('?')}`;

export class LostAndFound {
  readonly #ctx: OpContext;
  #directory: Ino | undefined;

  constructor(ctx: OpContext) {
    this.#ctx = ctx;
  }

  /** Gives the inode, which has no name, its only one: `#<ino>`. */
  name(ino: Ino): void {
    const { store, now } = this.#ctx;
    const inode = store.inodes.getAny(ino);
    if (inode === undefined) return;
    const directory = this.#ensure();
    const name = this.#freeName(directory, `#${ino}`);
    store.dentries.insert(directory, name, ino);
    // `parent` too tells a directory whose mode is broken and not repaired yet.
    const isTree = isDirectory(inode.mode) || inode.parent !== null;
    // Not the whole row: other columns may break a rule that is repaired later.
    const nlink = isTree ? 2 + this.#childDirectories(ino) : 1;
    store.connection
      .statement<SqlValue[], never>(SET_NAME)
      .run(nlink, isTree ? directory : null, ino);
    store.inodes.touchDirectory(directory, now, isTree ? 1 : 0);
    this.#note(ino, directory);
    const { version } = inode;
    this.#ctx.emit({
      type: 'create',
      ino,
      parent: directory,
      name,
      version,
      isDirectory: isTree,
    });
  }

  #childDirectories(ino: Ino): number {
    const { connection } = this.#ctx.store;
    return connection.statement<[number], [number]>(CHILD_DIRECTORIES).get(ino)?.[0] ?? 0;
  }

  /** The scratch table knows the name too, so that later checks of this repair count it. */
  #note(ino: Ino, parent: Ino): void {
    const { connection } = this.#ctx.store;
    connection.statement<[number, number], never>(NOTE_LINK).run(ino, parent);
  }

  #ensure(): Ino {
    this.#directory ??= this.#find();
    return this.#directory;
  }

  #find(): Ino {
    const { store } = this.#ctx;
    const existing = store.dentries.lookup(ROOT_INO, NAME);
    if (existing !== undefined && isDirectory(existing.mode)) return existing.ino;
    const root = store.inodes.getAny(ROOT_INO);
    const creator = { mode: MODE, uid: root?.uid ?? 0, gid: root?.gid ?? 0 };
    const { ino } = createDirectory(this.#ctx, ROOT_INO, this.#freeName(ROOT_INO, NAME), creator);
    this.#note(ino, ROOT_INO);
    store.connection.statement<[number], never>(NOTE_REACHED).run(ino);
    return ino;
  }

  #freeName(parent: Ino, wanted: string): string {
    const taken = this.#ctx.store.connection.statement<[number, string], [number]>(IS_TAKEN);
    let name = wanted;
    for (let number = 2; taken.get(parent, name) !== undefined; number += 1) {
      name = `${wanted}~${number}`;
    }
    return name;
  }
}
