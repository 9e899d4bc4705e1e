/** A program that serves a mount and does as it is told by a test. */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openVolume, type VolumeMount } from '#src/index.js';
import { answerParent } from '../../support/child.js';

const [file = '', dir = ''] = process.argv.slice(2);
const volume = await openVolume(file);
let mount: VolumeMount | undefined;
/** More than there are threads: each is closed once more in every program that this one starts. */
const OPEN_FILES = 8;

answerParent({
  mount: async (options: object) => {
    mount = await volume.mount(dir, options);
  },
  state: () => mount?.state,
  write: (name: string, text: string) => volume.fs.promises.writeFile(name, text),
  read: (name: string) => volume.fs.promises.readFile(name, 'utf8'),
  /** After the answer: nothing else can be told any more. */
  exit: (code: number) => {
    setImmediate(() => process.exit(code));
  },
  throw: () => {
    setImmediate(() => {
      throw new Error('nobody catches this');
    });
  },
  /** Uses its own mount: stands in it, and has files of it open, one of them with what is not closed yet. */
  stand: () => {
    process.chdir(dir);
    for (let index = 0; index < OPEN_FILES; index += 1) {
      writeSync(openSync(join(dir, `open-${index}`), 'w'), 'written, and not closed');
    }
  },
  /** Lets the event loop run empty. */
  unref: () => {
    mount?.unref();
    setImmediate(() => process.disconnect());
  },
  listen: (signal: NodeJS.Signals) => {
    process.on(signal, () => undefined);
  },
  end: async () => {
    await volume.close();
  },
  place: () => join(dir),
});
