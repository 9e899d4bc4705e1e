/**
 * Run by `failed-volume.test.ts` with `commit-fault.js` loaded into every thread: a volume whose
 * writer can be made to fail from outside.
 */
import { openVolume } from '#src/index.js';
import { answerParent } from '../support/child.js';
import { assertVolumeSound } from '../support/subject.js';

const volume = await openVolume(process.argv[2] as string, { busyTimeoutMs: 100 });
const { promises } = volume.fs;
const uncaught: string[] = [];
process.on('uncaughtException', (error) => uncaught.push(error.message));

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'ok';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

answerParent({
  writes: (...paths: string[]) =>
    Promise.all(paths.map((path) => codeOf(promises.writeFile(path, path)))),
  transaction: () => codeOf(volume.transaction((tx) => tx.mkdir('/made'))),
  syncNow: () => codeOf(volume.sync()),
  checkpoint: () => codeOf(volume.checkpoint()),
  read: (path: string) => promises.readFile(path, 'utf8'),
  list: () => promises.readdir('/'),
  state: () => volume.state,
  uncaught: () => uncaught,
  sound: () => assertVolumeSound(volume),
  writeSync: () => {
    const job = { commands: [{ name: 'require' as const, args: [] }], isTransaction: false };
    try {
      volume.runner.writer().submitJobSync(job);
      return 'ok';
    } catch (error) {
      return (error as { code?: string }).code;
    }
  },
  close: () => codeOf(volume.close()),
  end: () => undefined,
});
