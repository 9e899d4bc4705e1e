/** What a check of all content has found stands until another one has read all content. */
import test from 'ava';
import { type CheckStatus, openVolume } from '#src/index.js';
import { withFolder } from '../support/temporary-volume.js';
import { WriterInProcess } from '../writer/writer-in-process.js';

interface Checked {
  readonly ok: boolean;
  readonly content: boolean;
}

const FOUND = { ok: false, content: true };
const QUICK = { ok: true, content: false };
const WHOLE = { ok: true, content: true };

const CASES: readonly (readonly [string, readonly Checked[], CheckStatus])[] = [
  ['nothing found', [WHOLE], 'ok'],
  ['damaged content found', [FOUND], 'unhealthy'],
  ['damaged content found, then a check that read none', [FOUND, QUICK], 'unhealthy'],
  ['damaged content found, then two that read none', [FOUND, QUICK, QUICK], 'unhealthy'],
  ['damaged content found, then one that read all', [FOUND, WHOLE], 'ok'],
  ['the same, and one that read none', [FOUND, WHOLE, QUICK], 'ok'],
  ['broken rules found without content, then none', [{ ok: false, content: false }, QUICK], 'ok'],
  ['all read and sound, then broken rules', [WHOLE, { ok: false, content: false }], 'unhealthy'],
];

for (const [title, checks, status] of CASES) {
  test(`${title}: ${status}, here and after opening again`, async (t) => {
    await withFolder(async (folder) => {
      const { writer, path } = new WriterInProcess(folder);
      for (const { ok, content } of checks) {
        const endedMs = Date.now();
        const detail = { by: 'call', content, problemsTotal: ok ? 0 : 1 };
        writer.record({ kind: 'check', startedMs: endedMs, endedMs, ok, detail });
      }
      await writer.close();
      for (const readOnly of [true, false]) {
        const volume = await openVolume(path, { readOnly });
        t.is(volume.health().checks.integrity.status, status, `readOnly: ${readOnly}`);
        await volume.close();
      }
    });
  });
}
