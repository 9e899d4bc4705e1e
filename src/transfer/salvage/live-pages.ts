/**
 * Which pages of a damaged database hold rows that count.
 *
 * Pages that the trees lead to count. What stands below a page that cannot be read is found by looking at
 * all others; pages that were freed still hold rows of the past, and must not be taken for them. So a page
 * that no tree leads to counts only when some tree is damaged, it is not free, and the map of pages, where
 * there is one, takes it for a page of a tree.
 */
import type { RawPages } from '../../sqlite/raw/raw-pages.js';
import { parseRecord, readPayload } from '../../sqlite/raw/raw-record.js';
import { parseTreePage, type RawTreePage } from '../../sqlite/raw/raw-tree.js';

/** Tables whose rows are files; what else a volume has is of no use without it. */
const TABLES: ReadonlySet<string> = new Set([
  'meta',
  'inode',
  'dentry',
  'blob',
  'chunk',
  'symlink',
  'xattr',
]);
const SCHEMA_PAGE = 1;

export interface LivePages {
  /** Pages that a tree leads to. */
  readonly reached: ReadonlySet<number>;
  /** Pages that a tree should lead to and that cannot be read, or are none of a tree. */
  readonly lost: readonly number[];
  /** Whether other pages may hold rows that count. */
  readonly isBroken: boolean;
  /** Of the list of free pages. */
  readonly free: ReadonlySet<number>;
}

export class LivePageSearch {
  readonly #pages: RawPages;
  readonly #reached = new Set<number>();
  readonly #lost: number[] = [];
  #isBroken = false;

  constructor(pages: RawPages) {
    this.#pages = pages;
  }

  find(): LivePages {
    const roots = this.#roots();
    for (const root of roots) this.#walk(root, 0);
    return {
      reached: this.#reached,
      lost: this.#lost,
      isBroken: this.#isBroken || roots.length < TABLES.size,
      free: this.#pages.freePages(),
    };
  }

  /** First pages of the tables, as far as the schema can be read. */
  #roots(): number[] {
    const roots: number[] = [];
    for (const page of this.#walk(SCHEMA_PAGE, 0)) {
      for (const cell of page.cells) {
        const { bytes } = readPayload(this.#pages, cell);
        const [type, name, , root] = parseRecord(bytes, cell.payloadBytes) ?? [];
        if (type === 'table' && TABLES.has(String(name)) && typeof root === 'number') {
          roots.push(root);
        }
      }
    }
    return roots;
  }

  /** All pages of a tree that can be read. */
  #walk(root: number, above: number): RawTreePage[] {
    const found: RawTreePage[] = [];
    const pending: { page: number; parent: number }[] = [{ page: root, parent: above }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const page = this.#enter(next.page, next.parent);
      if (page === undefined) continue;
      found.push(page);
      const parent = next.page;
      for (const child of page.children) pending.push({ page: child, parent });
    }
    return found;
  }

  #enter(number: number, parent: number): RawTreePage | undefined {
    const facts = this.#pages.facts(number);
    // A pointer that was changed may lead to any page: the map says who leads to this one.
    const isStrayed = facts.kind === 'tree' && parent !== 0 && facts.parent !== parent;
    if (this.#reached.has(number) || isStrayed) {
      this.#isBroken = true;
      return undefined;
    }
    const bytes = this.#pages.read(number);
    const page = bytes && parseTreePage(bytes, number, this.#pages.usableBytes);
    if (page === undefined) {
      this.#isBroken = true;
      this.#lost.push(number);
      return undefined;
    }
    if (page.damagedCells > 0) this.#isBroken = true;
    this.#reached.add(number);
    return page;
  }
}

/** Whether the rows of a page count. */
export function isLive(pages: RawPages, number: number, live: LivePages): boolean {
  if (live.reached.has(number)) return true;
  if (!live.isBroken || live.free.has(number)) return false;
  const { kind } = pages.facts(number);
  return kind === 'tree' || kind === 'root' || kind === 'unknown';
}
