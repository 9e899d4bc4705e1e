/** `import` and `export` as a person uses them. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { captureHostTree, makeTree } from '../support/host-tree.js';
import { projectPath } from '../support/project.js';
import { withFolder } from '../support/temporary-volume.js';
import { CABINET, cabinet, createWorkplace, withWorkplace } from './cabinet.js';

test('a directory in, a directory out', async (t) => {
  await withFolder(async (folder) => {
    const volume = join(folder, 'new.cabinet');
    const { ok, json, fails } = createWorkplace(t, folder, volume);
    const source = join(folder, 'source');
    await makeTree(source);
    t.regex(
      await ok('import', volume, source),
      /^Imported 14 files, 5 directories, 4 symbolic links, 2 hard links, \d special files?: /,
    );
    t.regex(await ok('export', volume, 'copy'), /^Exported 14 files, 5 directories/);
    t.deepEqual(await captureHostTree(join(folder, 'copy')), await captureHostTree(source));
    t.like((await json('import', volume, source)) as object, { files: 0, skippedCount: 0 });
    t.regex(await ok('import', volume, source), /entries were there already/);
    t.is(await ok('export', volume, 'part', '--from', '/deep', '--quiet'), '');
    t.deepEqual(readdirSync(join(folder, 'part')).sort(), readdirSync(join(source, 'deep')).sort());
    await ok('import', volume, 'part', '--to', '/below/here', '--no-xattrs', '--no-owners');
    t.regex(await ok('ls', volume, '/below/here'), /dangling\n/);
    t.regex(await fails(1, 'export', volume, 'x', '--from', '/none'), /'\/none': no such file/);
    await ok('check', volume, '--content');
  });
});

test('archives by name, by option, and through pipes', async (t) => {
  await withWorkplace(t, async ({ folder, volume, ok, fails }) => {
    const source = join(folder, 'source');
    await makeTree(source);
    const before = await captureHostTree(source);
    await ok('import', volume, source, '--to', '/tree');
    const from = ['--from', '/tree'];
    await ok('export', volume, 'a.tar', ...from);
    await ok('export', volume, 'b.tar.gz', ...from);
    await ok('export', volume, 'c', '--tar', ...from);
    t.regex(await fails(1, 'export', volume, 'a.tar', ...from), /exists already\nUse --force/);
    await ok('export', volume, 'a.tar', '--force', ...from);
    t.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('.')),
      [],
      'nothing half',
    );
    for (const [index, name] of ['a.tar', 'b.tar.gz', 'c'].entries()) {
      execFileSync('tar', ['-tf', join(folder, name)]);
      await ok('import', volume, name, '--to', `/from-${index}`);
      await ok('export', volume, `copy-${index}`, '--from', `/from-${index}`);
      t.deepEqual(await captureHostTree(join(folder, `copy-${index}`)), before, name);
    }
    const script = '"$0" "$1" export "$2" - --from /tree | "$0" "$1" import "$2" - --to /piped';
    execFileSync('sh', ['-c', script, process.execPath, CABINET, volume]);
    await ok('export', volume, 'piped', '--from', '/piped');
    t.deepEqual(await captureHostTree(join(folder, 'piped')), before);
  });
});

test('what is left out is listed, and the exit code says so', async (t) => {
  await withWorkplace(t, async ({ folder, volume, ok }) => {
    const source = join(folder, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'file'), 'one');
    await ok('import', volume, source);
    writeFileSync(join(source, 'file'), 'other');
    writeFileSync(Buffer.concat([Buffer.from(`${source}/`), Buffer.from([0xe9])]), 'x');
    const run = await cabinet(['import', volume, source]);
    t.is(run.status, 6);
    t.regex(run.stderr, /left out '.*\/file': something else has this name in the volume\n/);
    t.regex(run.stderr, /left out '.*\/\\xe9': its name is not valid UTF-8\n/);
    t.regex(run.stdout, /2 entries were left out/);
    const json = await cabinet(['import', volume, source, '--json', '--force']);
    t.is(json.status, 6);
    t.is(json.stderr, '');
    t.like(JSON.parse(json.stdout), { files: 1, skippedCount: 1 });
    t.is(await ok('cat', volume, '/file'), 'other');
  });
});

test('an archive that is none leaves no volume behind', async (t) => {
  await withFolder(async (folder) => {
    const volume = join(folder, 'new.cabinet');
    const { fails } = createWorkplace(t, folder, volume);
    writeFileSync(join(folder, 'nonsense'), 'x'.repeat(5000));
    t.is(
      await fails(1, 'import', volume, 'nonsense'),
      'cabinet: This is not a tar archive.\nGive a tar file, plain or gzipped.\nNothing was carried.\n',
    );
    t.deepEqual(readdirSync(folder), ['nonsense']);
    const error = JSON.parse(await fails(1, 'import', volume, 'nonsense', '--json')) as {
      error: object;
    };
    t.like(error.error, { code: 'ERR_ARCHIVE_INVALID', transfer: { files: 0 } } as object);
  });
});

function bytesOf(volume: string): number {
  return statSync(volume, { throwIfNoEntry: false })?.size ?? 0;
}

test('Ctrl-C stops an import, says what was done, and the next one goes on', async (t) => {
  await withFolder(async (folder) => {
    const volume = join(folder, 'v.cabinet');
    const { json, ok } = createWorkplace(t, folder, volume);
    const source = join(folder, 'source');
    for (let index = 0; index < 6000; index += 1) {
      const directory = join(source, `d${index % 30}`);
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, `f${index}`), 'x'.repeat(index % 3000));
    }
    const child = spawn(process.execPath, [CABINET, 'import', volume, source, '--json']);
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said += String(text);
    });
    const ended = once(child, 'close');
    // The file grows when the first batches are committed.
    while (child.exitCode === null && bytesOf(volume) < 500_000) await setImmediate();
    child.kill('SIGINT');
    const [status] = (await ended) as [number];
    const before = await captureHostTree(source);
    if (status === 0) {
      t.log('the import was faster than the signal');
    } else {
      t.is(status, 130);
      const { error } = JSON.parse(said) as { error: { code: string; transfer: object } };
      t.is(error.code, 'ABORT_ERR');
      const { files } = error.transfer as { files: number };
      t.is(((await json('stats', volume)) as { files: number }).files, files);
    }
    await ok('import', volume, source);
    await ok('export', volume, 'copy');
    t.deepEqual(await captureHostTree(join(folder, 'copy')), before);
    await ok('check', volume, '--content');
  });
});

test('the demo compares a tree bit for bit', async (t) => {
  await withFolder(async (folder) => {
    const source = join(folder, 'source');
    await makeTree(source);
    const demo = projectPath('examples/demo.mjs');
    const script = spawn(process.execPath, [demo, source]);
    let said = '';
    script.stdout.on('data', (text: Buffer) => {
      said += String(text);
    });
    const [status] = (await once(script, 'close')) as [number];
    t.is(status, 0, said);
    t.regex(said, /Compare +\d+ entries in .*: all the same\n/);
    t.regex(said, /Check +sound, content included\n/);
  });
});
