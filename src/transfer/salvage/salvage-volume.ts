/** `salvageVolume`: gets everything that is still readable out of a damaged volume. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { AbortError } from '../../core/abort.js';
import { VolumeError } from '../../core/errors.js';
import { decodeFailure } from '../../core/failure.js';
import { rejectUnknownOptions } from '../../core/option-rules.js';
import { programPath } from '../../core/programs.js';
import { throwIfStopped } from '../report.js';
import type { SalvageMessage } from './process.js';
import type { SalvageResult } from './report.js';
import type { SalvageJob, SalvageProgress } from './salvage-file.js';

export interface SalvageOptions {
  /** Write what is left of damaged files, as `<name>.damaged`. @defaultValue true */
  readonly partial?: boolean | undefined;
  /** Give every entry its user and group. @defaultValue whether the process runs as root */
  readonly owners?: boolean | undefined;
  readonly onProgress?: ((progress: SalvageProgress) => void) | undefined;
  /** Ends it at once; what is written until then stays. */
  readonly signal?: AbortSignal | undefined;
}

const OPTION_NAMES: readonly (keyof SalvageOptions)[] = [
  'partial',
  'owners',
  'onProgress',
  'signal',
];
const PRIVATE_DIRECTORY_MODE = 0o700;
const STDERR_MAX = 2000;

function checkOptions(options: SalvageOptions): void {
  rejectUnknownOptions(options, OPTION_NAMES);
  for (const [name, type] of [
    ['partial', 'boolean'],
    ['owners', 'boolean'],
    ['onProgress', 'function'],
  ] as const) {
    const value: unknown = options[name];
    if (value === undefined || typeof value === type) continue;
    throw new VolumeError('ERR_OPTION_INVALID', `Option '${name}' must be a ${type}.`);
  }
}

function checkSource(path: unknown): string {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new VolumeError('ERR_OPTION_INVALID', `'${String(path)}' is no path of a volume.`);
  }
  const absolute = resolve(path);
  const stats = statSync(absolute, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new VolumeError('ERR_VOLUME_NOT_FOUND', `There is no file '${absolute}'.`, {
      path: absolute,
      hint: 'Check the path.',
    });
  }
  if (stats.isFile()) return absolute;
  throw new VolumeError('ERR_NOT_A_VOLUME', `'${absolute}' is not a regular file.`, {
    path: absolute,
    hint: 'A volume is one file; give its path.',
  });
}

/** An empty directory that nobody else may enter: it is made, or is one already. */
function prepareTarget(dir: unknown): string {
  if (typeof dir !== 'string' || dir === '' || dir.includes('\0')) {
    throw new VolumeError('ERR_OPTION_INVALID', `'${String(dir)}' is no path of a directory.`);
  }
  const absolute = resolve(dir);
  mkdirSync(absolute, { recursive: true, mode: PRIVATE_DIRECTORY_MODE });
  if (readdirSync(absolute).length === 0) return realpathSync(absolute);
  throw new VolumeError('ERR_VOLUME_EXISTS', `The directory '${absolute}' is not empty.`, {
    path: absolute,
    hint: 'Choose a new one: nothing that is there is replaced.',
  });
}

/**
 * Gets everything that is still readable out of the volume at `path` into the new or empty directory `dir`,
 * and writes a report of what is not. The volume is only read, by a reader of its own that needs neither a
 * sound schema nor sound trees; what was committed to its log counts. Close it first: while somebody writes
 * to it, what comes out is not of one moment.
 *
 * Files whose content has its checksums come out under their paths; damaged ones as `<name>.damaged`, what
 * has no path left as `lost+found/<inode number>`. Devices are not made, set-id bits are taken off.
 *
 * Throws ERR_VOLUME_NOT_FOUND, ERR_NOT_A_VOLUME when there is nothing of a volume in the file, and
 * ERR_VOLUME_EXISTS when the directory holds something.
 */
export async function salvageVolume(
  path: string,
  dir: string,
  options: SalvageOptions = {},
): Promise<SalvageResult> {
  checkOptions(options);
  throwIfStopped(options.signal);
  const { partial = true, owners = process.getuid?.() === 0 } = options;
  const source = checkSource(path);
  return run({ path: source, dest: prepareTarget(dir), partial, owners }, options);
}

function run(job: SalvageJob, { signal, onProgress }: SalvageOptions): Promise<SalvageResult> {
  const child = start();
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_MAX);
  });
  return new Promise<SalvageResult>((settle, reject) => {
    const onAbort = (): void => reject(new AbortError(signal?.reason));
    signal?.addEventListener('abort', onAbort, { once: true });
    child.on('error', (error) => reject(lost(error.message, error)));
    child.on('close', (code, killedBy) =>
      reject(lost(`it ended with ${killedBy ?? code} ${stderr}`)),
    );
    child.on('message', (message: SalvageMessage) => {
      try {
        if ('progress' in message) onProgress?.(message.progress);
        else if ('result' in message) settle(message.result);
        else reject(decodeFailure(message.failed));
      } catch (error) {
        reject(error);
      }
    });
    child.send(job, (error) => {
      if (error !== null) reject(lost(error.message, error));
    });
  }).finally(() => child.kill('SIGKILL'));
}

function start(): ChildProcess {
  return fork(programPath('transfer/salvage/process'), [], {
    execArgv: [],
    // Standard output is the program's own. Within Electron its binary is to be Node.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' },
    serialization: 'advanced',
  });
}

function lost(reason: string, cause?: unknown): VolumeError {
  return new VolumeError('ERR_IO', `The process that reads the volume has gone: ${reason.trim()}`, {
    cause,
    hint: 'Please report it, with the volume if you can.',
  });
}
