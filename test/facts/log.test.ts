/** What the write-ahead log and its checkpoints do. A change of version may change it. */
import { statSync } from 'node:fs';
import test from 'ava';
import { count, fill, onDatabase } from './database.js';

interface Checkpoint {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}

test('a passive checkpoint never shrinks the log; one that truncates does', async (t) => {
  await onDatabase(({ open, path }) => {
    const writer = open();
    fill(writer, 500);
    const { size } = statSync(`${path}-wal`);
    const [passive] = writer.pragma('wal_checkpoint(PASSIVE)') as Checkpoint[];
    t.is(passive?.log, passive?.checkpointed);
    t.is(statSync(`${path}-wal`).size, size);
    writer.pragma('wal_checkpoint(TRUNCATE)');
    t.is(statSync(`${path}-wal`).size, 0);
  });
});

test('a truncation beside a reader gives up as busy, and has moved what it could', async (t) => {
  await onDatabase(({ open }) => {
    const reader = open();
    reader.exec('BEGIN');
    count(reader);
    const writer = open({ timeout: 10 });
    fill(writer, 10);
    const [result] = writer.pragma('wal_checkpoint(TRUNCATE)') as Checkpoint[];
    t.is(result?.busy, 1);
    t.true((result?.checkpointed ?? 0) < (result?.log ?? 0));
    reader.exec('COMMIT');
  });
});

test('asking for a checkpoint that does nothing tells how long the log is', async (t) => {
  await onDatabase(({ open }) => {
    const writer = open();
    fill(writer, 10);
    const [before] = writer.pragma('wal_checkpoint(NOOP)') as Checkpoint[];
    const [again] = writer.pragma('wal_checkpoint(NOOP)') as Checkpoint[];
    t.true((before?.log ?? 0) > 0);
    t.is(before?.checkpointed, 0);
    t.deepEqual(again, before);
  });
});

test('a checkpoint is refused within a transaction', async (t) => {
  await onDatabase(({ open }) => {
    const writer = open();
    writer.exec('BEGIN IMMEDIATE');
    t.throws(() => writer.pragma('wal_checkpoint(NOOP)'), { any: true, code: 'SQLITE_LOCKED' });
    writer.exec('ROLLBACK');
  });
});

test('query_only does not keep a connection from a checkpoint', async (t) => {
  await onDatabase(({ open }) => {
    fill(open(), 10);
    const connection = open();
    connection.pragma('query_only = 1');
    const [result] = connection.pragma('wal_checkpoint(PASSIVE)') as Checkpoint[];
    t.true((result?.checkpointed ?? 0) > 0);
  });
});

test('a log that nobody reads is written from its start again once it has been moved', async (t) => {
  await onDatabase(({ open, path }) => {
    const writer = open();
    fill(writer, 500);
    const { size } = statSync(`${path}-wal`);
    writer.pragma('wal_checkpoint(PASSIVE)');
    fill(writer, 10);
    const [state] = writer.pragma('wal_checkpoint(NOOP)') as Checkpoint[];
    t.true((state?.log ?? 0) < 100);
    t.is(statSync(`${path}-wal`).size, size, 'and keeps its size');
  });
});

test('a view of all that has been moved lets the log begin anew once, and no second time', async (t) => {
  await onDatabase(({ open }) => {
    const writer = open();
    writer.pragma('wal_checkpoint(PASSIVE)');
    const reader = open();
    reader.exec('BEGIN');
    count(reader);
    fill(writer, 5);
    const [restarted] = writer.pragma('wal_checkpoint(PASSIVE)') as Checkpoint[];
    t.true((restarted?.log ?? 0) > 0);
    t.is(restarted?.checkpointed, 0, 'nothing can be moved past the view');
    fill(writer, 5);
    const [longer] = writer.pragma('wal_checkpoint(NOOP)') as Checkpoint[];
    t.true((longer?.log ?? 0) > (restarted?.log ?? 0), 'so it cannot begin anew again');
    reader.exec('COMMIT');
  });
});

test('a view in the middle of the log keeps it from beginning anew', async (t) => {
  await onDatabase(({ open }) => {
    const writer = open();
    fill(writer, 5);
    const reader = open();
    reader.exec('BEGIN');
    count(reader);
    fill(writer, 5);
    const lengths = [1, 2, 3].map(() => {
      writer.pragma('wal_checkpoint(PASSIVE)');
      fill(writer, 5);
      return (writer.pragma('wal_checkpoint(NOOP)') as Checkpoint[])[0]?.log ?? 0;
    });
    t.deepEqual(
      lengths,
      [...lengths].sort((a, b) => a - b),
    );
    reader.exec('COMMIT');
  });
});

test('an incremental vacuum asked for through a simple pragma frees one page, run to its end all', async (t) => {
  await onDatabase(({ open }) => {
    const writer = open();
    fill(writer, 1000);
    writer.exec('DELETE FROM t');
    const free = (): number => writer.pragma('freelist_count', { simple: true }) as number;
    const before = free();
    writer.pragma('incremental_vacuum(50)', { simple: true });
    t.is(free(), before - 1);
    writer.exec('PRAGMA incremental_vacuum(50)');
    t.is(free(), before - 51);
  });
});
