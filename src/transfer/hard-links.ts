/** Files with several names: which name came first. Only those are remembered, and only until the last. */

interface LinkedFile {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly nlink: bigint;
}

export class HardLinks {
  readonly #files = new Map<string, { readonly path: string; left: number }>();

  /** The name under which the file was seen before. */
  firstName(file: LinkedFile): string | undefined {
    if (file.nlink <= 1n) return undefined;
    const key = `${file.dev}:${file.ino}`;
    const seen = this.#files.get(key);
    if (seen === undefined) return undefined;
    seen.left -= 1;
    if (seen.left === 0) this.#files.delete(key);
    return seen.path;
  }

  /** Remembers the first name; a later one changes nothing. */
  add(file: LinkedFile, path: string): void {
    if (file.nlink <= 1n) return;
    const key = `${file.dev}:${file.ino}`;
    if (this.#files.has(key)) return;
    this.#files.set(key, { path, left: Number(file.nlink) - 1 });
  }
}
