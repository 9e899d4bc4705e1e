/** A process with a volume that is queried. */
import { openVolume } from '#src/index.js';
import { answerParent } from '../support/child.js';

const ENDLESS = `WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t)
  SELECT max(n) FROM t`;
const LIMITS = { timeoutMs: 600_000 };

const volume = await openVolume(process.argv[2]);

answerParent({
  write: (path: string) => volume.fs.promises.writeFile(path, 'x'),
  count: async () => (await volume.query('SELECT count(*) AS n FROM files')).rows[0]?.n,
  runEndless: async () => (await volume.query(ENDLESS, [], LIMITS)).rows,
  startEndless: () => {
    volume.query(ENDLESS, [], LIMITS).catch(() => undefined);
  },
  /** From here on only what is open keeps the process. */
  leaveOpen: () => {
    process.removeAllListeners('disconnect');
  },
  close: () => volume.close(),
  end: () => volume.close(),
});
