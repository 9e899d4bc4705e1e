/** What metrics tell of mounts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Volume } from '../../support/subject.js';
import { mountTest as test, withMount } from './mounting.js';

async function figures({ metrics }: Volume): Promise<Record<string, number>> {
  const text = await metrics.metrics();
  const lines = [...text.matchAll(/^cabinetfs_(mounts|mount_\w+_total) (\d+)$/gm)];
  return Object.fromEntries(lines.map(([, name, value]) => [name, Number(value)]));
}

test('metrics tell of mounts, and their sums stay when a mount has ended', async (t) => {
  await withMount(t, {}, async ({ volume, mount, dir }) => {
    const before = await figures(volume);
    t.is(before.mounts, 1);
    t.is(before.mount_errors_total, 0);
    writeFileSync(join(dir, 'f'), 'x');
    t.is(readFileSync(join(dir, 'f'), 'utf8'), 'x');
    const during = await figures(volume);
    t.true((during.mount_requests_total ?? 0) > (before.mount_requests_total ?? 0));
    await mount.unmount();
    const after = await figures(volume);
    t.is(after.mounts, 0);
    t.true((after.mount_requests_total ?? 0) >= (during.mount_requests_total ?? 0));
  });
});
