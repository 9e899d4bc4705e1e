/**
 * Puts entries into a volume in batches: each is one command, so one transaction.
 *
 *   add ──▶ open batch ──full──▶ in flight (at most 3) ──committed──▶ counted
 *
 * The content of a batch is gathered in one buffer that is used again: submitting copies it. Big files
 * are written piece by piece to a nameless file, which gets its name with a later batch, so that no
 * half file is ever seen.
 */
import type { Timestamp } from '../core/clock.js';
import { Errno } from '../core/errno.js';
import { FsError } from '../core/errors.js';
import type { Ino } from '../core/ino.js';
import type { Runner } from '../fs/runner.js';
import type { PlacedDetails, PlacedEntries, PlacedGroup, PlacedRow } from '../ops/place-entries.js';
import type { CommandArgs, CommandName, CommandResult } from '../writer/commands.js';
import type { EntryAttributes } from './entry-attributes.js';
import { type CountedKind, Portion, type Tally } from './report.js';

/** Files up to this are placed whole, with their batch; bigger ones in pieces of this size. */
export const PIECE_BYTES: number = 1024 * 1024;
const BATCH_ENTRIES_MAX = 256;
const BATCH_BYTES_MAX = 4 * PIECE_BYTES;
const BATCHES_IN_FLIGHT_MAX = 3;
const PIECES_IN_FLIGHT_MAX = 8;

export interface NewEntry {
  /** Path of the directory in the volume. */
  readonly directory: string;
  readonly name: string;
  /** What it counts as; undefined: nothing, because nobody asked for it. */
  readonly kind: CountedKind | undefined;
  readonly attributes: EntryAttributes;
  readonly details: PlacedDetails | null;
  /** Size of a file, for the count. */
  readonly size: number;
  /** Where the content is when it does not come with the batch; let go when the entry is placed. */
  readonly nameless?: NamelessFile | undefined;
}

interface GrowingGroup extends PlacedGroup {
  readonly rows: PlacedRow[];
}

class Batch {
  readonly groups: GrowingGroup[] = [];
  readonly portion: Portion = new Portion();
  entries = 0;
  bytes = 0;

  add(entry: NewEntry, contentBytes: number): void {
    const { directory, name, attributes, details } = entry;
    const { mode, uid, gid, mtime, atime } = attributes;
    let group = this.groups.at(-1);
    if (group?.directory !== directory) {
      group = { directory, rows: [] };
      this.groups.push(group);
    }
    group.rows.push([name, mode, uid, gid, mtime, atime, contentBytes, details]);
    this.entries += 1;
    this.bytes += contentBytes;
    if (entry.kind === undefined) return;
    this.portion.count(entry.kind, joinPath(directory, name), entry.size);
  }

  /** Whether an entry of this batch would be hidden by the count of a refused one. */
  takeBack(path: string, entryOf: ReadonlyMap<string, NewEntry>): void {
    const entry = entryOf.get(path);
    if (entry?.kind === undefined) return;
    this.portion.counts[entry.kind] -= 1;
    this.portion.bytes -= entry.size;
  }
}

export class Placer {
  readonly #runner: Runner;
  readonly #tally: Tally;
  readonly #since: Timestamp;
  readonly #overwrite: boolean;
  readonly #buffer: Buffer = Buffer.allocUnsafeSlow(BATCH_BYTES_MAX);
  readonly #inFlight: Promise<void>[] = [];
  #batch = new Batch();
  /** Entries of the open batch by path: looked at only when one is refused. */
  #entries: NewEntry[] = [];
  /** The first failure of a batch in flight. */
  #failure: { readonly reason: unknown } | undefined;

  constructor(runner: Runner, tally: Tally, overwrite: boolean) {
    this.#runner = runner;
    this.#tally = tally;
    this.#overwrite = overwrite;
    this.#since = { sec: Math.floor(Date.now() / 1000), nsec: (Date.now() % 1000) * 1_000_000 };
  }

  /** Whether the open batch takes another entry with this much content; else `flush` first. */
  hasRoom(contentBytes: number): boolean {
    const { entries, bytes } = this.#batch;
    return entries < BATCH_ENTRIES_MAX && bytes + contentBytes <= BATCH_BYTES_MAX;
  }

  /**
   * Where the content of the next entry is to be put; `add` says how much of it was used.
   * INVARIANT: `hasRoom` was true.
   */
  space(contentBytes: number): Buffer {
    const { bytes } = this.#batch;
    return this.#buffer.subarray(bytes, bytes + contentBytes);
  }

  add(entry: NewEntry, contentBytes = 0): void {
    this.#batch.add(entry, contentBytes);
    this.#entries.push(entry);
  }

  /** Sends the open batch; waits while too many are in flight. */
  async flush(): Promise<void> {
    this.#send();
    if (this.#inFlight.length >= BATCHES_IN_FLIGHT_MAX) await this.#inFlight[0];
    else await this.#runner.yieldTurn();
    this.#throwFailure();
  }

  /** Sends what is left and waits until everything is done. */
  async finish(): Promise<void> {
    this.#send();
    await this.settle();
    this.#throwFailure();
  }

  /** Waits for what is in flight, without sending the open batch: how an interrupted transfer ends. */
  async settle(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  #send(): void {
    const batch = this.#batch;
    const entries = this.#entries;
    if (batch.entries === 0 || this.#failure !== undefined) return;
    this.#batch = new Batch();
    this.#entries = [];
    const order = { groups: batch.groups, since: this.#since, overwrite: this.#overwrite };
    const data = this.#buffer.subarray(0, batch.bytes);
    const done = this.submit('placeEntries', [order], batch.portion.lastPath ?? '', data).then(
      (placed) => this.#committed(batch, entries, placed),
      (reason: unknown) => {
        for (const { nameless } of entries) nameless?.release();
        this.#failure ??= { reason };
      },
    );
    const tracked = done.then(() => {
      this.#inFlight.splice(this.#inFlight.indexOf(tracked), 1);
    });
    this.#inFlight.push(tracked);
  }

  #committed(batch: Batch, entries: readonly NewEntry[], { refused }: PlacedEntries): void {
    for (const { nameless } of entries) nameless?.release();
    if (refused.length > 0) {
      const byPath = new Map(entries.map((entry) => [pathOf(entry), entry]));
      for (const { path, why } of refused) {
        batch.takeBack(path, byPath);
        this.#tally.skip(path, why, REFUSALS[why]);
      }
    }
    this.#tally.add(batch.portion);
  }

  /** Runs a command of the writer; its errno becomes an error about `path`. */
  async submit<K extends CommandName>(
    name: K,
    args: CommandArgs<K>,
    path: string,
    data?: Uint8Array,
  ): Promise<CommandResult<K>> {
    try {
      return await this.#runner.writer().submit(name, args, { data });
    } catch (error) {
      throw error instanceof Errno ? new FsError(error.code, { syscall: 'import', path }) : error;
    }
  }

  /** A file that is written piece by piece and named later. */
  async createNameless(path: string): Promise<NamelessFile> {
    const { ino } = await this.submit('createNameless', [], path);
    return new NamelessFile(this, this.#runner, ino, path);
  }
}

const REFUSALS: Readonly<Record<'exists' | 'missing', string>> = {
  exists: 'something else has this name in the volume',
  missing: 'its directory, or the file it is a link to, is not in the volume',
};

/** Content on the way to a name: pieces are written in any order, several in flight. */
export class NamelessFile {
  readonly ino: Ino;
  readonly #placer: Placer;
  readonly #runner: Runner;
  readonly #path: string;
  readonly #inFlight: Promise<unknown>[] = [];
  #failure: { readonly reason: unknown } | undefined;

  constructor(placer: Placer, runner: Runner, ino: Ino, path: string) {
    this.ino = ino;
    this.#placer = placer;
    this.#runner = runner;
    this.#path = path;
  }

  /** The bytes are copied at once. Waits while too many pieces are in flight. */
  async write(offset: number, data: Uint8Array): Promise<void> {
    const written = this.#placer.submit('write', [this.ino, offset], this.#path, data).then(
      () => undefined,
      (reason: unknown) => {
        this.#failure ??= { reason };
      },
    );
    this.#inFlight.push(written);
    if (this.#inFlight.length >= PIECES_IN_FLIGHT_MAX) await this.#inFlight.shift();
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  /** Waits for the pieces and sets the size, which may end in a hole. */
  async complete(size: number): Promise<void> {
    await Promise.all(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure.reason;
    await this.#placer.submit('truncate', [this.ino, size], this.#path);
  }

  /** Lets go of it: what has no name by then is deleted. */
  release(): void {
    this.#runner.release(this.ino);
  }
}

export function joinPath(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

function pathOf({ directory, name }: NewEntry): string {
  return joinPath(directory, name);
}
