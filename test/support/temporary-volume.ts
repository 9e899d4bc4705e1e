/**
 * A volume for one test: made in a folder of its own, checked, closed and removed at the end.
 *
 * The test fails when the check finds a problem or the process warned while the volume was open.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { endingWhatStarts } from './started.js';
import { assertVolumeSound, type OpenOptions, type Volume } from './subject.js';

export interface TemporaryVolume {
  readonly volume: Volume;
  /** The volume's file, inside `folder`. */
  readonly file: string;
  /** Removed at the end with everything in it. */
  readonly folder: string;
}

/** Tests of a file run side by side: one listener serves them all, whatever their number. */
const collectors = new Set<(warning: Error) => void>();
process.on('warning', (warning) => {
  for (const collect of collectors) collect(warning);
});

/** Opens a volume in a temporary folder and runs `fn` with it; `fn` may close the volume itself. */
export async function withVolume<T>(
  t: ExecutionContext,
  options: OpenOptions,
  fn: (temporary: TemporaryVolume) => T | Promise<T>,
): Promise<T> {
  const warnings: Error[] = [];
  const collect = (warning: Error): void => {
    warnings.push(warning);
  };
  collectors.add(collect);
  try {
    return await withFolder(async (folder) => {
      const { openVolume } = await import('#src/index.js');
      const file = join(folder, 'test.cabinet');
      const volume = await openVolume(file, options);
      return await runAndClose(t, { volume, file, folder }, fn);
    });
  } finally {
    // Warnings are emitted on a later tick than what caused them.
    await setImmediate();
    collectors.delete(collect);
    t.deepEqual(warnings, [], 'the process warned');
  }
}

/** Runs `fn` with a fresh folder; ends what it has started, and removes the folder afterwards. */
export async function withFolder<T>(fn: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'cabinetfs-test-'));
  try {
    return await endingWhatStarts(() => fn(folder));
  } finally {
    await removeFolder(folder);
  }
}

/** Removes directories too that their owner may not write. */
async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch {
    execFileSync('chmod', ['-R', 'u+rwX', folder]);
    await rm(folder, { recursive: true, force: true });
  }
}

async function runAndClose<T>(
  t: ExecutionContext,
  temporary: TemporaryVolume,
  fn: (temporary: TemporaryVolume) => T | Promise<T>,
): Promise<T> {
  try {
    return await fn(temporary);
  } finally {
    try {
      await checkIfOpen(t, temporary.volume);
    } finally {
      await temporary.volume.close();
    }
  }
}

async function checkIfOpen(t: ExecutionContext, volume: Volume): Promise<void> {
  try {
    await assertVolumeSound(volume);
  } catch (error) {
    // A test that closed the volume itself has nothing left to check here.
    if (error instanceof Error && 'code' in error && error.code === 'ERR_VOLUME_CLOSED') return;
    t.fail(error instanceof Error ? error.message : String(error));
  }
}
