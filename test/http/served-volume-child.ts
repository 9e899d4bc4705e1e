/**
 * Run by `volume.test.ts` with `commit-fault.js` loaded into every thread: a volume that is served, whose
 * writer can be made to fail from outside.
 */
import { openVolume } from '#src/index.js';
import { answerParent } from '../support/child.js';

const volume = await openVolume(process.argv[2] as string, { busyTimeoutMs: 60_000 });
const server = await volume.serve({ port: 0 });

answerParent({
  url: () => server.url,
  /** Begins a write and does not wait for it. */
  begin: (path: string) => {
    volume.fs.promises.writeFile(path, path).catch(() => undefined);
  },
  write: (path: string) =>
    volume.fs.promises.writeFile(path, path).then(
      () => 'ok',
      (error: { code?: string }) => error.code ?? String(error),
    ),
  state: () => volume.state,
  close: () => volume.close().catch(() => undefined),
  end: () => undefined,
});
