/** From an inode number to a path, for messages. */
import { type Ino, ROOT_INO } from '../../core/ino.js';
import type { Connection } from '../../sqlite/connection.js';
import { isDamage } from './damage.js';
import type { Scratch } from './scratch.js';

const HOLDER = 'SELECT parent FROM check_link WHERE ino = ?';
const NAME = 'SELECT name FROM dentry WHERE parent = ? AND ino = ? LIMIT 1';
// Deeper than any path that could be typed; also what ends a walk around a cycle.
const DEPTH_MAX = 5000;

export class Paths {
  readonly #connection: Connection;
  readonly #scratch: Scratch;

  constructor(connection: Connection, scratch: Scratch) {
    this.#connection = connection;
    this.#scratch = scratch;
  }

  /** A path of the inode; null when it has none that can be found. */
  of(ino: number): string | null {
    try {
      this.#scratch.need('links');
      return this.#walk(ino);
    } catch (error) {
      if (isDamage(error)) return null;
      throw error;
    }
  }

  /** Path of an entry, whatever it names. */
  ofEntry(parent: number, name: string): string | null {
    const directory = this.of(parent);
    if (directory === null) return null;
    return directory === '/' ? `/${name}` : `${directory}/${name}`;
  }

  #walk(ino: number): string | null {
    const names: string[] = [];
    let at = ino;
    while (at !== ROOT_INO) {
      if (names.length === DEPTH_MAX) return null;
      const holder = this.holderOf(at);
      if (holder === undefined) return null;
      const name = this.#nameIn(holder, at);
      if (name === undefined) return null;
      names.push(name);
      at = holder;
    }
    return `/${names.reverse().join('/')}`;
  }

  /** A directory that holds a name of the inode. */
  holderOf(ino: number): Ino | undefined {
    const statement = this.#connection.statement<[number], [number]>(HOLDER);
    return statement.get(ino)?.[0] as Ino | undefined;
  }

  #nameIn(parent: number, ino: number): string | undefined {
    return this.#connection.statement<[number, number], [string]>(NAME).get(parent, ino)?.[0];
  }
}
