/** A program that serves a mount and does as it is told by a test. */
import { join } from 'node:path';
import { openVolume, type VolumeMount } from '#src/index.js';
import { answerParent } from '../../support/child.js';

const [file = '', dir = ''] = process.argv.slice(2);
const volume = await openVolume(file);
let mount: VolumeMount | undefined;

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
  stand: () => process.chdir(dir),
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
