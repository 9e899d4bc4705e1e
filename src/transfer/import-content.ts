/** The content of one file of the host on its way into a volume. */
import type { Volume } from '../volume/volume.js';
import { isZero, storedParts } from './holes.js';
import { joinPath, type NamelessFile, type NewEntry, PIECE_BYTES, type Placer } from './placer.js';
import { type Tally, throwIfStopped } from './report.js';
import type { SourceFile } from './source-file.js';
import { readVolume } from './target-directory.js';

/** An entry whose content is still to be read. */
export type UnreadEntry = Omit<NewEntry, 'size'>;

export class ContentImport {
  readonly #volume: Volume;
  readonly #placer: Placer;
  readonly #tally: Tally;
  readonly #signal: AbortSignal | undefined;
  readonly #chunkSizeBytes: number;
  #piece: Buffer | undefined;

  constructor(volume: Volume, placer: Placer, tally: Tally, signal: AbortSignal | undefined) {
    this.#volume = volume;
    this.#placer = placer;
    this.#tally = tally;
    this.#signal = signal;
    this.#chunkSizeBytes = readVolume(volume, (store) => store.facts.chunkSizeBytes);
  }

  /** Reads the file, adds the entry and closes the file; waits only for big files and full batches. */
  add(file: SourceFile, entry: UnreadEntry): Promise<void> | undefined {
    const { size } = file;
    const isLong = size > PIECE_BYTES || (file.isSparse && size > this.#chunkSizeBytes);
    if (isLong) return this.#addLong(file, entry);
    if (!this.#placer.hasRoom(size)) return this.#addAfterFlush(file, entry);
    this.#addWhole(file, entry);
    return undefined;
  }

  async #addAfterFlush(file: SourceFile, entry: UnreadEntry): Promise<void> {
    try {
      await this.#placer.flush();
    } catch (error) {
      file.close();
      throw error;
    }
    this.#addWhole(file, entry);
  }

  #addWhole(file: SourceFile, entry: UnreadEntry): void {
    try {
      const space = this.#placer.space(file.size);
      const length = file.read(space, 0);
      if (file.isSparse && isZero(space.subarray(0, length))) {
        const details = { ...entry.details, size: length };
        this.#placer.add({ ...entry, details, size: length });
      } else this.#placer.add({ ...entry, size: length }, length);
    } finally {
      file.close();
    }
  }

  async #addLong(file: SourceFile, entry: UnreadEntry): Promise<void> {
    const path = joinPath(entry.directory, entry.name);
    let nameless: NamelessFile | undefined;
    try {
      nameless = await this.#placer.createNameless(path);
      const size = await this.#copy(file, nameless, path);
      // What was not written at the end is a hole.
      if (file.isSparse) await nameless.resize(size);
      const details = { ...entry.details, nameless: nameless.content };
      this.#placer.add({ ...entry, details, size, nameless });
    } catch (error) {
      nameless?.release();
      throw error;
    } finally {
      this.#tally.underway(path, 0);
      file.close();
    }
  }

  /** Returns the size that the file had when it was read. */
  async #copy(file: SourceFile, nameless: NamelessFile, path: string): Promise<number> {
    if (file.isAllHole) return file.size;
    this.#piece ??= Buffer.allocUnsafeSlow(PIECE_BYTES);
    let offset = 0;
    while (offset < file.size) {
      throwIfStopped(this.#signal);
      const wanted = Math.min(PIECE_BYTES, file.size - offset);
      const piece = this.#piece.subarray(0, wanted);
      const length = file.read(piece, offset);
      await this.#writePiece(nameless, offset, piece.subarray(0, length), file.isSparse);
      offset += length;
      if (length < wanted) break;
      this.#tally.underway(path, offset);
      await this.#volume.runner.yieldTurn();
    }
    return offset;
  }

  async #writePiece(
    nameless: NamelessFile,
    offset: number,
    piece: Uint8Array,
    isSparse: boolean,
  ): Promise<void> {
    if (!isSparse) {
      if (piece.length > 0) await nameless.write(offset, piece);
      return;
    }
    for (const { start, end } of storedParts(piece, this.#chunkSizeBytes)) {
      await nameless.write(offset + start, piece.subarray(start, end));
    }
  }
}
