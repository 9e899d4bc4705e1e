/**
 * Run by `crash.test.ts`: does what it is told until it is killed, by its parent at some moment or by
 * itself before the nth change of a directory or file that the work makes through `node:fs`.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

export interface KilledTask {
  readonly kind: 'backup' | 'restore';
  readonly file: string;
  /** Of a backup: where; of restores: the backups, in turn. */
  readonly others: readonly string[];
  readonly overwrite: boolean;
  /** Before which change it kills itself, from 1; 0: never. */
  readonly killBefore: number;
  readonly isEndless: boolean;
}

const CHANGES = ['linkSync', 'renameSync', 'rmSync', 'fsyncSync', 'writeFileSync'] as const;

const task = JSON.parse(process.argv[2] as string) as KilledTask;
let isArmed = false;
let changes = 0;

for (const name of CHANGES) {
  const original = fs[name] as (...args: unknown[]) => unknown;
  const patched = (...args: unknown[]): unknown => {
    if (isArmed) {
      changes += 1;
      if (changes === task.killBefore) process.kill(process.pid, 'SIGKILL');
    }
    return original(...args);
  };
  (fs as unknown as Record<string, unknown>)[name] = patched;
}
syncBuiltinESMExports();

const { openVolume, restoreVolume } = await import('#src/index.js');

async function backUp(): Promise<void> {
  const volume = await openVolume(task.file);
  process.send?.('ready');
  isArmed = true;
  do {
    await volume.fs.promises.writeFile('/changing', String(Math.random()).repeat(50));
    await volume.backup(task.others[0] as string, { overwrite: task.overwrite });
  } while (task.isEndless);
  isArmed = false;
  await volume.close();
}

async function restore(): Promise<void> {
  process.send?.('ready');
  isArmed = true;
  let turn = 0;
  do {
    const source = task.others[turn % task.others.length] as string;
    await restoreVolume(source, task.file, { overwrite: task.overwrite });
    turn += 1;
  } while (task.isEndless);
  isArmed = false;
}

await (task.kind === 'backup' ? backUp() : restore());
process.send?.(`done ${changes}`);
process.disconnect();
