/**
 * Importing a directory tree of the host.
 *
 * The walk holds one open directory per level and nothing else, so that memory does not grow with the
 * tree. Reading is synchronous: for files that are in the page cache, a thread pool costs more than the
 * system calls themselves. The event loop turns after each batch.
 */
import {
  type BigIntStats,
  type Dir,
  type Dirent,
  lstatSync,
  opendirSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { FsError } from '../core/errors.js';
import type { Ino } from '../core/ino.js';
import { isDirectory } from '../core/mode.js';
import type { PlacedDetails } from '../ops/place-entries.js';
import type { Inode } from '../store/inode-table.js';
import type { Volume } from '../volume/volume.js';
import { attributesOf, type DefaultOwner, type EntryAttributes } from './entry-attributes.js';
import { isUnchanged } from './existing.js';
import { HardLinks } from './hard-links.js';
import {
  describeBytes,
  isSuspect,
  isUtf8,
  readSuspectNames,
  type SuspectNames,
} from './host-names.js';
import { ContentImport } from './import-content.js';
import {
  type ImportOptions,
  type ResolvedTransferOptions,
  resolveImportOptions,
} from './options.js';
import { joinPath, Placer } from './placer.js';
import {
  type CountedKind,
  reporting,
  Tally,
  type TransferResult,
  throwIfStopped,
} from './report.js';
import { SourceFile } from './source-file.js';
import { alignDirectory, inoOf, lookUp, openTarget, readVolume } from './target-directory.js';
import { type HostXattrs, loadHostXattrs, NO_XATTR_PACKAGE, type XattrList } from './xattrs.js';

/** A directory that is being walked. */
interface Level {
  readonly source: string;
  readonly target: string;
  readonly dir: Dir;
  /** The directory in the volume, when it was there before and may hold what we bring. */
  readonly existing: Ino | undefined;
  suspects?: SuspectNames;
}

/** An entry of a level, seen but not yet placed. */
interface Found {
  readonly level: Level;
  readonly name: string;
  readonly source: string;
}

const DIRENTS_AT_ONCE = 128;

/**
 * Copies what is in the directory `source` into a directory of the volume, with modes, times, links,
 * holes and extended attributes. What is there already with the same type, size and modification time
 * is left alone, so an import that was interrupted is resumed by running it again.
 *
 * Rejects with the error that stopped it; its `transfer` says what was imported until then.
 */
export async function importTree(
  volume: Volume,
  source: string,
  options: ImportOptions = {},
): Promise<TransferResult> {
  const resolved = resolveImportOptions(options);
  const tally = new Tally(resolved);
  return reporting(tally, async () => {
    const xattrs = resolved.xattrs ? await loadHostXattrs() : undefined;
    if (resolved.xattrs && xattrs === undefined) tally.warn(NO_XATTR_PACKAGE);
    await new TreeImport(volume, tally, resolved, xattrs).run(source);
  });
}

class TreeImport {
  readonly #volume: Volume;
  readonly #tally: Tally;
  readonly #options: ResolvedTransferOptions;
  readonly #xattrs: HostXattrs | undefined;
  readonly #placer: Placer;
  readonly #content: ContentImport;
  readonly #owner: DefaultOwner | undefined;
  readonly #levels: Level[] = [];
  readonly #links = new HardLinks();
  readonly #ownFiles: ReadonlySet<string>;

  constructor(
    volume: Volume,
    tally: Tally,
    options: ResolvedTransferOptions,
    xattrs: HostXattrs | undefined,
  ) {
    this.#volume = volume;
    this.#tally = tally;
    this.#options = options;
    this.#xattrs = xattrs;
    this.#placer = new Placer(volume.runner, tally, options.overwrite);
    this.#content = new ContentImport(volume, this.#placer, tally, options.signal);
    this.#owner = options.owners ? undefined : volume.options;
    this.#ownFiles = filesOfVolume(volume.path);
  }

  async run(source: string): Promise<void> {
    const stats = statSync(source, { bigint: true });
    const root = realpathSync(source);
    const dir = opendirSync(root, { bufferSize: DIRENTS_AT_ONCE });
    try {
      const target = await openTarget(this.#volume, this.#options.path).catch((error) => {
        dir.closeSync();
        throw error;
      });
      const existing = target.isFresh ? undefined : inoOf(this.#volume, target.path);
      this.#levels.push({ source: root, target: target.path, dir, existing });
      await this.#walk();
      await this.#placer.finish();
      const attributes = attributesOf(stats, this.#owner);
      await alignDirectory(this.#volume, target.path, attributes, this.#readXattrs(root));
    } finally {
      for (const level of this.#levels) level.dir.closeSync();
      await this.#placer.settle();
    }
  }

  async #walk(): Promise<void> {
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      const entry = level.dir.readSync();
      if (entry === null) {
        this.#levels.pop();
        level.dir.closeSync();
        continue;
      }
      // Most entries need no wait, and a promise for each would cost more than the entry.
      const wait = this.#placer.hasRoom(0)
        ? this.#visit(level, entry)
        : this.#visitLater(level, entry);
      if (wait !== undefined) await wait;
    }
  }

  async #visitLater(level: Level, entry: Dirent): Promise<void> {
    await this.#placer.flush();
    throwIfStopped(this.#options.signal);
    await this.#visit(level, entry);
  }

  #visit(level: Level, entry: Dirent): Promise<void> | undefined {
    const { name } = entry;
    const found = { level, name, source: joinPath(level.source, name) };
    if (isSuspect(name) && !this.#isValidName(level, name)) return undefined;
    try {
      const wait = entry.isFile() ? this.#visitFile(found) : this.#visitOther(found);
      return wait?.catch((error: unknown) => this.#unreadable(found.source, error));
    } catch (error) {
      this.#unreadable(found.source, error);
      return undefined;
    }
  }

  /** Names that are not UTF-8 are reported once per directory, by their bytes. */
  #isValidName(level: Level, name: string): boolean {
    if (level.suspects === undefined) {
      level.suspects = readSuspectNames(level.source);
      for (const invalid of level.suspects.invalid) {
        const path = joinPath(level.source, invalid);
        this.#tally.skip(path, 'not-utf8', 'its name is not valid UTF-8');
      }
    }
    // A valid name may look the same as an invalid one beside it: it is taken once.
    return level.suspects.valid.delete(name);
  }

  /** What the host refuses for one entry is no reason to stop; what the volume refuses is. */
  #unreadable(source: string, error: unknown): void {
    const { code, syscall } = error as NodeJS.ErrnoException;
    const isHosts = error instanceof Error && syscall !== undefined && !(error instanceof FsError);
    if (!isHosts || EXHAUSTED.includes(code ?? '')) throw error;
    const why = code === 'ENOENT' ? 'it vanished' : `it could not be read (${code})`;
    this.#tally.skip(source, 'unreadable', why);
  }

  #visitFile(found: Found): Promise<void> | undefined {
    if (this.#ownFiles.has(found.source)) {
      this.#tally.skip(found.source, 'outside', 'it belongs to the volume itself');
      return undefined;
    }
    const file = new SourceFile(found.source);
    try {
      if (!file.stats.isFile()) {
        file.close();
        return this.#visitOther(found);
      }
      const attributes = attributesOf(file.stats, this.#owner);
      const { size } = file;
      if (!this.#mayPlace(found, file.stats, attributes, { size })) {
        file.close();
        return undefined;
      }
      const entry = this.#entry(found, 'files', attributes, this.#readXattrs(found.source), {});
      return this.#content.add(file, entry);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  #visitOther(found: Found): undefined {
    const stats = lstatSync(found.source, { bigint: true });
    const attributes = attributesOf(stats, this.#owner);
    if (stats.isDirectory()) this.#enter(found, attributes);
    else if (stats.isSymbolicLink()) this.#placeSymlink(found, stats, attributes);
    else this.#placeSpecial(found, stats, attributes);
    return undefined;
  }

  #entry(
    { level, name }: Found,
    kind: CountedKind,
    attributes: EntryAttributes,
    xattrs: XattrList,
    details: PlacedDetails,
  ) {
    const all = xattrs.length > 0 ? { ...details, xattrs } : details;
    return { directory: level.target, name, kind, attributes, details: nullIfEmpty(all) };
  }

  #placeSymlink(found: Found, stats: BigIntStats, attributes: EntryAttributes): void {
    const bytes = readlinkSync(found.source, 'buffer') as unknown as Buffer;
    if (!isUtf8(bytes)) {
      const shown = describeBytes(bytes);
      this.#tally.skip(found.source, 'not-utf8', `its target '${shown}' is not valid UTF-8`);
      return;
    }
    const target = bytes.toString();
    if (!this.#mayPlace(found, stats, attributes, { target })) return;
    const entry = this.#entry(found, 'symlinks', attributes, [], { target });
    this.#placer.add({ ...entry, size: 0 });
  }

  #placeSpecial(found: Found, stats: BigIntStats, attributes: EntryAttributes): void {
    const rdev = Number(stats.rdev);
    if (!this.#mayPlace(found, stats, attributes, { rdev })) return;
    const entry = this.#entry(found, 'special', attributes, [], { rdev });
    this.#placer.add({ ...entry, size: 0 });
  }

  #enter(found: Found, attributes: EntryAttributes): void {
    const { level, name, source } = found;
    const inode = this.#existing(found);
    if (inode !== undefined && !isDirectory(inode.mode) && !this.#options.overwrite) {
      this.#conflict(source);
      return;
    }
    const entry = this.#entry(found, 'directories', attributes, this.#readXattrs(source), {});
    this.#placer.add({ ...entry, size: 0 });
    const dir = opendirSync(source, { bufferSize: DIRENTS_AT_ONCE });
    const existing = inode !== undefined && isDirectory(inode.mode) ? inode.ino : undefined;
    this.#levels.push({ source, target: joinPath(level.target, name), dir, existing });
  }

  #existing({ level, name }: Found): Inode | undefined {
    if (level.existing === undefined) return undefined;
    return lookUp(this.#volume, level.existing, name);
  }

  #conflict(source: string): void {
    this.#tally.skip(source, 'exists', 'something else has this name in the volume');
  }

  /**
   * Whether the entry is to be placed as an inode of its own: not when it is there already, when
   * something else is, or when it is another name of a file that was placed.
   */
  #mayPlace(
    found: Found,
    stats: BigIntStats,
    attributes: EntryAttributes,
    brought: { size?: number; rdev?: number; target?: string },
  ): boolean {
    const path = joinPath(found.level.target, found.name);
    const first = this.#links.firstName(stats);
    const existing = this.#existing(found);
    if (existing !== undefined) {
      if (this.#isThere(existing, first, { size: 0, ...attributes, ...brought })) {
        this.#links.add(stats, path);
        this.#tally.unchanged();
        return false;
      }
      if (!this.#options.overwrite || isDirectory(existing.mode)) {
        this.#conflict(found.source);
        return false;
      }
    }
    if (first === undefined) {
      this.#links.add(stats, path);
      return true;
    }
    const entry = this.#entry(found, 'hardLinks', attributes, [], { linkTo: first });
    this.#placer.add({ ...entry, size: 0 });
    return false;
  }

  #isThere(
    existing: Inode,
    first: string | undefined,
    brought: Parameters<typeof isUnchanged>[2],
  ): boolean {
    return readVolume(this.#volume, (store) => {
      if (!isUnchanged(store, existing, brought)) return false;
      return first === undefined || inoOf(this.#volume, first) === existing.ino;
    });
  }

  #readXattrs(source: string): XattrList {
    return this.#xattrs?.read(source) ?? [];
  }
}

/** Errors that say nothing about the entry. */
const EXHAUSTED: readonly string[] = ['EMFILE', 'ENFILE', 'ENOMEM'];

function nullIfEmpty(details: PlacedDetails): PlacedDetails | null {
  for (const _ in details) return details;
  return null;
}

/** A volume is not imported into itself: it would grow while it is read. */
function filesOfVolume(path: string): ReadonlySet<string> {
  const real = realpathSync(path);
  return new Set([real, `${real}-wal`, `${real}-shm`]);
}
