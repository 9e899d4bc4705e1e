/** Directories that an archive takes for granted: those above an entry, when they have no entry. */
import { S_IFDIR } from '../core/mode.js';
import type { DefaultOwner } from './entry-attributes.js';
import { joinPath, type Placer } from './placer.js';

const MODE = S_IFDIR | 0o755;
// Remembering saves work and nothing else, so it may forget.
const REMEMBERED_MAX = 10_000;

export class ParentDirectories {
  readonly #placer: Placer;
  readonly #owner: DefaultOwner & { readonly umask: number };
  readonly #known = new Set<string>();

  constructor(placer: Placer, owner: DefaultOwner & { readonly umask: number }) {
    this.#placer = placer;
    this.#owner = owner;
  }

  /** The directory has an entry of its own. */
  note(path: string): void {
    if (this.#known.size >= REMEMBERED_MAX) this.#known.clear();
    this.#known.add(path);
  }

  /** Sees to it that the directories below `target` will be there; existing ones are left as they are. */
  async ensure(target: string, components: readonly string[]): Promise<void> {
    let directory = target;
    for (const name of components) {
      const path = joinPath(directory, name);
      if (!this.#known.has(path)) await this.#add(directory, name);
      directory = path;
    }
  }

  async #add(directory: string, name: string): Promise<void> {
    if (!this.#placer.hasRoom(0)) await this.#placer.flush();
    const nowMs = Date.now();
    const now = { sec: Math.floor(nowMs / 1000), nsec: (nowMs % 1000) * 1_000_000 };
    const { uid, gid, umask } = this.#owner;
    const attributes = { mode: MODE & ~umask, uid, gid, mtime: now, atime: now };
    const details = { onlyIfMissing: true };
    this.#placer.add({ directory, name, kind: undefined, attributes, details, size: 0 });
    this.note(joinPath(directory, name));
  }
}
