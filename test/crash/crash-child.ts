/**
 * Run by `crash.test.ts` and killed by it: several actors change the volume, each in a directory of
 * its own and one operation after the other. What an actor is about to do, and that it was
 * acknowledged, is written to a log with a plain write, which a SIGKILL does not undo.
 */
import { openSync, writeSync } from 'node:fs';
import { openVolume } from '#src/index.js';
import { createRandom } from '../support/random.js';
import type { Volume } from '../support/subject.js';
import { apply, perform, readModel } from './operation.js';
import { randomOperation } from './random-operation.js';

const [file, logPath, seed, options, actors] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const log = openSync(logPath, 'a');

async function act(volume: Volume, actor: number): Promise<void> {
  const root = `/actor-${actor}`;
  const random = createRandom(Number(seed) + actor);
  await volume.fs.promises.mkdir(root, { recursive: true });
  const model = await readModel(volume, root);
  for (let number = 0; ; number += 1) {
    const operation = randomOperation(random, root, model, `${seed}-${actor}-${number}`);
    writeSync(log, `${JSON.stringify({ actor, operation })}\n`);
    await perform(volume, operation);
    writeSync(log, `${JSON.stringify({ actor, acknowledged: true })}\n`);
    apply(model, operation);
  }
}

const volume = await openVolume(file, JSON.parse(options));
process.send?.('open');
await Promise.all(Array.from({ length: Number(actors) }, (_, actor) => act(volume, actor)));
