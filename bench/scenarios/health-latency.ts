/**
 * `volume.health()` while the writer is idle, and while it is blocked for 10 s with writes behind it: the
 * median and the longest call.
 */
import { MessageChannel } from 'node:worker_threads';
import { openCabinet, type Volume } from '../contenders/cabinet.js';
import { payloadOf } from '../harness/payload.js';
import type { Contender, Goal, Readings, Scenario } from '../harness/scenario.js';
import { percentile } from '../harness/statistics.js';
import { verify } from '../harness/verify.js';

const IDLE = 'writer idle';
const BLOCKED = 'writer blocked';
const WRITES = 2000;
const PAUSE_EVERY = 50;
const BLOCK = new URL('../children/block-writer.js', import.meta.url);
const payload = payloadOf(4096);

export const healthLatencyScenario: Scenario = {
  name: 'health-latency',
  about: 'health() with an idle writer and with one that is blocked for 10 s',
  groups: ({ quick }) => [
    {
      title: 'volume.health()',
      metrics: [
        { key: 'p50', label: 'p50 µs' },
        { key: 'p99', label: 'p99 µs' },
        { key: 'maxMs', label: 'max ms' },
        { key: 'calls', label: 'calls' },
      ],
      contenders: [contender(IDLE, quick ? 2 : 5, false), contender(BLOCKED, quick ? 4 : 10, true)],
      goals: [IDLE, BLOCKED].flatMap((name) => goalsOf(name)),
      roundsMax: 1,
    },
  ],
};

function goalsOf(name: string): Goal[] {
  return [
    { label: `health(), ${name}`, of: [name, 'p50'], unit: 'µs', bound: { atMost: 50 } },
    { label: `longest health(), ${name}`, of: [name, 'maxMs'], unit: 'ms', bound: { atMost: 5 } },
  ];
}

function contender(name: string, seconds: number, isBlocked: boolean): Contender {
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const { volume, close } = await openCabinet(folder, 'interval');
      for (let call = 0; call < WRITES; call += 1) volume.health();
      const release = isBlocked ? await blockWriter(volume) : undefined;
      const pending = isBlocked ? startWrites(volume) : [];
      const times = await callFor(volume, seconds);
      const { status } = volume.health();
      release?.();
      await Promise.all(pending);
      verify((status === 'healthy') !== isBlocked, 'health tells whether the writer is blocked');
      await close();
      return {
        p50: percentile(times, 0.5) * 1000,
        p99: percentile(times, 0.99) * 1000,
        maxMs: Math.max(...times),
        calls: times.length,
      };
    },
  };
}

function startWrites(volume: Volume): Promise<unknown>[] {
  return Array.from({ length: WRITES }, (_, index) =>
    volume.fs.promises.writeFile(`/file-${index}`, payload.of(index)),
  );
}

/** Calls in bursts, as probes come; each is timed alone. */
async function callFor(volume: Volume, seconds: number): Promise<number[]> {
  const times: number[] = [];
  const untilMs = performance.now() + seconds * 1000;
  while (performance.now() < untilMs) {
    for (let call = 0; call < PAUSE_EVERY; call += 1) {
      const startedMs = performance.now();
      volume.health();
      times.push(performance.now() - startedMs);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return times;
}

/** Has the writer thread stand still until the returned function is called. */
async function blockWriter(volume: Volume): Promise<() => void> {
  const cells = new Int32Array(new SharedArrayBuffer(8));
  const { port1, port2 } = new MessageChannel();
  const request = { input: cells, port: port2, cancel: new Int32Array(1) };
  const asked = volume.runner
    .writer()
    .control({ type: 'repair', module: BLOCK.href, request }, [port2]);
  while (Atomics.load(cells, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  return () => {
    Atomics.store(cells, 0, 1);
    Atomics.notify(cells, 0);
    void asked.finally(() => port1.close());
  };
}
