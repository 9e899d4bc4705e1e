/** What one damaged volume does to who uses it. */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { exportTree, openVolume, type Volume, VolumeError } from '#src/index.js';
import { checkFile } from '#src/maintenance/check/thread.js';
import { salvageFile } from '#src/transfer/salvage/salvage-file.js';
import { type Observed, observe, pathsOf, type Sample } from './sample.js';

/** How a use of the volume came out, from the worst. */
export type Outcome =
  /** Content that was never written came out as if it were right, and nothing found a fault. */
  | 'wrong content'
  /** The same, and `check` reports the volume. */
  | 'wrong content, found by check'
  /** Names or attributes that were never there, and nothing found a fault. */
  | 'wrong attributes'
  /** The same, and `check` reports the volume. */
  | 'found by check'
  /** Everything is as it was at an earlier commit: SQLite's log ends where it is damaged. */
  | 'earlier state'
  /** A read was answered with an error. */
  | 'refused to read'
  /** It could not be opened. */
  | 'refused to open'
  | 'harmless';

export interface Trial {
  readonly name: string;
  readonly kind: string;
  readonly outcome: Outcome;
  /** What was wrong, for the worst of them. */
  readonly detail: string;
  readonly isCheckOk: boolean;
  /** Files that salvage got out whole, under their path. */
  readonly salvaged: number;
  /** The same, under whatever name. */
  readonly salvagedAnywhere: number;
  /** Files that there were. */
  readonly files: number;
  /** Files that salvage gave as whole and that are not. */
  readonly wrongSalvaged: readonly string[];
}

interface Reading {
  readonly wrongContent: string[];
  readonly wrongRest: string[];
  readonly errors: string[];
  /** Paths that are as they were when the log began, or between then and now. */
  readonly earlier: string[];
}

async function readAll(volume: Volume, { expected, earlier }: Sample): Promise<Reading> {
  const reading: Reading = { wrongContent: [], wrongRest: [], errors: [], earlier: [] };
  for (const [path, wanted] of Object.entries(expected)) {
    try {
      compare(reading, path, [wanted, earlier?.[path]], await observe(volume, path));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
      if (isMissing && earlier !== undefined && !(path in earlier)) reading.earlier.push(path);
      else if (isMissing) reading.wrongRest.push(`${path} is missing`);
      else reading.errors.push(`${path} ${codeOf(error)}`);
    }
  }
  try {
    for (const path of await pathsOf(volume)) {
      if (path in expected) continue;
      if (earlier !== undefined && path in earlier) reading.earlier.push(path);
      else reading.wrongRest.push(`${path} was never there`);
    }
  } catch (error) {
    reading.errors.push(`listing ${codeOf(error)}`);
  }
  return reading;
}

function compare(
  reading: Reading,
  path: string,
  [wanted, earlier]: readonly [Observed, Observed | undefined],
  found: Observed,
): void {
  // Directories change with every commit of what is in them.
  const isEarlier =
    earlier !== undefined &&
    found.kind === earlier.kind &&
    found.content === earlier.content &&
    (found.kind === 'directory' || found.rest === earlier.rest);
  const isSame = found.kind === wanted.kind && found.content === wanted.content;
  if (isEarlier && !(isSame && found.rest === wanted.rest)) reading.earlier.push(path);
  else if (found.kind !== wanted.kind) reading.wrongRest.push(`${path} is a ${found.kind}`);
  else if (found.content !== wanted.content) reading.wrongContent.push(path);
  else if (found.rest !== wanted.rest) reading.wrongRest.push(`${path} ${found.rest}`);
}

/** Errors of ours have a code; another one is a fault of the program. */
function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  const isOurs =
    error instanceof VolumeError || (typeof code === 'string' && /^E[A-Z0-9_]+$/.test(code));
  if (!isOurs || code === 'ERR_BUG') throw error;
  return String(code);
}

async function read(request: TrialRequest, file: string): Promise<Reading | string> {
  const { sample, folder } = request;
  let volume: Volume;
  try {
    volume = await openVolume(file, { readOnly: true, verifyReads: true });
  } catch (error) {
    return codeOf(error);
  }
  try {
    const reading = await readAll(volume, sample);
    if (request.isLong) {
      await exportTree(volume, `${folder}/exported`).catch(codeOf);
      await volume.stats().catch(codeOf);
    }
    return reading;
  } finally {
    await volume.close();
  }
}

const QUIET = { report: () => undefined, throwIfCancelled: () => undefined };

function isCheckOk(file: string): boolean {
  try {
    const report = checkFile(
      {
        path: file,
        cacheBytes: 1_000_000,
        busyTimeoutMs: 0,
        content: true,
        problemsMax: 1000,
        phase: 'check',
        isUnknownFile: true,
      },
      QUIET as never,
    );
    return report.problemsTotal === 0;
  } catch (error) {
    codeOf(error);
    return false;
  }
}

/** A write on top of the damage: it may fail, and must end. */
async function write(file: string): Promise<void> {
  try {
    const volume = await openVolume(file, { integrity: { quickAfterCrash: false } });
    try {
      await volume.fs.promises.writeFile('/written afterwards', Buffer.alloc(30_000, 'x'));
      await volume.fs.promises.rm('/directory-0', { recursive: true });
    } catch (error) {
      codeOf(error);
    } finally {
      await volume.close();
    }
  } catch (error) {
    codeOf(error);
  }
}

interface Salvaged {
  readonly salvaged: number;
  readonly salvagedAnywhere: number;
  readonly files: number;
  readonly wrongSalvaged: string[];
}

/** What the regular files below a directory hold, as `observe` says it, by path. */
function contentsBelow(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = `${entry.parentPath}/${entry.name}`;
    const data = readFileSync(path);
    const digest = createHash('sha256').update(data).digest('base64').slice(0, 16);
    found.set(path.slice(folder.length), `${digest} ${data.length}`);
  }
  return found;
}

async function salvage({ expected }: Sample, file: string, folder: string): Promise<Salvaged> {
  const dest = `${folder}/salvaged`;
  mkdirSync(dest);
  const wrongSalvaged: string[] = [];
  let [salvaged, salvagedAnywhere, files] = [0, 0, 0];
  try {
    await salvageFile({ path: file, dest, partial: true, owners: false }, () => undefined);
  } catch (error) {
    codeOf(error);
  }
  const found = contentsBelow(dest);
  const contents = new Set(found.values());
  for (const [path, { kind, content }] of Object.entries(expected)) {
    if (kind !== 'file') continue;
    files += 1;
    if (contents.has(content)) salvagedAnywhere += 1;
    const got = found.get(path);
    if (got === content) salvaged += 1;
    else if (got !== undefined) wrongSalvaged.push(path);
  }
  return { salvaged, salvagedAnywhere, files, wrongSalvaged };
}

function outcomeOf(reading: Reading | string, isOk: boolean): [Outcome, string] {
  if (typeof reading === 'string') return ['refused to open', reading];
  const { wrongContent, wrongRest, errors } = reading;
  if (wrongContent.length > 0)
    return [isOk ? 'wrong content' : 'wrong content, found by check', String(wrongContent[0])];
  if (wrongRest.length > 0)
    return [isOk ? 'wrong attributes' : 'found by check', String(wrongRest[0])];
  if (reading.earlier.length > 0) return ['earlier state', String(reading.earlier[0])];
  if (errors.length > 0) return ['refused to read', String(errors[0])];
  return isOk ? ['harmless', ''] : ['found by check', ''];
}

export interface TrialRequest {
  readonly sample: Sample;
  readonly name: string;
  readonly kind: string;
  /** The damaged bytes of the database, and of its log if it has one. */
  readonly database: Buffer;
  readonly log: Buffer | undefined;
  /** Empty at the beginning and at the end. */
  readonly folder: string;
  /** Whether it is exported and written to as well, which takes longer. */
  readonly isLong: boolean;
}

export async function runTrial(request: TrialRequest): Promise<Trial> {
  const { sample, name, kind, folder } = request;
  const file = `${folder}/damaged.cabinet`;
  const put = (): void => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    writeFileSync(file, request.database);
    if (request.log !== undefined) writeFileSync(`${file}-wal`, request.log);
  };
  put();
  const saved = await salvage(sample, file, folder);
  const reading = await read(request, file);
  put();
  const isOk = isCheckOk(file);
  if (request.isLong) {
    put();
    await write(file);
  }
  const [outcome, detail] = outcomeOf(reading, isOk);
  return { name, kind, outcome, detail, isCheckOk: isOk, ...saved };
}
