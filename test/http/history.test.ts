/** Samples: rates between two looks, gaps, bounds; records that outlive a failure. */
import test from 'ava';
import { HISTORY_MS, History, SAMPLE_INTERVAL_MS } from '#src/http/history.js';
import { FakeVolume } from './fake-volume.js';

function take(history: History, second: number): void {
  history.take(1_000_000 + second * 1000, second * 1000);
}

test('rates are of the time between two samples', (t) => {
  const volume = new FakeVolume();
  const history = new History(volume);
  take(history, 0);
  volume.commits = { count: 10, seconds: 0.025 };
  volume.operations = 250;
  volume.queueDepth = 7;
  take(history, 2);
  take(history, 4);
  const [first, second, third] = history.samplesAfter(0);
  t.like(first, { number: 1, commitMs: null, commitsPerSecond: null, operationsPerSecond: null });
  t.like(second, { queueDepth: 7, walBytes: 4_200_000 });
  t.like(second, { commitMs: 2.5, commitsPerSecond: 5, operationsPerSecond: 125 });
  t.like(third, { commitMs: null, commitsPerSecond: 0, operationsPerSecond: 0 });
});

test('a volume that cannot be looked at leaves a gap, and no rate across it', (t) => {
  const volume = new FakeVolume();
  const history = new History(volume);
  take(history, 0);
  volume.failure = new Error('closed');
  take(history, 2);
  volume.failure = undefined;
  volume.commits = { count: 10, seconds: 0.01 };
  volume.operations = 10;
  take(history, 4);
  const samples = history.samplesAfter(0);
  t.deepEqual(
    samples.map(({ walBytes }) => walBytes === null),
    [false, true, false],
  );
  t.true(samples.every(({ commitsPerSecond }) => commitsPerSecond === null));
  t.is(history.records.length, 4, 'what was known of records stays');
});

test('a volume that is open for reading only has a log and nothing of a writer', (t) => {
  const volume = new FakeVolume();
  volume.isReadOnly = true;
  const history = new History(volume);
  take(history, 0);
  take(history, 2);
  const nothing = { queueDepth: null, commitsPerSecond: null, operationsPerSecond: null };
  t.like(history.samplesAfter(1)[0], { ...nothing, walBytes: 4_200_000 });
  t.is(history.figures?.unsyncedCommits, null);
});

test('a writer that was started anew makes no negative rate', (t) => {
  const volume = new FakeVolume();
  const history = new History(volume);
  volume.commits = { count: 10, seconds: 0.01 };
  volume.operations = 10;
  take(history, 0);
  volume.commits = { count: 1, seconds: 0.001 };
  volume.operations = 1;
  take(history, 2);
  t.is(history.samplesAfter(1)[0]?.commitsPerSecond, null);
});

test('ten minutes are kept, however long it runs', (t) => {
  const history = new History(new FakeVolume());
  for (let second = 0; second < 2000; second += 2) take(history, second);
  const samples = history.samplesAfter(0);
  t.is(samples.length, HISTORY_MS / SAMPLE_INTERVAL_MS);
  t.is(samples.at(-1)?.number, 1000);
  t.deepEqual(
    history.samplesAfter(998).map(({ number }) => number),
    [999, 1000],
  );
  t.deepEqual(history.samplesAfter(1000), []);
  t.is(history.samplesAfter(5000).length, samples.length);
});

test('records are read again when they are some seconds old', (t) => {
  const volume = new FakeVolume();
  const history = new History(volume);
  take(history, 0);
  volume.recordList = [];
  take(history, 2);
  t.is(history.records.length, 4);
  take(history, 4);
  t.is(history.records.length, 0);
});
