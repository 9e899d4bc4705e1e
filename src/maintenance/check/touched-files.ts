/**
 * Which files a damaged database touches. A b-tree page that cannot be read holds rows with neighbouring
 * keys: what fails is narrowed down to ranges of keys, and the tables that can still be read tell whose
 * they are. Runs only after damage has been found; reads no content.
 *
 *   dentry   by parent   the entries of these directories cannot all be read
 *   inode    by ino      files with a name whose inode is lost
 *   chunk, symlink, xattr  by ino
 *   blob     by id       files that name a blob which is lost
 */
import { ROOT_INO } from '../../core/ino.js';
import type { CheckContext } from './context.js';
import { isDamage } from './damage.js';
import type { Finding } from './finding.js';
import { isLink } from './sql.js';

/** Keys above `from`, up to `to`. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** Narrowing down costs a look per key in the worst case, when a page near the root is gone. */
const LOOKS_MAX = 100_000;
/** Files that are named for one table; a page near the root may hold them all. */
const FILES_MAX = 1000;
const DEPTH_MAX = 5000;

const FILL =
  'INSERT OR IGNORE INTO check_name SELECT ino, parent, name FROM dentry WHERE parent > ? AND parent <= ?';
const MAX_NAMED = 'SELECT max(max(ino), max(parent)) FROM check_name';
const NAME_OF = 'SELECT parent, name FROM check_name WHERE ino = ?';
const NAMED_IN = `SELECT ino FROM check_name WHERE ino > ? AND ino <= ? ORDER BY ino LIMIT ${FILES_MAX}`;

/** What is lost of a file when rows under its number cannot be read. */
interface Part {
  readonly sql: string;
  readonly detail: string;
  /** Which inodes have such rows, where their own can be read. */
  readonly concerns?: string;
}

const BY_INODE: readonly Part[] = [
  {
    sql: 'SELECT count(*), max(mode) FROM inode WHERE ino > ? AND ino <= ?',
    detail: 'its inode cannot be read: attributes, and what content it has, are lost',
  },
  {
    sql: 'SELECT count(*), max(blob) FROM chunk WHERE ino > ? AND ino <= ?',
    detail: 'the list of its chunks cannot be read',
    concerns: 'i.chunks > (i.head IS NOT NULL)',
  },
  {
    sql: 'SELECT count(*), max(length(target)) FROM symlink WHERE ino > ? AND ino <= ?',
    detail: 'the target of the link cannot be read',
    concerns: isLink('i'),
  },
  {
    sql: 'SELECT count(*), max(name) FROM xattr WHERE ino > ? AND ino <= ?',
    detail: 'its extended attributes, if it has some, cannot be read',
  },
];

// The length comes from the header of a row: pages of content are not read.
const BLOBS = 'SELECT count(*), max(length(data)) FROM blob WHERE id > ? AND id <= ?';
const HEADS = `SELECT ino FROM inode WHERE ino > ? AND ino <= ? AND head > ? AND head <= ? LIMIT ${FILES_MAX}`;
const CHUNKS = `
  SELECT DISTINCT ino FROM chunk WHERE ino > ? AND ino <= ? AND blob > ? AND blob <= ? LIMIT ${FILES_MAX}`;

/** Findings of rule I1 that name files. */
export function* touchedFiles(context: CheckContext): Generator<Finding> {
  const search = new Search(context);
  yield* search.directories();
  for (const part of BY_INODE) yield* search.filesIn(part);
  yield* search.filesOfBlobs();
}

class Search {
  readonly #context: CheckContext;
  #looks = 0;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  /** Gathers all names that can be read, and names the directories where some cannot. */
  *directories(): Generator<Finding> {
    const max = this.#highest('SELECT max(ino) FROM inode', 'SELECT max(parent) FROM dentry');
    const fill = (range: Range): void => {
      this.#context.connection.statement(FILL).run(range.from, range.to);
    };
    for (const { from, to } of this.#damaged({ from: 0, to: max }, fill)) {
      const named = this.#namedIn({ from, to });
      const directories = from < ROOT_INO ? [ROOT_INO as number, ...named] : named;
      for (const ino of directories) {
        const detail = 'its entries, if it is a directory, cannot all be read';
        yield { invariant: 'I1', ino, path: this.#pathOf(ino), detail };
      }
    }
  }

  *filesIn({ sql, detail, concerns }: Part): Generator<Finding> {
    const all = { from: 0, to: this.#highest(MAX_NAMED) };
    for (const range of this.#damaged(all, (part) => this.#look(sql, part))) {
      for (const ino of this.#concerned(range, concerns)) {
        yield { invariant: 'I1', ino, path: this.#pathOf(ino), detail };
      }
    }
  }

  #concerned(range: Range, concerns: string | undefined): number[] {
    if (concerns === undefined) return this.#namedIn(range);
    try {
      const sql = `
        SELECT n.ino FROM check_name AS n JOIN inode AS i ON i.ino = n.ino
        WHERE n.ino > ? AND n.ino <= ? AND ${concerns} ORDER BY n.ino LIMIT ${FILES_MAX}`;
      return this.#context.rows<[number]>(sql, range.from, range.to).map(([ino]) => ino);
    } catch (error) {
      if (isDamage(error)) return this.#namedIn(range);
      throw error;
    }
  }

  *filesOfBlobs(): Generator<Finding> {
    const all = {
      from: 0,
      to: this.#highest('SELECT max(id) FROM blob', 'SELECT max(head) FROM inode'),
    };
    const files = new Set<number>();
    for (const lost of this.#damaged(all, (part) => this.#look(BLOBS, part))) {
      for (const ino of this.#ownersOf(lost)) files.add(ino);
    }
    const detail = 'some of its content cannot be read';
    for (const ino of files) yield { invariant: 'I1', ino, path: this.#pathOf(ino), detail };
  }

  /** Inodes that name blobs in the range, as far as those can be read. */
  #ownersOf(lost: Range): Set<number> {
    const owners = new Set<number>();
    const all = { from: 0, to: this.#highest(MAX_NAMED) };
    for (const sql of [HEADS, CHUNKS]) {
      // What cannot be read here has been reported for itself.
      this.#damaged(all, ({ from, to }) => {
        const rows = this.#context.rows<[number]>(sql, from, to, lost.from, lost.to);
        for (const [ino] of rows) owners.add(ino);
      });
    }
    return owners;
  }

  #look(sql: string, { from, to }: Range): void {
    this.#context.row(sql, from, to);
  }

  /** The parts of a range, as narrow as possible, that `look` cannot read. */
  #damaged(range: Range, look: (range: Range) => void): Range[] {
    const found: Range[] = [];
    const open: Range[] = [range];
    for (let part = open.pop(); part !== undefined; part = open.pop()) {
      if (part.from >= part.to || this.#isReadable(part, look)) continue;
      const middle = Math.floor((part.from + part.to) / 2);
      if (part.to - part.from === 1 || this.#looks > LOOKS_MAX) addRange(found, part);
      else open.push({ from: middle, to: part.to }, { from: part.from, to: middle });
    }
    this.#looks = 0;
    return found;
  }

  #isReadable(part: Range, look: (range: Range) => void): boolean {
    this.#looks += 1;
    this.#context.pause(0);
    try {
      look(part);
      return true;
    } catch (error) {
      if (isDamage(error)) return false;
      throw error;
    }
  }

  /** The highest number that any of the queries can still tell. */
  #highest(...queries: readonly string[]): number {
    let highest = ROOT_INO as number;
    for (const sql of queries) {
      try {
        highest = Math.max(highest, this.#context.row<[number | null]>(sql)?.[0] ?? 0);
      } catch (error) {
        if (!isDamage(error)) throw error;
      }
    }
    return highest;
  }

  #namedIn({ from, to }: Range): number[] {
    return this.#context.rows<[number]>(NAMED_IN, from, to).map(([ino]) => ino);
  }

  #pathOf(ino: number): string | null {
    const names: string[] = [];
    for (let at = ino; at !== ROOT_INO; ) {
      const row = this.#context.row<[number, string]>(NAME_OF, at);
      if (row === undefined || names.length === DEPTH_MAX) return null;
      names.push(row[1]);
      at = row[0];
    }
    return `/${names.reverse().join('/')}`;
  }
}

/** Parts come in order: neighbours become one. */
function addRange(ranges: Range[], part: Range): void {
  const last = ranges.at(-1);
  if (last?.to === part.from) ranges[ranges.length - 1] = { from: last.from, to: part.to };
  else ranges.push(part);
}
