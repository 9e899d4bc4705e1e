/** Putting one file into a volume from a stream: it is there whole, or not at all. */
import { posix } from 'node:path';
import { timestampFromNs } from '../core/clock.js';
import { FsError } from '../core/errors.js';
import { isDirectory, MODE_BITS, S_IFREG } from '../core/mode.js';
import { findWithoutLinks } from '../ops/find-without-links.js';
import type { Volume } from '../volume/volume.js';
import type { EntryAttributes } from './entry-attributes.js';
import { type NamelessFile, PIECE_BYTES, Placer } from './placer.js';
import { reporting, Tally, type TransferProgress, throwIfStopped } from './report.js';
import { readVolume } from './target-directory.js';

export interface ImportFileOptions {
  /** Permission bits; the umask is taken off. @defaultValue 0o666 */
  readonly mode?: number | undefined;
  /** Modification and access time, in nanoseconds since 1970. @defaultValue now */
  readonly mtimeNs?: bigint | undefined;
  /** Replace a file that is there. @defaultValue false */
  readonly overwrite?: boolean | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_MODE = 0o666;
const NS_PER_MS = 1_000_000n;

/**
 * Makes a file of everything that `readable` gives. Its directory must exist. Until the last byte is
 * there nothing has the name; a file that had it before is then replaced as a whole. Resolves with the
 * number of bytes.
 */
export async function importFile(
  volume: Volume,
  readable: AsyncIterable<Uint8Array>,
  path: string,
  options: ImportFileOptions = {},
): Promise<number> {
  const { overwrite = false, onProgress, signal } = options;
  const { directory, name } = await findPlace(volume, path, overwrite);
  const tally = new Tally({ onProgress, onSkip: undefined });
  const placer = new Placer(volume.runner, tally, overwrite);
  const result = await reporting(tally, async () => {
    const nameless = await placer.createNameless(path);
    const size = await fill(nameless, readable, (bytes) => {
      throwIfStopped(signal);
      tally.underway(path, bytes);
    });
    tally.underway(path, 0);
    const attributes = attributesFor(volume, options);
    const details = { nameless: nameless.content };
    placer.add({ directory, name, kind: 'files', attributes, details, size, nameless });
    await placer.finish();
  });
  if (result.skippedCount > 0) throw new FsError('EEXIST', { syscall: 'open', path });
  return result.bytes;
}

/** Where the file goes; a link at the end of the path leads to its file. */
async function findPlace(
  volume: Volume,
  path: string,
  overwrite: boolean,
): Promise<{ directory: string; name: string }> {
  const fs = volume.fs.promises;
  const existing = await fs.realpath(path).catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const whole = (existing as string | undefined) ?? posix.resolve('/', path);
  const name = posix.basename(whole);
  const place = { syscall: 'open', path };
  if (existing !== undefined) {
    const inode = readVolume(volume, (store) => findWithoutLinks(store, whole));
    if (inode !== undefined && isDirectory(inode.mode)) throw new FsError('EISDIR', place);
    if (!overwrite) throw new FsError('EEXIST', place);
  }
  const directory = (await fs.realpath(posix.dirname(whole))) as string;
  return { directory, name };
}

async function fill(
  nameless: NamelessFile,
  readable: AsyncIterable<Uint8Array>,
  onPiece: (bytes: number) => void,
): Promise<number> {
  try {
    let size = 0;
    for await (const chunk of readable) {
      for (let offset = 0; offset < chunk.length; offset += PIECE_BYTES) {
        const piece = chunk.subarray(offset, offset + PIECE_BYTES);
        await nameless.write(size, piece);
        size += piece.length;
        onPiece(size);
      }
    }
    return size;
  } catch (error) {
    nameless.release();
    throw error;
  }
}

function attributesFor(
  volume: Volume,
  { mode = DEFAULT_MODE, mtimeNs }: ImportFileOptions,
): EntryAttributes {
  const { uid, gid, umask } = volume.options;
  const mtime = timestampFromNs(mtimeNs ?? BigInt(Date.now()) * NS_PER_MS);
  return { mode: S_IFREG | (mode & MODE_BITS & ~umask), uid, gid, mtime, atime: mtime };
}
