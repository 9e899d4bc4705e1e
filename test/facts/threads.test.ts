/** What Node, piscina and generic-pool do between threads. A change of version may change it. */

import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { createPool } from 'generic-pool';
import { Piscina } from 'piscina';
import { VolumeError } from '#src/index.js';

const ECHO = fileURLToPath(new URL('./port-thread.js', import.meta.url));

test('a structured clone drops class, code and path of an error', (t) => {
  const cause = new VolumeError('ERR_IO', 'The disk failed.', { path: '/volume' });
  const clone = structuredClone(cause) as Error & { code?: unknown; path?: unknown };
  t.false(clone instanceof VolumeError);
  t.is(clone.code, undefined);
  t.is(clone.path, undefined);
});

/** Whether an idle worker answers on a port of its own that is not piscina's. */
async function answersWhenIdle(atomics: 'sync' | 'disabled'): Promise<boolean> {
  const { port1, port2 } = new MessageChannel();
  const pool = new Piscina({ filename: ECHO, minThreads: 1, maxThreads: 1, atomics });
  try {
    await pool.run({ port: port2 }, { transferList: [port2] });
    const answered = new Promise<boolean>((resolve) => {
      port1.addEventListener('message', () => resolve(true));
    });
    port1.start();
    port1.postMessage('are you there?');
    return await Promise.race([answered, delay(500, false)]);
  } finally {
    port1.close();
    await pool.destroy();
  }
}

test('an idle worker serves other ports only when it is not parked', async (t) => {
  t.true(await answersWhenIdle('disabled'));
  t.false(await answersWhenIdle('sync'));
});

test('a pool makes callers wait for ever unless it is told how long', async (t) => {
  const factory = { create: async () => ({}), destroy: async () => undefined };
  const patient = createPool(factory, { max: 1 });
  const first = await patient.acquire();
  const second = patient.acquire();
  t.is(await Promise.race([second, delay(200, 'still waiting')]), 'still waiting');
  await patient.release(first);
  await patient.release(await second);
  await patient.drain();
  const bounded = createPool(factory, { max: 1, acquireTimeoutMillis: 20 });
  const only = await bounded.acquire();
  await t.throwsAsync(async () => bounded.acquire());
  await bounded.release(only);
  await bounded.drain();
});
