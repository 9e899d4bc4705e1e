/** Dir in callbacks and sync calls: concurrency, misuse, options. */
import type { Dir } from 'node:fs';
import { type Case, type CaseContext, NUMBERED, only, wrong } from '../case.js';

async function makeEntries(c: CaseContext): Promise<void> {
  for (const name of ['a', 'b', 'c']) await c.fs.writeFile(c.at(name), '');
}

function openSync(c: CaseContext): Dir {
  return c.face.opendirSync(c.at());
}

/** What `dir.read` or `dir.close` gave its callback. */
function answered(call: (done: (...answer: unknown[]) => void) => void): Promise<unknown[]> {
  return new Promise((resolve) => {
    call((...answer) => resolve(answer));
  });
}

const NO_CALLBACKS: readonly unknown[] = [null, 1, 'callback', {}, true];

const oneCases: readonly Case[] = [
  {
    title: 'sync calls of a Dir while it reads fail with ERR_DIR_CONCURRENT_OPERATION',
    setup: makeEntries,
    run: async (c) => {
      const dir = openSync(c);
      const reading = dir.read();
      const outcomes = [
        await c.attempt(() => dir.readSync()),
        (await c.attempt(() => reading)) !== undefined,
      ];
      dir.closeSync();
      return outcomes;
    },
  },
  {
    title: 'read and close of a Dir refuse what is no callback',
    setup: makeEntries,
    run: async (c) => {
      const dir = openSync(c);
      const outcomes: unknown[] = [];
      for (const callback of NO_CALLBACKS) {
        outcomes.push(
          await c.attempt(() => dir.read(wrong(callback))),
          await c.attempt(() => dir.close(wrong(callback))),
        );
      }
      dir.closeSync();
      return outcomes;
    },
  },
  {
    title: 'callbacks of a Dir get null and what there is, later than the call',
    setup: (c) => c.fs.writeFile(c.at('only'), ''),
    run: async (c) => {
      const dir = openSync(c);
      const order: string[] = [];
      const first = answered((done) => {
        dir.read((...answer: unknown[]) => {
          order.push('called back');
          done(...answer);
        });
      });
      order.push('returned');
      return [
        await first,
        order,
        await answered((done) => dir.read(done)),
        await answered((done) => dir.close(done)),
        await answered((done) => dir.close(done)),
        await c.attempt(() => dir.read(() => undefined)),
      ];
    },
  },
  {
    title: 'a Dir opened in one style can be used in the others',
    setup: makeEntries,
    run: async (c) => {
      const dir = openSync(c);
      const names = [
        dir.readSync()?.name,
        (await dir.read())?.name,
        ((await answered((done) => dir.read(done)))[1] as { name: string }).name,
      ];
      return [names.sort(), dir.readSync(), await c.attempt(() => dir.close())];
    },
  },
];

const BUFFER_SIZES: readonly unknown[] = [0, -1, 1.5, '1', null, 2 ** 32];

const styledCases: readonly Case[] = [
  {
    title: 'opendirSync with a wrong bufferSize fails as in Node',
    // With a callback Node 20 throws it where nobody can catch it.
    styles: ['sync'],
    run: async (c) => {
      const outcomes: unknown[] = [];
      for (const bufferSize of BUFFER_SIZES) {
        outcomes.push(await c.attempt(() => c.face.opendirSync(c.at(), wrong({ bufferSize }))));
      }
      return outcomes;
    },
  },
  {
    title: 'opendir with wrong options fails as in Node',
    styles: NUMBERED,
    run: async (c) => {
      const outcomes: unknown[] = [];
      for (const options of [
        { encoding: 'klingon' },
        'klingon',
        'utf8',
        1,
        null,
        undefined,
        { recursive: 1 },
      ]) {
        outcomes.push(
          await c.attempt(async () => {
            const dir = await c.fs.opendir(c.at(), wrong(options));
            await dir.close();
            return dir.path;
          }),
        );
      }
      return outcomes;
    },
  },
];

export const dirCases: readonly Case[] = [...only(['callback'], oneCases), ...styledCases];
