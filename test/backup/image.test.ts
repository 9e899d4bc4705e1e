/** The image of a view, made of the database file and the log, in the situations that a log can be in. */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import { resolveOptions } from '#src/core/options.js';
import { openVolume, verifyVolume } from '#src/index.js';
import { CopyChild } from '#src/maintenance/backup/copy-child.js';
import { type PinInput, type PinMessage, WISH_COPY } from '#src/maintenance/backup/pin-task.js';
import { ReaderThreads } from '#src/readers/threads.js';
import { logIdentity } from '#src/sqlite/log-frames.js';
import { answeringPin, createPinCells, type PIN_READY } from '#src/writer/pin.js';
import { withFolder } from '../support/temporary-volume.js';
import { beside, fillVolume, treeOf, treeOfFile } from './place.js';

const PIN_TASK = fileURLToPath(import.meta.resolve('#src/maintenance/backup/pin-task.js'));
const ROWS = 400;

function write(database: Database.Database, value: string): void {
  const statement = database.prepare('UPDATE t SET x = ?, y = ?');
  statement.run(value, value.repeat(300));
}

interface Stage {
  readonly source: string;
  readonly writer: Database.Database;
  /** Copies while `reader` keeps its view; the copy must hold `value` in every row. */
  copy(reader: Database.Database, frames: number, identity: string | null): Promise<void>;
}

async function onStage(t: ExecutionContext, work: (stage: Stage) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const source = join(folder, 'db');
    const writer = new Database(source);
    writer.pragma('page_size = 4096');
    writer.pragma('journal_mode = wal');
    writer.pragma('wal_autocheckpoint = 0');
    writer.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, y TEXT)');
    const insert = writer.prepare('INSERT INTO t (x, y) VALUES (?, ?)');
    writer.transaction(() => {
      for (let row = 0; row < ROWS; row += 1) insert.run('first', 'first');
    })();
    const copy: Stage['copy'] = async (reader, frames, identity) => {
      const target = join(folder, 'copy');
      closeSync(openSync(target, 'w'));
      const child = new CopyChild();
      const wanted = reader.prepare('SELECT id, x, y FROM t').all();
      const { bytes } = await child.ask('copy', {
        source,
        target,
        pages: reader.pragma('page_count', { simple: true }) as number,
        pageSizeBytes: 4096,
        log: identity === null ? null : { identity, frames },
        pagesPerStep: 7,
        bytesPerSecondMax: 0,
      });
      await child.end();
      const made = new Database(target, { readonly: true });
      t.is(made.pragma('integrity_check', { simple: true }), 'ok');
      t.is(made.pragma('journal_mode', { simple: true }), 'delete');
      t.deepEqual(made.prepare('SELECT id, x, y FROM t').all(), wanted);
      t.is(bytes % 4096, 0);
      made.close();
      t.deepEqual(beside(target), ['copy']);
    };
    await work({ source, writer, copy });
    writer.close();
  });
}

function openView(source: string): Database.Database {
  const reader = new Database(source, { readonly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM t').get();
  return reader;
}

function framesOf(writer: Database.Database): number {
  const [row] = writer.pragma('wal_checkpoint(NOOP)') as [{ log: number }];
  return row.log;
}

test('frames that are not checkpointed are laid over the file, later ones are not', async (t) => {
  await onStage(t, async ({ source, writer, copy }) => {
    writer.pragma('wal_checkpoint(PASSIVE)');
    write(writer, 'second');
    const frames = framesOf(writer);
    const identity = logIdentity(source);
    const reader = openView(source);
    write(writer, 'third');
    writer.exec('DELETE FROM t WHERE id % 2');
    writer.pragma('wal_checkpoint(PASSIVE)');
    await copy(reader, frames, identity);
    reader.close();
  });
});

test('a log that is begun anew meanwhile is left out: the file was all of the view', async (t) => {
  await onStage(t, async ({ source, writer, copy }) => {
    write(writer, 'second');
    writer.pragma('wal_checkpoint(PASSIVE)');
    const frames = framesOf(writer);
    const identity = logIdentity(source);
    const reader = openView(source);
    for (const value of ['third', 'fourth']) write(writer, value);
    t.not(logIdentity(source), identity, 'the writer has begun it anew');
    writer.pragma('wal_checkpoint(PASSIVE)');
    await copy(reader, frames, identity);
    reader.close();
  });
});

test('a log that is cut off meanwhile is left out', async (t) => {
  await onStage(t, async ({ source, writer, copy }) => {
    write(writer, 'second');
    writer.pragma('wal_checkpoint(PASSIVE)');
    const frames = framesOf(writer);
    const identity = logIdentity(source);
    const reader = openView(source);
    writer.pragma('wal_checkpoint(TRUNCATE)');
    await copy(reader, frames, identity);
    reader.close();
  });
});

test('a file that has shrunk in the log, and one that has grown, are as the view has them', async (t) => {
  await onStage(t, async ({ source, writer, copy }) => {
    write(writer, 'second');
    writer.pragma('wal_checkpoint(TRUNCATE)');
    writer.exec('DELETE FROM t WHERE id > 10; VACUUM');
    let reader = openView(source);
    await copy(reader, framesOf(writer), logIdentity(source));
    reader.close();
    const insert = writer.prepare('INSERT INTO t (x, y) VALUES (?, ?)');
    for (let row = 0; row < ROWS; row += 1) insert.run('grown', 'grown'.repeat(500));
    reader = openView(source);
    await copy(reader, framesOf(writer), logIdentity(source));
    reader.close();
  });
});

test('where the log cannot be told, the thread copies with the means of SQLite', async (t) => {
  await withFolder(async (folder) => {
    await using volume = await openVolume(join(folder, 'v'));
    await fillVolume(volume);
    const tree = await treeOf(volume);
    const target = join(folder, 'copy');
    const defaults = resolveOptions();
    const threads = new ReaderThreads({ ...defaults, readerThreadsMax: 1 });
    const cells = createPinCells();
    const wish = new SharedArrayBuffer(4);
    Atomics.store(new Int32Array(wish), 0, WISH_COPY);
    const input: PinInput = {
      path: join(folder, 'v'),
      cacheBytes: 1024 * 1024,
      busyTimeoutMs: 100,
      cells,
      wish,
      target,
      pagesPerStep: 10,
    };
    const told: PinMessage[] = [];
    await threads.run<PinInput, null, PinMessage | typeof PIN_READY>(PIN_TASK, input, {
      onProgress: answeringPin(undefined, cells, (message: PinMessage) => told.push(message)),
    });
    await threads.close(new Error('done') as never);
    const [first] = told;
    if (first === undefined || !('image' in first)) return t.fail('the image comes first');
    const { pages, pageSizeBytes } = first.image;
    const child = new CopyChild();
    const job = { source: target, target, pages, pageSizeBytes, log: null };
    const { bytes } = await child.ask('copy', { ...job, pagesPerStep: 5, bytesPerSecondMax: 0 });
    await child.end();
    t.is(bytes, pages * pageSizeBytes);
    t.true((await verifyVolume(target)).ok);
    t.deepEqual(await treeOfFile(target), tree);
    t.deepEqual(beside(target), ['copy']);
  });
});
