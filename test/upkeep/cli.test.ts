/** The commands of this part. */
import { copyFileSync, existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { type Health, openVolume } from '#src/index.js';
import { cabinet, withWorkplace } from '../cli/cabinet.js';
import { startChild } from '../support/child.js';
import { until } from '../support/until.js';

const READER = new URL('./reader-child.js', import.meta.url);
const FROZEN = fileURLToPath(
  new URL('../../../test/upgrade/frozen/schema-v1.cabinet', import.meta.url),
);

async function makeHoles(path: string): Promise<void> {
  const volume = await openVolume(path, { compaction: { auto: false } });
  for (let index = 0; index < 20; index += 1) {
    await volume.fs.promises.writeFile(`/${index}`, Buffer.alloc(200_000, index));
  }
  for (let index = 1; index < 20; index += 1) await volume.fs.promises.unlink(`/${index}`);
  await until('the reaper', () => volume.counters().writer?.orphans === 0);
  await volume.close();
}

test('compact gives space back, in place and as a whole', async (t) => {
  await withWorkplace(t, async ({ volume, ok, json }) => {
    for (const full of [[], ['--full']]) {
      await makeHoles(volume);
      const before = statSync(volume).size;
      const result = (await json('compact', volume, ...full)) as Record<string, number>;
      t.true((result.freedBytes ?? 0) > 3_000_000);
      t.is(statSync(volume).size, before - (result.freedBytes ?? 0));
      t.is(result.bytesBefore, before);
      t.is(Boolean(result.full), full.length > 0);
    }
    t.regex(await ok('compact', volume), /nothing to give back/);
    await makeHoles(volume);
    t.regex(await ok('compact', volume, '--pages-max', '10'), /80\.0 KiB given back/);
    t.regex(await ok('compact', volume, '--full'), /MiB given back \(.* before, .* after; /);
    t.is(await ok('compact', volume, '--quiet'), '');
  });
});

test('compact says who is in the way and ends with 5', async (t) => {
  await withWorkplace(t, async ({ volume, fails }) => {
    const child = startChild(READER);
    await child.ask('open', volume);
    t.regex(await fails(5, 'compact', volume, '--full'), /in use/);
    await child.end();
    t.regex(await fails(2, 'compact', volume, '--full', '--pages-max', '3'), /pagesMax/);
    t.regex(await fails(2, 'compact', volume, '--pages-max', 'x'), /whole number/);
    t.regex(await fails(4, 'compact', `${volume}.none`), /no volume/);
    t.regex(await fails(4, 'compact', `${volume}.none`, '--full'), /no volume/);
  });
});

test('checkpoint moves the log, and says when a reader keeps it', async (t) => {
  await withWorkplace(t, async ({ volume, json, fails, folder }) => {
    const owner = await openVolume(volume);
    await owner.fs.promises.writeFile('/file', Buffer.alloc(1_000_000, 1));
    t.true(statSync(`${volume}-wal`).size > 1_000_000);
    const result = (await json('checkpoint', volume)) as Record<string, unknown>;
    t.like(result, { mode: 'truncate', busy: false });
    t.true(Number(result.walBytesBefore) > 1_000_000);
    const child = startChild(READER);
    await child.ask('open', volume);
    await child.ask('pin');
    await owner.fs.promises.writeFile('/file', Buffer.alloc(1_000_000, 2));
    const { status, stdout } = await cabinet(['checkpoint', volume, '--mode', 'restart']);
    t.is(status, 5);
    t.regex(stdout, /a reader is in the way/);
    await child.end();
    await owner.close();
    t.regex(await fails(2, 'checkpoint', volume, '--mode', 'half'), /half/);
    t.regex(await fails(4, 'checkpoint', folder), /directory/);
  });
});

test('migrate says what it would do, does it, and says what it has done', async (t) => {
  await withWorkplace(t, async ({ volume, ok, json, fails }) => {
    const old = `${volume}.old`;
    copyFileSync(FROZEN, old);
    const plan = (await json('migrate', old, '--dry-run')) as Record<string, unknown>;
    t.like(plan, { path: old, from: 1, safetyCopy: { path: `${old}.before-v2` } });
    const text = await ok('migrate', old, '--dry-run');
    t.regex(text, /from schema 1 to \d+\.\n {2}1\. 0002_\w+\n/);
    t.regex(text, /Safety copy: .*before-v2 \(\d.* are free\)/);
    t.false(existsSync(`${old}.before-v2`));
    const report = (await json('migrate', old)) as Record<string, unknown>;
    t.like(report, { from: 1, safetyCopy: `${old}.before-v2` });
    t.true(existsSync(`${old}.before-v2`));
    t.regex(await ok('migrate', old), /newest schema/);
    t.regex(await fails(4, 'migrate', `${volume}.none`, '--dry-run'), /no volume/);
    copyFileSync(FROZEN, `${old}.2`);
    t.regex(await ok('migrate', `${old}.2`, '--no-safety-copy'), /^Applied: 0002_\w+/);
    t.false(existsSync(`${old}.2.before-v2`));
  });
});

test('health is told by the file and by the address', async (t) => {
  await withWorkplace(t, async ({ volume, fails }) => {
    const byFile = await cabinet(['health', volume, '--json']);
    const told = JSON.parse(byFile.stdout) as Health;
    t.is(told.path, volume);
    t.is(byFile.status, { healthy: 0, degraded: 8, unhealthy: 3 }[told.status]);
    t.is(told.checks.integrity.status, 'ok');
    t.regex((await cabinet(['health', volume])).stdout, /v\.cabinet is \w+\.\nwriter /);
    const owner = await openVolume(volume);
    const server = await owner.serve({ port: 0 });
    const byAddress = await cabinet(['health', server.url, '--json']);
    const answer = JSON.parse(byAddress.stdout) as Health;
    t.is(answer.checks.writer.status, 'ok');
    t.is(byAddress.status, { healthy: 0, degraded: 8, unhealthy: 3 }[answer.status]);
    const { url } = server;
    await server.close();
    await owner.close();
    t.regex(await fails(1, 'health', url), /does not tell its health/);
    t.regex(await fails(2, 'health', 'http://'), /no address/);
    t.regex(await fails(4, 'health', `${volume}.none`), /no volume/);
  });
});
