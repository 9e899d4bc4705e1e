/**
 * Run by `writer-death.test.ts` with `commit-fault.js` loaded into every thread: a volume with attached
 * threads, whose writer thread can be made to die.
 */
import { openVolume } from '#src/index.js';
import { answerParent } from '../support/child.js';
import type { Thread } from '../support/thread.js';
import { createCell, startIdleThread } from './threads.js';

const volume = await openVolume(process.argv[2] as string);
const threads: Thread[] = [];

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}

async function outcome(promise: Promise<unknown>): Promise<string> {
  return await promise.then(() => 'ok', codeOf);
}

function writeHere(path: string): string {
  try {
    volume.fs.writeFileSync(path, path);
    return 'ok';
  } catch (error) {
    return codeOf(error);
  }
}

answerParent({
  attach: async (count: number) => {
    for (let index = 0; index < count; index += 1) {
      const thread = startIdleThread();
      await thread.ask('attach', volume.connect());
      threads.push(thread);
    }
  },
  /** Each thread writes one file, and then this one does so synchronously. */
  writeAll: async (how: 'write' | 'writeSync') => {
    const outcomes = threads.map((thread, index) => outcome(thread.ask(how, `/${index}`, '')));
    return [writeHere('/own'), ...(await Promise.all(outcomes))];
  },
  /** All threads write synchronously, over and over, while this one is blocked. */
  writeOnAndOn: async () => {
    const ends = threads.map((thread, index) => {
      return thread.ask<{ code: string }>('writeSyncUntilRefused', `/${index}-`, createCell());
    });
    let last = 'ok';
    for (let index = 0; last === 'ok'; index += 1) last = writeHere(`/own-${index}`);
    return [last, ...(await Promise.all(ends)).map(({ code }) => code)];
  },
  readAll: () => Promise.all(threads.map((thread) => thread.ask('code', 'stat', '/'))),
  states: async () => [
    volume.state,
    ...(await Promise.all(threads.map((thread) => thread.ask('state')))),
  ],
  connect: () => {
    try {
      volume.connect();
      return 'ok';
    } catch (error) {
      return codeOf(error);
    }
  },
  closeAll: async () => {
    const attached = await Promise.all(threads.map((thread) => thread.ask('close')));
    return [...attached, await outcome(volume.close())];
  },
  end: () => Promise.all(threads.map((thread) => thread.end())),
});
