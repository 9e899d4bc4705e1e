/** `restoreVolume`: what comes back, and what it does not touch. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import Database from 'better-sqlite3';
import {
  openVolume,
  type RestoreProgress,
  restoreVolume,
  VolumeError,
  verifyVolume,
} from '#src/index.js';
import { clearLeftovers } from '#src/maintenance/placement/leftovers.js';
import { startChild } from '../support/child.js';
import { projectPath } from '../support/project.js';
import { withFolder } from '../support/temporary-volume.js';
import type { Tree } from '../support/tree.js';
import { beside, digestOf, fillVolume, treeOf, treeOfFile } from './place.js';

const CHILD = new URL('./volume-child.js', import.meta.url);

interface Made {
  readonly file: string;
  readonly backup: string;
  /** Of the volume when the backup was made. */
  readonly tree: Tree;
}

/** A closed volume that has changed since its backup. */
async function make(folder: string): Promise<Made> {
  const file = join(folder, 'v.cabinet');
  const backup = join(folder, 'backup');
  await using volume = await openVolume(file);
  await fillVolume(volume);
  const tree = await treeOf(volume);
  await volume.backup(backup);
  await volume.fs.promises.rm('/d0', { recursive: true });
  await volume.fs.promises.writeFile('/later', 'later');
  return { file, backup, tree };
}

test('a restored volume has the tree of the backup, to every attribute', async (t) => {
  await withFolder(async (folder) => {
    const { backup, tree } = await make(folder);
    const dest = join(folder, 'restored');
    const result = await restoreVolume(backup, dest);
    t.is(result.path, dest);
    t.true(result.hadManifest);
    t.is(result.replaced, null);
    t.deepEqual(await treeOfFile(dest), tree);
    t.true((await verifyVolume(dest)).ok);
    await using volume = await openVolume(dest);
    t.is(String(await volume.getXattr('/d2/f2', 'user.note')), 'of this file');
    await volume.fs.promises.writeFile('/new', 'new');
    t.true((await volume.check({ content: true })).ok);
  });
});

test('a volume is replaced as a whole, log included, and nothing is left of it', async (t) => {
  await withFolder(async (folder) => {
    const { file, backup, tree } = await make(folder);
    await crashedWriter(file);
    t.true(statSync(`${file}-wal`).size > 0);
    await t.throwsAsync(restoreVolume(backup, file), { code: 'ERR_VOLUME_EXISTS' });
    await restoreVolume(backup, file, { overwrite: true });
    t.deepEqual(beside(file), ['v.cabinet']);
    t.deepEqual(await treeOfFile(file), tree);
  });
});

/** A process that is killed leaves what it wrote in the log. */
async function crashedWriter(file: string): Promise<void> {
  const child = startChild(CHILD, [file]);
  await child.ask('open');
  await child.ask('write', '/in-the-log', 100_000);
  await child.kill();
}

test('the replaced volume is kept when asked for, with what was in its log', async (t) => {
  await withFolder(async (folder) => {
    const { file, backup } = await make(folder);
    await crashedWriter(file);
    const { replaced } = await restoreVolume(backup, file, { overwrite: true, keepReplaced: true });
    t.regex(replaced as string, /v\.cabinet\.replaced-\d{4}-\d\d-\d\dT[\d-]+Z$/);
    const tree = await treeOfFile(replaced as string);
    t.true('in-the-log' in tree && 'later' in tree);
    await restoreVolume(backup, file, { overwrite: true });
    t.true(existsSync(replaced as string), 'no later restore takes it for a leftover');
  });
});

test('a restored volume keeps its identity, and the restore is remembered in it', async (t) => {
  await withFolder(async (folder) => {
    const { file, backup } = await make(folder);
    const { volumeId, commit } = await restoreVolume(backup, file, { overwrite: true });
    await using volume = await openVolume(file);
    const [record] = volume.records('restore');
    t.like(record, { ok: true, detail: { source: backup, commit } });
    const again = await volume.backup(join(folder, 'again'));
    const manifest = JSON.parse(readFileSync(join(folder, 'again.json'), 'utf8'));
    t.is(manifest.volumeId, volumeId);
    t.true((again.commit as number) > (commit as number));
  });
});

test('commit numbers go on from the replaced volume, so that none means two states', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'v');
    const volume = await openVolume(file);
    await volume.backup(join(folder, 'old'));
    for (let index = 0; index < 50; index += 1) {
      await volume.fs.promises.writeFile('/f', String(index));
    }
    const { commit: used } = await volume.backup(join(folder, 'late'));
    await volume.close();
    await restoreVolume(join(folder, 'old'), file, { overwrite: true });
    await using restored = await openVolume(file);
    await restored.fs.promises.writeFile('/f', 'new');
    const { commit } = await restored.backup(join(folder, 'new'));
    t.true((commit as number) > (used as number));
  });
});

test('sessions, locks and open orphans of the copied moment are gone', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'v');
    await using volume = await openVolume(file);
    await fillVolume(volume);
    const lock = await volume.lock('/d0/f0');
    const handle = await volume.fs.promises.open('/d1/f8', 'r');
    await volume.fs.promises.unlink('/d1/f8');
    await volume.backup(join(folder, 'backup'));
    await restoreVolume(join(folder, 'backup'), join(folder, 'restored'));
    const database = new Database(join(folder, 'restored'), { readonly: true });
    for (const table of ['session', 'hold', 'lock', 'lock_wait']) {
      t.is(database.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), 0, table);
    }
    database.close();
    await using restored = await openVolume(join(folder, 'restored'));
    await using _again = await restored.lock('/d0/f0', { wait: false });
    await lock.release();
    await handle.close();
    t.true((await restored.check({ content: true })).ok);
  });
});

test('progress is told in order', async (t) => {
  await withFolder(async (folder) => {
    const { backup } = await make(folder);
    const told: RestoreProgress[] = [];
    await restoreVolume(backup, join(folder, 'restored'), {
      onProgress: (progress) => told.push(progress),
    });
    const phases = told.map(({ phase }) => phase).filter((phase, at, all) => phase !== all[at - 1]);
    t.deepEqual(phases, ['copy', 'verify', 'finish']);
    t.is(told.at(-1)?.pagesDone, told.at(-1)?.pagesTotal);
  });
});

for (const phase of ['copy', 'verify', 'finish'] as const) {
  test(`an abort in the phase ${phase} leaves the target as it was`, async (t) => {
    await withFolder(async (folder) => {
      const { file, backup } = await make(folder);
      const before = digestOf(file);
      const controller = new AbortController();
      const restore = restoreVolume(backup, file, {
        overwrite: true,
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.phase === phase) controller.abort();
        },
      });
      await t.throwsAsync(restore, { name: 'AbortError' });
      t.is(digestOf(file), before);
      t.deepEqual(beside(file), ['v.cabinet']);
    });
  });
}

test('a volume that is open in this process is not replaced', async (t) => {
  await withFolder(async (folder) => {
    const { file, backup } = await make(folder);
    for (const readOnly of [false, true]) {
      await using volume = await openVolume(file, { readOnly });
      const error = await t.throwsAsync(restoreVolume(backup, file, { overwrite: true }), {
        code: 'ERR_VOLUME_BUSY',
      });
      t.true(error.message.includes(file));
      t.true(error.message.includes('this process'), error.message);
      t.is(await volume.fs.promises.readFile('/later', 'utf8'), 'later');
      if (!readOnly) await volume.fs.promises.writeFile('/still', 'works');
    }
    const tree = await treeOfFile(file);
    t.true('later' in tree && 'still' in tree);
    t.deepEqual(
      beside(file).filter((name) => name.includes('partial')),
      [],
    );
  });
});

for (const readOnly of [false, true]) {
  const how = readOnly ? 'reading' : 'writing';
  test(`a volume that another process has open for ${how} is not replaced`, async (t) => {
    await withFolder(async (folder) => {
      const { file, backup, tree } = await make(folder);
      const child = startChild(CHILD, [file]);
      await child.ask('open', { readOnly });
      const error = await t.throwsAsync(restoreVolume(backup, file, { overwrite: true }), {
        code: 'ERR_VOLUME_BUSY',
      });
      t.true(error.message.includes(`process ${child.process.pid} `), error.message);
      if (!readOnly) await child.ask('write', '/still', 1000);
      await child.end();
      t.true('later' in (await treeOfFile(file)));
      await restoreVolume(backup, file, { overwrite: true });
      t.deepEqual(await treeOfFile(file), tree);
    });
  });
}

test('a damaged target is replaced, its pieces kept together when asked for', async (t) => {
  await withFolder(async (folder) => {
    const { file, backup, tree } = await make(folder);
    await crashedWriter(file);
    writeFileSync(file, 'this was a volume once');
    const wal = digestOf(`${file}-wal`);
    const { replaced } = await restoreVolume(backup, file, { overwrite: true, keepReplaced: true });
    t.deepEqual(await treeOfFile(file), tree);
    t.is(readFileSync(replaced as string, 'utf8'), 'this was a volume once');
    t.is(digestOf(`${replaced}-wal`), wal);
    t.deepEqual(
      beside(file).filter((name) => /^v\.cabinet(-|$)/.test(name)),
      ['v.cabinet'],
    );
    writeFileSync(file, 'again');
    await restoreVolume(backup, file, { overwrite: true });
    t.deepEqual(await treeOfFile(file), tree);
  });
});

test('a log without its file is not taken for that of the restored volume', async (t) => {
  await withFolder(async (folder) => {
    const { file, backup } = await make(folder);
    await crashedWriter(file);
    unlinkSync(file);
    for (const overwrite of [false, true]) {
      const error = await t.throwsAsync(restoreVolume(backup, file, { overwrite }), {
        code: 'ERR_BACKUP_TARGET',
      });
      t.regex(error.message, /-(wal|shm)'/);
    }
    t.false(existsSync(file));
  });
});

test('another volume, closed or in use, may be what is restored', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'v');
    await using volume = await openVolume(file, { checkpointWalBytes: 1024 ** 3 });
    await fillVolume(volume);
    await restoreVolume(file, join(folder, 'of-open'));
    const tree = await treeOf(volume);
    t.deepEqual(await treeOfFile(join(folder, 'of-open')), tree);
    await volume.fs.promises.writeFile('/works', 'on');
    await volume.close();
    const { hadManifest } = await restoreVolume(file, join(folder, 'of-closed'));
    t.false(hadManifest);
    t.true('works' in (await treeOfFile(join(folder, 'of-closed'))));
  });
});

test('a target behind a symbolic link is replaced where it lies', async (t) => {
  await withFolder(async (folder) => {
    const { file, backup, tree } = await make(folder);
    symlinkSync(file, join(folder, 'link'));
    const { path } = await restoreVolume(backup, join(folder, 'link'), { overwrite: true });
    t.is(path, file);
    t.deepEqual(await treeOfFile(file), tree);
  });
});

test('wrong sources, targets and options are refused by name', async (t) => {
  await withFolder(async (folder) => {
    const { file, backup } = await make(folder);
    const dest = join(folder, 'restored');
    writeFileSync(join(folder, 'text'), 'no database at all, but long enough to look at');
    writeFileSync(join(folder, 'empty'), '');
    const foreign = new Database(join(folder, 'foreign'));
    foreign.exec('CREATE TABLE t (x)');
    foreign.close();
    const refused: readonly (readonly [string, string, object, string])[] = [
      ['missing', dest, {}, 'ERR_VOLUME_NOT_FOUND'],
      ['text', dest, {}, 'ERR_NOT_A_VOLUME'],
      ['empty', dest, {}, 'ERR_NOT_A_VOLUME'],
      ['foreign', dest, {}, 'ERR_NOT_A_VOLUME'],
      ['backup', folder, {}, 'ERR_BACKUP_TARGET'],
      ['backup', backup, { overwrite: true }, 'ERR_BACKUP_TARGET'],
      ['backup', join(folder, 'none', 'x'), {}, 'ERR_BACKUP_TARGET'],
      ['backup', dest, { at: 5 }, 'ERR_OPTION_INVALID'],
      ['backup', dest, { at: 'monday' }, 'ERR_OPTION_INVALID'],
      ['backup', dest, { at: { commit: -1 } }, 'ERR_OPTION_INVALID'],
      ['backup', dest, { keepReplaced: 'yes' }, 'ERR_OPTION_INVALID'],
      ['backup', dest, { force: true }, 'ERR_OPTION_UNKNOWN'],
    ];
    for (const [source, target, options, code] of refused) {
      const error = await t.throwsAsync(
        restoreVolume(join(folder, source), target, options),
        { instanceOf: VolumeError },
        `${source} ${code}`,
      );
      t.is(error.code, code as never, error.message);
      t.true((error.hint ?? '').length > 10, error.message);
    }
    await t.throwsAsync(restoreVolume('', dest), { code: 'ERR_OPTION_INVALID' });
    t.false(existsSync(dest));
    t.true('later' in (await treeOfFile(file)));
  });
});

test('a backup of an older schema is migrated on its way, and stays as it was', async (t) => {
  await withFolder(async (folder) => {
    const old = join(folder, 'old');
    copyFileSync(projectPath('test/upgrade/frozen/schema-v1.cabinet'), old);
    const before = digestOf(old);
    const dest = join(folder, 'restored');
    const { migrations } = await restoreVolume(old, dest);
    t.true(migrations.length > 0);
    t.is(digestOf(old), before);
    t.true((await verifyVolume(dest)).ok);
    t.deepEqual(beside(dest), ['restored']);
  });
});

test('a backup of a newer schema is refused', async (t) => {
  await withFolder(async (folder) => {
    const { file, backup } = await make(folder);
    const database = new Database(backup);
    database.pragma('user_version = 99');
    database.close();
    unlinkSync(`${backup}.json`);
    const before = digestOf(file);
    const error = await t.throwsAsync(restoreVolume(backup, file, { overwrite: true }), {
      code: 'ERR_SCHEMA_TOO_NEW',
    });
    t.true(error.message.includes(`'${backup}'`), error.message);
    await t.throwsAsync(verifyVolume(backup), { code: 'ERR_SCHEMA_TOO_NEW' });
    t.is(digestOf(file), before);
  });
});

test('a manifest that was left under its partial name by a dead process counts', async (t) => {
  await withFolder(async (folder) => {
    const { backup } = await make(folder);
    const text = readFileSync(`${backup}.json`, 'utf8');
    // As after an overwrite that was killed between its two renames.
    const dead = fork(fileURLToPath(new URL('./exit-child.js', import.meta.url)), [], {
      execArgv: [],
    });
    const exited = once(dead, 'exit');
    const [name] = (await once(dead, 'message')) as [string];
    await exited;
    writeFileSync(`${backup}.json`, text.replace(/"sha256": "../, '"sha256": "00'));
    writeFileSync(`${backup}.json.${name}.partial`, text);
    const verified = await verifyVolume(backup);
    t.true(verified.ok);
    t.is(verified.manifest?.sha256, digestOf(backup));
    const { hadManifest } = await restoreVolume(backup, join(folder, 'restored'));
    t.true(hadManifest);
    // The next work there gives it its name.
    clearLeftovers(backup);
    t.deepEqual(beside(backup), ['backup', 'backup.json']);
    t.is(readFileSync(`${backup}.json`, 'utf8'), text);
  });
});
