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
import type {
  NamelessContent,
  PlacedDetails,
  PlacedEntries,
  PlacedGroup,
  PlacedRow,
} from '../ops/place-entries.js';
import type { CommandArgs, CommandName, CommandResult } from '../writer/commands.js';
import type { EntryAttributes } from './entry-attributes.js';
import { type CountedKind, Portion, type Tally } from './report.js';

/** Files up to this are placed whole, with their batch; bigger ones in pieces of this size. */
export const PIECE_BYTES: number = 1024 * 1024;
const BATCH_ENTRIES_MAX = 256;
const BATCH_BYTES_MAX = 4 * PIECE_BYTES;
const BATCHES_IN_FLIGHT_MAX = 3;
const CHANGES_IN_FLIGHT_MAX = 12;

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
  /** Changes of nameless files that are in flight, oldest first. */
  readonly #changes: Promise<void>[] = [];
  /** A nameless file for the next one that needs it. */
  #spare: Promise<Ino> | undefined;
  /** The first failure of what is in flight. */
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
    const spare = await this.#spare?.catch(() => undefined);
    this.#spare = undefined;
    if (spare !== undefined) this.release(spare);
    await Promise.all([...this.#changes.splice(0), ...this.#inFlight]);
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
      return await this.#runner.metered(name, () =>
        this.#runner.writer().submit(name, args, { data }),
      );
    } catch (error) {
      throw error instanceof Errno ? new FsError(error.code, { syscall: 'import', path }) : error;
    }
  }

  /** A file that is written piece by piece and named later. */
  async createNameless(path: string): Promise<NamelessFile> {
    const ino = await (this.#spare ?? this.#newNameless(path));
    // The next big file need not wait for an answer of the writer.
    this.#spare = this.#newNameless(path);
    this.#spare.catch(() => undefined);
    return new NamelessFile(this, ino, path);
  }

  async #newNameless(path: string): Promise<Ino> {
    return (await this.submit('createNameless', [], path)).ino;
  }

  /** Queues a change of a nameless file; a failure shows in the next call. The bytes are copied. */
  async change<K extends CommandName>(
    name: K,
    args: CommandArgs<K>,
    path: string,
    data?: Uint8Array,
  ): Promise<void> {
    const done = this.submit(name, args, path, data).then(
      () => undefined,
      (reason: unknown) => {
        this.#failure ??= { reason };
      },
    );
    this.#changes.push(done);
    if (this.#changes.length >= CHANGES_IN_FLIGHT_MAX) await this.#changes.shift();
    this.#throwFailure();
  }

  /** Lets go of a nameless file: without a name it is deleted. */
  release(ino: Ino): void {
    this.#runner.release(ino);
  }
}

const REFUSALS: Readonly<Record<'exists' | 'missing', string>> = {
  exists: 'something else has this name in the volume',
  missing: 'its directory, or the file it is a link to, is not in the volume',
};

/** Content on the way to a name. */
export class NamelessFile {
  readonly #placer: Placer;
  readonly #ino: Ino;
  readonly #path: string;
  #changes = 0;

  constructor(placer: Placer, ino: Ino, path: string) {
    this.#placer = placer;
    this.#ino = ino;
    this.#path = path;
  }

  /** The bytes are copied at once. Waits while too many pieces are in flight. */
  async write(offset: number, data: Uint8Array): Promise<void> {
    this.#changes += 1;
    await this.#placer.change('write', [this.#ino, offset], this.#path, data);
  }

  /** Sets the size, which may end in a hole. */
  async resize(size: number): Promise<void> {
    this.#changes += 1;
    await this.#placer.change('truncate', [this.#ino, size], this.#path);
  }

  /** What the entry with its name must say of it. */
  get content(): NamelessContent {
    return { ino: this.#ino, changes: this.#changes };
  }

  release(): void {
    this.#placer.release(this.#ino);
  }
}

export function joinPath(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

function pathOf({ directory, name }: NewEntry): string {
  return joinPath(directory, name);
}
