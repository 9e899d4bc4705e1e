/** The pieces of shared memory that health and metrics are read from. */
import test from 'ava';
import { OPERATION_KINDS, OPERATION_RESULTS, resultNumber } from '#src/core/operation-kinds.js';
import { OperationMeter, READS_PER_SAMPLE } from '#src/core/operation-meter.js';
import { ProgressBoard } from '#src/core/progress-board.js';
import { addReadings, histogramCells, SharedHistogram } from '#src/core/shared-histogram.js';
import { SLOTS_MAX, ThreadBoard } from '#src/core/thread-board.js';
import { ThreadSlot } from '#src/core/thread-slot.js';
import { HealthMemory } from '#src/health/health-memory.js';
import { LatestRecords } from '#src/store/latest-records.js';

test('a histogram counts a value in the first bucket whose bound is not below it', (t) => {
  const bounds = [1, 2, 5];
  const histogram = new SharedHistogram(bounds, new Float64Array(histogramCells(bounds)));
  for (const value of [0, 1, 1.5, 2, 5, 6, 100]) histogram.observe(value);
  t.deepEqual(histogram.reading, { bounds, counts: [2, 2, 1, 2], sum: 115.5 });
  const twice = addReadings([histogram.reading, histogram.reading]);
  t.deepEqual(twice, { bounds, counts: [4, 4, 2, 4], sum: 231 });
});

test('slots are given out once, back and again; their counts stay, their gauges do not', (t) => {
  const board = new ThreadBoard();
  const elsewhere = new ThreadBoard(board.buffer);
  t.deepEqual([board.take(), elsewhere.take(), board.take()], [0, 1, 2]);
  board.slot(1).set('queueCommands', 7);
  board.slot(1).count(3, 0);
  t.is(elsewhere.slot(1).get('queueCommands'), 7);
  elsewhere.giveBack(1);
  t.is(board.slots.length, 3);
  t.is(board.slot(1).get('queueCommands'), 0);
  t.is(board.slot(1).countOf(3, 0), 1);
  t.is(board.take(), 1);
});

test('there are as many slots as handles, and the memory grows with them', (t) => {
  const board = new ThreadBoard();
  const first = board.buffer.byteLength;
  const taken = new Set<number | undefined>();
  for (let slot = 0; slot < SLOTS_MAX; slot += 1) taken.add(board.take());
  t.is(taken.size, SLOTS_MAX);
  t.is(board.take(), undefined);
  t.true(board.buffer.byteLength > first * 100);
  board.giveBack(500);
  t.is(board.take(), 500);
});

test('every kind of operation and every result has cells of its own', (t) => {
  const slot = new ThreadSlot();
  for (const [kind] of OPERATION_KINDS.entries()) {
    for (const [result] of OPERATION_RESULTS.entries()) slot.count(kind, result);
    slot.observe(kind, 0.001);
  }
  for (const [kind] of OPERATION_KINDS.entries()) {
    for (const [result] of OPERATION_RESULTS.entries()) t.is(slot.countOf(kind, result), 1);
    t.is(slot.durations(kind).sum, 0.001);
  }
  t.is(slot.get('queueCommands'), 0);
  t.is(slot.readBytes[0], 0);
});

test('all reads are counted and some of them timed, all writes are timed', (t) => {
  const slot = new ThreadSlot();
  const meter = new OperationMeter(slot);
  const [read, write] = [OPERATION_KINDS.indexOf('stat'), OPERATION_KINDS.indexOf('mkdir')];
  const timed = (kind: number): number =>
    slot.durations(kind).counts.reduce((sum, count) => sum + count, 0);
  for (let call = 0; call < READS_PER_SAMPLE * 10; call += 1) {
    meter.done('stat', meter.startRead());
    meter.done('mkdir', meter.start());
  }
  t.is(slot.countOf(read, 0), READS_PER_SAMPLE * 10);
  t.is(timed(read), 10);
  t.is(timed(write), READS_PER_SAMPLE * 10);
  meter.end();
  meter.done('mkdir', meter.start());
  t.is(slot.countOf(write, 0), READS_PER_SAMPLE * 10, 'after the end it counts nowhere');
});

test('what is no known operation, and what is no known error, is `other`', (t) => {
  const slot = new ThreadSlot();
  const meter = new OperationMeter(slot);
  const other = OPERATION_RESULTS.indexOf('other');
  for (const error of [new Error('x'), 'x', null, undefined, { code: 7 }, { code: 'EUNHEARD' }]) {
    t.is(resultNumber(error), other);
    meter.failed('something new', meter.start(), error);
  }
  t.is(slot.countOf(OPERATION_KINDS.indexOf('other'), other), 6);
});

test('progress is that of the newest piece of work, and none when all have ended', (t) => {
  const board = new ProgressBoard();
  const seen = new ProgressBoard(board.buffer);
  const work = board.begin('backup');
  work.report(1, 4);
  t.like(seen.read('backup'), { running: 1, ratio: 0.25 });
  t.is(seen.read('check').running, 0);
  work.report(7, 4);
  t.is(seen.read('backup').ratio, 1);
  work.report(1, 0);
  t.is(seen.read('backup').ratio, 1);
  const second = board.begin('backup');
  t.is(seen.read('backup').running, 2);
  second.end();
  second.end();
  t.is(seen.read('backup').running, 1);
  work.end();
  t.deepEqual(seen.read('backup'), { running: 0, startedMs: 0, ratio: 0 });
});

test('the latest record of each kind is kept, and when the last good one ended', (t) => {
  const records = new LatestRecords();
  const seen = new LatestRecords(records.buffer);
  t.is(seen.get('backup'), undefined);
  records.note({ kind: 'backup', startedMs: 1, endedMs: 2, ok: true });
  records.note({ kind: 'backup', startedMs: 3, endedMs: 4, ok: false });
  t.deepEqual(seen.get('backup'), { startedMs: 3, endedMs: 4, ok: false, okEndedMs: 2 });
  t.is(seen.get('check'), undefined);
});

test('since when is kept while a status lasts', (t) => {
  const memory = new HealthMemory();
  t.is(memory.note('wal', 'ok', 10), 10);
  t.is(memory.note('wal', 'ok', 20), 10);
  t.is(memory.note('wal', 'degraded', 30), 30);
  t.is(memory.note('disk', 'ok', 40), 40);
  t.is(new HealthMemory(memory.buffer).note('wal', 'degraded', 50), 30);
  t.is(memory.archive, undefined);
  memory.noteArchive({ lastShippedMs: 1, behindSinceMs: 2, isFailing: true });
  t.deepEqual(memory.archive, { lastShippedMs: 1, behindSinceMs: 2, isFailing: true });
});
