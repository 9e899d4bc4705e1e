/**
 * Importing a tar archive. It may come from a stranger: names that lead out of the target are left out,
 * and no symbolic link in the volume is followed, whether it came with the archive or was there before.
 */
import type { Timestamp } from '../core/clock.js';
import { VolumeError } from '../core/errors.js';
import { FILE_SIZE_MAX, PATH_BYTES_MAX, XATTR_VALUE_BYTES_MAX } from '../core/limits.js';
import {
  isDirectory,
  MODE_BITS,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFREG,
} from '../core/mode.js';
import { findWithoutLinks } from '../ops/find-without-links.js';
import type { PlacedDetails } from '../ops/place-entries.js';
import type { Inode } from '../store/inode-table.js';
import type { Volume } from '../volume/volume.js';
import type { DefaultOwner, EntryAttributes } from './entry-attributes.js';
import { isUnchanged } from './existing.js';
import { isUtf8 } from './host-names.js';
import {
  type ImportOptions,
  type ResolvedTransferOptions,
  resolveImportOptions,
} from './options.js';
import { ParentDirectories } from './parent-directories.js';
import { joinPath, type NamelessFile, PIECE_BYTES, Placer } from './placer.js';
import {
  type CountedKind,
  reporting,
  type SkipReason,
  Tally,
  type TransferResult,
  throwIfStopped,
} from './report.js';
import { isDeviceNumber, joinDevice } from './special-files.js';
import { ByteSource } from './tar/byte-source.js';
import { uncompressed } from './tar/compression.js';
import { isSafe, safeName, shownName } from './tar/names.js';
import { type TarEntry, TarReader, type TarType } from './tar/reader.js';
import { alignDirectory, openTarget, readVolume } from './target-directory.js';
import { isCarriedXattr, type XattrList } from './xattrs.js';

/**
 * Reads a tar archive, plain or gzipped, and puts its entries into a directory of the volume: ustar,
 * pax and GNU archives, with long names, fractions of seconds, hard links, extended attributes and
 * sparse files. What is there already with the same type, size and modification time is left alone.
 *
 * Rejects with ERR_ARCHIVE_INVALID for an archive that is cut off or damaged; like any error that stops
 * it, that carries as `transfer` what was imported until then.
 */
export async function importTar(
  volume: Volume,
  readable: AsyncIterable<Uint8Array>,
  options: ImportOptions = {},
): Promise<TransferResult> {
  const resolved = resolveImportOptions(options);
  if (
    typeof (readable as { [Symbol.asyncIterator]?: unknown })?.[Symbol.asyncIterator] !== 'function'
  ) {
    throw new VolumeError('ERR_OPTION_INVALID', 'The archive must be a readable stream.', {
      hint: 'Give a stream, for example `createReadStream(path)`.',
    });
  }
  const tally = new Tally(resolved);
  return reporting(tally, async () => {
    const source = new ByteSource(readable);
    try {
      await new TarImport(volume, tally, resolved).run(source);
    } finally {
      await source.close();
    }
  });
}

const TYPE_BITS: Readonly<Record<Exclude<TarType, 'link' | 'other'>, number>> = {
  file: S_IFREG,
  symlink: S_IFLNK,
  char: S_IFCHR,
  block: S_IFBLK,
  directory: S_IFDIR,
  fifo: S_IFIFO,
};

/** A entry that passed the checks. */
interface Accepted {
  readonly entry: TarEntry;
  readonly directory: string;
  readonly name: string;
  readonly attributes: EntryAttributes;
}

class TarImport {
  readonly #volume: Volume;
  readonly #tally: Tally;
  readonly #options: ResolvedTransferOptions;
  readonly #owner: DefaultOwner | undefined;
  readonly #placer: Placer;
  readonly #parents: ParentDirectories;
  #target = '/';
  #targetIsFresh = false;
  #rootAttributes: { attributes: EntryAttributes; xattrs: XattrList } | undefined;
  #piece: Buffer | undefined;

  constructor(volume: Volume, tally: Tally, options: ResolvedTransferOptions) {
    this.#volume = volume;
    this.#tally = tally;
    this.#options = options;
    this.#owner = options.owners ? undefined : volume.options;
    this.#placer = new Placer(volume.runner, tally, options.overwrite);
    this.#parents = new ParentDirectories(this.#placer, volume.options);
  }

  async run(source: ByteSource): Promise<void> {
    const plain = await uncompressed(source);
    const reader = new TarReader(plain);
    // The first header tells whether it is an archive at all, before anything is changed.
    let entry = await reader.next();
    const { path, isFresh } = await openTarget(this.#volume, this.#options.path);
    this.#target = path;
    this.#targetIsFresh = isFresh;
    try {
      for (; entry !== undefined; entry = await reader.next()) {
        throwIfStopped(this.#options.signal);
        await this.#place(reader, entry);
      }
      await this.#placer.finish();
      await this.#alignRoot();
    } catch (error) {
      // What came whole is kept: a second run goes on from there.
      if (!this.#hasStopped()) await this.#placer.finish();
      throw error;
    } finally {
      await this.#placer.settle();
    }
    await plain.drain();
  }

  #hasStopped(): boolean {
    return this.#options.signal?.aborted === true;
  }

  async #alignRoot(): Promise<void> {
    if (this.#rootAttributes === undefined) return;
    const { attributes, xattrs } = this.#rootAttributes;
    await alignDirectory(this.#volume, this.#target, attributes, xattrs);
  }

  #skip(entry: TarEntry, reason: SkipReason, detail: string): void {
    this.#tally.skip(shownName(entry.name), reason, detail);
  }

  async #place(reader: TarReader, entry: TarEntry): Promise<void> {
    const safe = safeName(entry.name, Buffer.byteLength(this.#target) + 1);
    if (!isSafe(safe)) return this.#skip(entry, safe.reason, safe.detail);
    const attributes = this.#attributes(entry);
    const name = safe.components.at(-1);
    if (name === undefined) {
      if (entry.type !== 'directory') return this.#skip(entry, 'name', 'it has no name');
      this.#rootAttributes = { attributes, xattrs: this.#xattrs(entry) };
      return undefined;
    }
    const directory = joinAll(this.#target, safe.components.slice(0, -1));
    const accepted = { entry, directory, name, attributes };
    if (!this.#placer.hasRoom(0)) await this.#placer.flush();
    if (entry.type === 'link') return this.#placeLink(accepted);
    if (entry.type === 'other') return this.#skip(entry, 'unsupported', 'its type is not known');
    if (!this.#isAcceptable(accepted)) return undefined;
    await this.#parents.ensure(this.#target, safe.components.slice(0, -1));
    if (entry.type === 'file') return this.#placeFile(reader, accepted);
    return this.#placeOther(accepted);
  }

  #attributes(entry: TarEntry): EntryAttributes {
    const type = entry.type === 'link' || entry.type === 'other' ? S_IFREG : TYPE_BITS[entry.type];
    const mtime = saneTime(entry.mtime);
    return {
      mode: type | (entry.mode & MODE_BITS),
      uid: this.#owner?.uid ?? saneId(entry.uid),
      gid: this.#owner?.gid ?? saneId(entry.gid),
      mtime,
      atime: entry.atime === undefined ? mtime : saneTime(entry.atime),
    };
  }

  #xattrs(entry: TarEntry): XattrList {
    if (!this.#options.xattrs) return [];
    return entry.xattrs.filter(
      ([name, value]) => isCarriedXattr(name) && value.length <= XATTR_VALUE_BYTES_MAX,
    );
  }

  /** Whether the entry is to be placed; otherwise it was counted or reported. */
  #isAcceptable({ entry, directory, name, attributes }: Accepted): boolean {
    const problem = problemOf(entry);
    if (problem !== undefined) {
      this.#skip(entry, problem.reason, problem.detail);
      return false;
    }
    if (this.#targetIsFresh || entry.type === 'directory') return true;
    const path = joinPath(directory, name);
    const size = entry.sparse?.realSize ?? entry.storedBytes;
    const target = entry.linkName.toString();
    const existing = this.#find(path);
    if (existing === undefined) return true;
    const brought = { ...attributes, size, target, rdev: rdevOf(entry) };
    if (readVolume(this.#volume, (store) => isUnchanged(store, existing, brought))) {
      this.#tally.unchanged();
      return false;
    }
    if (this.#options.overwrite && !isDirectory(existing.mode)) return true;
    this.#skip(entry, 'exists', 'something else has this name in the volume');
    return false;
  }

  #find(path: string): Inode | undefined {
    return readVolume(this.#volume, (store) => findWithoutLinks(store, path));
  }

  async #placeLink({ entry, directory, name, attributes }: Accepted): Promise<void> {
    const source = safeName(entry.linkName, Buffer.byteLength(this.#target) + 1);
    if (!isSafe(source)) {
      this.#skip(entry, source.reason, `it is a hard link to '${shownName(entry.linkName)}'`);
      return;
    }
    const parts = directory.slice(this.#target === '/' ? 1 : this.#target.length + 1);
    await this.#parents.ensure(this.#target, parts === '' ? [] : parts.split('/'));
    const linkTo = joinAll(this.#target, source.components);
    this.#add({ entry, directory, name, attributes }, 'hardLinks', { linkTo });
  }

  #placeOther(accepted: Accepted): void {
    const { entry, directory, name } = accepted;
    switch (entry.type) {
      case 'directory':
        this.#parents.note(joinPath(directory, name));
        this.#add(accepted, 'directories', {});
        break;
      case 'symlink':
        this.#add(accepted, 'symlinks', { target: entry.linkName.toString() });
        break;
      default:
        this.#add(accepted, 'special', { rdev: rdevOf(entry) });
    }
  }

  #add(
    { entry, directory, name, attributes }: Accepted,
    kind: CountedKind,
    details: PlacedDetails,
    content: { size: number; bytes: number; nameless?: NamelessFile } = { size: 0, bytes: 0 },
  ): void {
    const xattrs = kind === 'hardLinks' ? [] : this.#xattrs(entry);
    const all = xattrs.length > 0 ? { ...details, xattrs } : details;
    const { size, bytes, nameless } = content;
    this.#placer.add({ directory, name, kind, attributes, details: all, size, nameless }, bytes);
  }

  async #placeFile(reader: TarReader, accepted: Accepted): Promise<void> {
    const { entry } = accepted;
    if (entry.sparse !== undefined || entry.storedBytes > PIECE_BYTES) {
      return this.#placeLong(reader, accepted);
    }
    const size = entry.storedBytes;
    if (!this.#placer.hasRoom(size)) await this.#placer.flush();
    await reader.read(this.#placer.space(size));
    this.#add(accepted, 'files', {}, { size, bytes: size });
  }

  async #placeLong(reader: TarReader, accepted: Accepted): Promise<void> {
    const { entry, directory, name } = accepted;
    const path = joinPath(directory, name);
    const size = entry.sparse?.realSize ?? entry.storedBytes;
    const nameless = await this.#placer.createNameless(path);
    try {
      await this.#copy(reader, entry, nameless, path);
      if (entry.sparse !== undefined) await nameless.resize(size);
    } catch (error) {
      nameless.release();
      throw error;
    } finally {
      this.#tally.underway(path, 0);
    }
    this.#add(accepted, 'files', { nameless: nameless.content }, { size, bytes: 0, nameless });
  }

  async #copy(
    reader: TarReader,
    entry: TarEntry,
    nameless: NamelessFile,
    path: string,
  ): Promise<void> {
    this.#piece ??= Buffer.allocUnsafeSlow(PIECE_BYTES);
    const regions = entry.sparse?.regions ?? [{ offset: 0, length: entry.storedBytes }];
    for (const { offset, length } of regions) {
      for (let done = 0; done < length; done += PIECE_BYTES) {
        throwIfStopped(this.#options.signal);
        const piece = this.#piece.subarray(0, Math.min(PIECE_BYTES, length - done));
        await reader.read(piece);
        await nameless.write(offset + done, piece);
        this.#tally.underway(path, offset + done + piece.length);
      }
    }
  }
}

function joinAll(target: string, components: readonly string[]): string {
  let path = target;
  for (const component of components) path = joinPath(path, component);
  return path;
}

/** What an archive may say, but no volume can hold. */
function problemOf(entry: TarEntry): { reason: SkipReason; detail: string } | undefined {
  if (entry.type === 'symlink') {
    const { length } = entry.linkName;
    if (!isUtf8(entry.linkName)) {
      return { reason: 'not-utf8', detail: 'its target is not valid UTF-8' };
    }
    if (length === 0 || length >= PATH_BYTES_MAX) {
      return { reason: 'name', detail: 'its target is empty or too long' };
    }
  }
  if (isDevice(entry) && !isDeviceNumber(entry)) {
    return { reason: 'unsupported', detail: 'its device number is none that there is' };
  }
  const size = entry.sparse?.realSize ?? entry.storedBytes;
  if (size <= FILE_SIZE_MAX) return undefined;
  return { reason: 'unsupported', detail: `it is longer than ${FILE_SIZE_MAX} bytes` };
}

function isDevice({ type }: TarEntry): boolean {
  return type === 'char' || type === 'block';
}

function rdevOf(entry: TarEntry): number {
  return isDevice(entry) ? joinDevice(entry) : 0;
}

const ID_MAX = 2 ** 32 - 2;

function saneId(id: number): number {
  return Number.isInteger(id) && id >= 0 && id <= ID_MAX ? id : 0;
}

// Nanoseconds in 64 bits reach from 1677 to 2262.
const SEC_MAX = 9_223_372_035;

function saneTime({ sec, nsec }: Timestamp): Timestamp {
  if (!Number.isFinite(sec)) return { sec: 0, nsec: 0 };
  return { sec: Math.min(Math.max(sec, -SEC_MAX), SEC_MAX), nsec };
}
