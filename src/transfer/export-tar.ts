/**
 * Exporting a tree of a volume as a tar archive, from one frozen view. The order is that of the names'
 * bytes, so that the same tree gives the same archive.
 */
import type { Writable } from 'node:stream';
import { VolumeError } from '../core/errors.js';
import type { Ino } from '../core/ino.js';
import {
  isDirectory,
  isRegular,
  isSymlink,
  MODE_BITS,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFMT,
} from '../core/mode.js';
import { isEntryName } from '../core/path.js';
import type { Lease } from '../readers/pool.js';
import type { Inode } from '../store/inode-table.js';
import type { Volume } from '../volume/volume.js';
import { atimeOf, mtimeOf } from './host-tree.js';
import {
  type ExportOptions,
  type ResolvedTransferOptions,
  resolveExportOptions,
} from './options.js';
import { PIECE_BYTES } from './placer.js';
import {
  type CountedKind,
  reporting,
  Tally,
  type TransferResult,
  throwIfStopped,
} from './report.js';
import { splitDevice } from './special-files.js';
import { BLOCK_BYTES } from './tar/header.js';
import { type TarTypeFlag, TarWriter, type WrittenHeader } from './tar/writer.js';
import { readVolume } from './target-directory.js';
import {
  type Extent,
  extents,
  hasHole,
  readPiece,
  readTarget,
  readXattrs,
} from './volume-content.js';
import { VolumeWalk } from './volume-walk.js';

/**
 * Writes a directory of the volume with all that is below it to `writable` as a tar archive (pax), with
 * times to the nanosecond, links, extended attributes, and sparse files in GNU's form 1.0. The stream
 * is not ended.
 */
export async function exportTar(
  volume: Volume,
  writable: Writable,
  options: ExportOptions = {},
): Promise<TransferResult> {
  const resolved = resolveExportOptions(options);
  if (typeof writable?.write !== 'function') {
    throw new VolumeError('ERR_OPTION_INVALID', 'The archive must go to a writable stream.', {
      hint: 'Give a stream, for example `createWriteStream(path)`.',
    });
  }
  const tally = new Tally(resolved);
  return reporting(tally, async () => {
    const lease = await volume.runner.lease();
    try {
      await new TarExport(volume, lease, tally, resolved, writable).run();
    } finally {
      await lease.release();
    }
  });
}

const TYPE_FLAGS: ReadonlyMap<number, TarTypeFlag> = new Map([
  [S_IFCHR, '3'],
  [S_IFBLK, '4'],
  [S_IFIFO, '6'],
]);

const SPARSE_DIRECTORY = 'GNUSparseFile.0';

class TarExport {
  readonly #volume: Volume;
  readonly #lease: Lease;
  readonly #tally: Tally;
  readonly #options: ResolvedTransferOptions;
  readonly #writer: TarWriter;
  readonly #chunkSizeBytes: number;
  readonly #linked = new Map<Ino, { readonly name: string; left: number }>();
  readonly #piece: Buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);

  constructor(
    volume: Volume,
    lease: Lease,
    tally: Tally,
    options: ResolvedTransferOptions,
    output: Writable,
  ) {
    this.#volume = volume;
    this.#lease = lease;
    this.#tally = tally;
    this.#options = options;
    this.#writer = new TarWriter(output);
    this.#chunkSizeBytes = readVolume(volume, (store) => store.facts.chunkSizeBytes);
  }

  async run(): Promise<void> {
    const walk = new VolumeWalk(this.#lease, this.#options.path, (path, detail) =>
      this.#tally.skip(`./${path}`, 'unreadable', detail),
    );
    await this.#writer.begin(this.#header('./', walk.start, '5'));
    let steps = 0;
    for (let step = walk.next(); step !== undefined; step = walk.next()) {
      if (step.phase === 'leave') continue;
      if (!isEntryName(step.name)) {
        this.#tally.skip(`./${step.path}`, 'name', 'no file may have this name');
        walk.skipContents();
        continue;
      }
      await this.#write(`./${step.path}`, step.inode);
      steps += 1;
      if (steps % STEPS_PER_TURN === 0) await this.#pause(step.path);
    }
    await this.#writer.finish();
  }

  async #pause(path: string): Promise<void> {
    throwIfStopped(this.#options.signal);
    this.#tally.progress(path);
    await this.#volume.runner.yieldTurn();
  }

  #header(
    name: string,
    inode: Inode,
    type: TarTypeFlag,
    extras: Partial<WrittenHeader> = {},
  ): WrittenHeader {
    const { records = [], ...others } = extras;
    return {
      name,
      type,
      mode: inode.mode & MODE_BITS,
      uid: inode.uid,
      gid: inode.gid,
      size: 0,
      mtime: mtimeOf(inode),
      atime: atimeOf(inode),
      ...others,
      records: [...records, ...this.#xattrRecords(inode)],
    };
  }

  #xattrRecords(inode: Inode): [string, Uint8Array][] {
    if (!this.#options.xattrs) return [];
    return readXattrs(this.#lease, inode).map(([name, value]) => [`SCHILY.xattr.${name}`, value]);
  }

  async #write(name: string, inode: Inode): Promise<void> {
    if (isDirectory(inode.mode)) {
      await this.#writer.begin(this.#header(`${name}/`, inode, '5'));
      this.#tally.count('directories', name);
    } else if (inode.nlink > 1 && (await this.#writeLink(name, inode))) return;
    else if (isRegular(inode.mode)) await this.#writeFile(name, inode);
    else await this.#writeOther(name, inode);
  }

  /** Whether the file was written under another name before. */
  async #writeLink(name: string, inode: Inode): Promise<boolean> {
    const first = this.#linked.get(inode.ino);
    if (first === undefined) return false;
    first.left -= 1;
    if (first.left === 0) this.#linked.delete(inode.ino);
    await this.#writer.begin({
      ...this.#header(name, inode, '1', { linkName: first.name }),
      records: [],
    });
    this.#tally.count('hardLinks', name);
    return true;
  }

  #done(kind: CountedKind, name: string, inode: Inode): void {
    if (inode.nlink > 1) this.#linked.set(inode.ino, { name, left: inode.nlink - 1 });
    this.#tally.count(kind, name, isRegular(inode.mode) ? inode.size : 0);
  }

  async #writeOther(name: string, inode: Inode): Promise<void> {
    if (isSymlink(inode.mode)) {
      const linkName = readTarget(this.#lease, inode);
      await this.#writer.begin(this.#header(name, inode, '2', { linkName }));
      this.#done('symlinks', name, inode);
      return;
    }
    const type = TYPE_FLAGS.get(inode.mode & S_IFMT);
    if (type === undefined) {
      this.#tally.skip(name, 'unsupported', 'a tar archive cannot hold a socket');
      return;
    }
    const device = type === '6' ? {} : splitDevice(inode.rdev);
    await this.#writer.begin(this.#header(name, inode, type, device));
    this.#done('special', name, inode);
  }

  async #writeFile(name: string, inode: Inode): Promise<void> {
    if (hasHole(inode, this.#chunkSizeBytes)) await this.#writeSparse(name, inode);
    else {
      await this.#writer.begin(this.#header(name, inode, '0', { size: inode.size }));
      if (inode.size > 0) await this.#writeExtent(name, inode, { start: 0, end: inode.size });
    }
    this.#tally.underway(name, 0);
    this.#done('files', name, inode);
  }

  /** The map comes first, so the extents are gone through once for their sizes. */
  async #writeSparse(name: string, inode: Inode): Promise<void> {
    const map = sparseMap(extents(this.#lease, inode), inode.size);
    const base = name.slice(name.lastIndexOf('/') + 1);
    const directory = name.slice(0, name.lastIndexOf('/'));
    const records: [string, string][] = [
      ['GNU.sparse.major', '1'],
      ['GNU.sparse.minor', '0'],
      ['GNU.sparse.name', name],
      ['GNU.sparse.realsize', String(inode.size)],
    ];
    const size = map.text.length + map.storedBytes;
    const plainName = `${directory}/${SPARSE_DIRECTORY}/${base}`;
    await this.#writer.begin(this.#header(plainName, inode, '0', { size, records }));
    await this.#writer.content(map.text);
    for (const extent of extents(this.#lease, inode)) await this.#writeExtent(name, inode, extent);
  }

  async #writeExtent(name: string, inode: Inode, { start, end }: Extent): Promise<void> {
    for (let offset = start; offset < end; offset += PIECE_BYTES) {
      throwIfStopped(this.#options.signal);
      const piece = this.#piece.subarray(0, Math.min(PIECE_BYTES, end - offset));
      readPiece(this.#lease, inode, offset, piece);
      await this.#writer.content(piece);
      if (end - start > PIECE_BYTES) {
        this.#tally.underway(name, offset + piece.length);
        await this.#volume.runner.yieldTurn();
      }
    }
  }
}

const STEPS_PER_TURN = 64;

/** The map of form 1.0: the number of regions, then offset and length of each; padded to a block. */
function sparseMap(
  regions: Iterable<Extent>,
  size: number,
): { readonly text: Buffer; readonly storedBytes: number } {
  const lines: number[] = [];
  let storedBytes = 0;
  let end = 0;
  for (const region of regions) {
    lines.push(region.start, region.end - region.start);
    storedBytes += region.end - region.start;
    end = region.end;
  }
  // A hole at the end is said by an empty region.
  if (end < size) lines.push(size, 0);
  const text = Buffer.from(`${[lines.length / 2, ...lines].join('\n')}\n`, 'latin1');
  const padding = (BLOCK_BYTES - (text.length % BLOCK_BYTES)) % BLOCK_BYTES;
  return { text: Buffer.concat([text, Buffer.alloc(padding)]), storedBytes };
}
