/** Backups by schedule of a real volume. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { attachVolume, openVolume, restoreVolume, type Volume } from '#src/index.js';
import { withFolder } from '../support/temporary-volume.js';
import { until } from '../support/until.js';

const ONCE_AN_HOUR = [{ everySeconds: 3600, minChanges: 1 }];

async function firstBackup(volume: Volume): Promise<void> {
  await until('a backup', () => (volume.backupSchedule?.lastOkMs ?? null) !== null);
}

function backupsIn(dir: string): string[] {
  return readdirSync(dir).filter((name) => name.endsWith('.cabinet'));
}

test('a volume makes its first backup at once, and it can be restored', async (t) => {
  await withFolder(async (folder) => {
    const dir = join(folder, 'new', 'backups');
    const file = join(folder, 'mine.cabinet');
    const before = await openVolume(file);
    await before.fs.promises.writeFile('/file', 'content');
    await before.close();
    const volume = await openVolume(file, { backup: { dir, rules: ONCE_AN_HOUR } });
    await firstBackup(volume);
    await until('it is recorded', () => volume.records('backup').length === 1);
    t.true(volume.records('backup')[0]?.ok);
    t.is(volume.health().checks.backup.status, 'ok');
    const [name = ''] = backupsIn(dir);
    t.regex(name, /^mine-\d{8}T\d{6}\.\d{3}Z\.cabinet$/);
    t.true(existsSync(join(dir, `${name}.json`)));
    await volume.close();
    const restored = join(folder, 'restored.cabinet');
    await restoreVolume(join(dir, name), restored);
    const again = await openVolume(restored);
    t.is(await again.fs.promises.readFile('/file', 'utf8'), 'content');
    await again.close();
  });
});

test('a restart makes no other backup before its time', async (t) => {
  await withFolder(async (folder) => {
    const dir = join(folder, 'backups');
    const file = join(folder, 'mine.cabinet');
    const options = { backup: { dir, rules: ONCE_AN_HOUR } };
    const first = await openVolume(file, options);
    await firstBackup(first);
    await first.close();
    const second = await openVolume(file, options);
    await second.fs.promises.writeFile('/file', 'changed');
    await firstBackup(second);
    t.false(second.backupSchedule?.running);
    t.is(backupsIn(dir).length, 1);
    await second.close();
  });
});

test('without the option, and for who only attached, there is no schedule', async (t) => {
  const without = await openVolume();
  t.is(without.backupSchedule, undefined);
  await without.close();
  await withFolder(async (folder) => {
    const volume = await openVolume(undefined, { backup: { dir: folder, rules: ONCE_AN_HOUR } });
    const attached = await attachVolume(volume.connect());
    t.is(attached.backupSchedule, undefined);
    await attached.close();
    await firstBackup(volume);
    t.is(backupsIn(folder).length, 1);
    await volume.close();
  });
});

test('a directory that cannot be used keeps the volume from being made', async (t) => {
  await withFolder(async (folder) => {
    const dir = join(folder, 'file');
    writeFileSync(dir, '');
    const file = join(folder, 'never.cabinet');
    await t.throwsAsync(openVolume(file, { backup: { dir } }), { code: 'ERR_OPTION_INVALID' });
    t.false(existsSync(file));
  });
});

test('health says why backups fail', async (t) => {
  await withFolder(async (folder) => {
    const dir = join(folder, 'backups');
    const volume = await openVolume(join(folder, 'mine.cabinet'), {
      backup: { dir, rules: [{ everySeconds: 1, minChanges: 1 }] },
    });
    await firstBackup(volume);
    rmSync(dir, { recursive: true });
    writeFileSync(dir, 'in the way');
    await volume.fs.promises.writeFile('/file', 'x');
    await until('a failure', () => (volume.backupSchedule?.failuresInARow ?? 0) > 0);
    const { status, message } = volume.health().checks.backup;
    t.is(status, 'degraded');
    t.regex(message, /backups/);
    await volume.close();
  });
});
