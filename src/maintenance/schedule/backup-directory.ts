/**
 * The directory of a schedule: which backups in it are this volume's, what the next one is called, and
 * how one is removed.
 *
 * INVARIANT: a file is ours only when its name is one that a schedule gives and its manifest names this
 * volume. Whatever else lies there is never touched.
 */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface OwnBackup {
  readonly path: string;
  /** When its view was taken, in milliseconds since 1970. */
  readonly takenMs: number;
  /** Number of the last commit in it; null when that is not known. */
  readonly commit: number | null;
  readonly bytes: number;
}

/** What a manifest tells here; `volume.backup` writes more. */
interface ManifestFacts {
  readonly volumeId: string;
  readonly commit: number | null;
  readonly createdAt: string;
  readonly bytes: number;
}

const VOLUME_ENDING = '.cabinet';
const MANIFEST_ENDING = '.json';
/** `20261120T204501.123Z`: sorts as the time does, and is allowed in names everywhere. */
const TIME = /^\d{8}T\d{6}\.\d{3}Z$/;

export class BackupDirectory {
  readonly path: string;
  readonly #volumeName: string;
  readonly #volumeId: string;

  constructor(path: string, volumePath: string, volumeId: string) {
    this.path = path;
    this.#volumeName = basename(volumePath, VOLUME_ENDING);
    this.#volumeId = volumeId;
  }

  /** Where a backup that is made now goes. */
  pathFor(nowMs: number): string {
    const time = new Date(nowMs).toISOString().replace(/[-:]/g, '');
    return join(this.path, `${this.#volumeName}-${time}${VOLUME_ENDING}`);
  }

  /** File that is locked while a backup of this volume is made here. */
  get lockPath(): string {
    return join(this.path, `.${this.#volumeName}-${this.#volumeId.slice(0, 8)}.lock`);
  }

  /** All backups of this volume that a schedule has made, whole as far as their size tells, oldest first. */
  async list(): Promise<OwnBackup[]> {
    const names = await readdir(this.path);
    const found = await Promise.all(names.filter(this.#isOurName).map((name) => this.#look(name)));
    return found.filter((each) => each !== undefined).sort((a, b) => a.takenMs - b.takenMs);
  }

  readonly #isOurName = (name: string): boolean => {
    const start = `${this.#volumeName}-`;
    if (!name.startsWith(start) || !name.endsWith(VOLUME_ENDING)) return false;
    return TIME.test(name.slice(start.length, -VOLUME_ENDING.length));
  };

  async #look(name: string): Promise<OwnBackup | undefined> {
    const path = join(this.path, name);
    const facts = await readFacts(path + MANIFEST_ENDING);
    if (facts?.volumeId !== this.#volumeId) return undefined;
    const stats = await stat(path).catch(unlessGone);
    if (stats?.isFile() !== true || stats.size !== facts.bytes) return undefined;
    const { commit, bytes, createdAt } = facts;
    return { path, takenMs: Date.parse(createdAt), commit, bytes };
  }

  /**
   * Removes a backup. The manifest last: what is left after a crash between the two is a manifest that
   * belongs to nothing, and not a backup that nobody knows.
   */
  async remove({ path }: OwnBackup): Promise<void> {
    // Somebody may have opened it, which leaves these.
    for (const ending of ['', '-wal', '-shm', MANIFEST_ENDING]) {
      await rm(path + ending, { force: true });
    }
  }

  /** Removes manifests of this volume whose backup is gone. */
  async clearLeftovers(): Promise<void> {
    const names = await readdir(this.path);
    const present = new Set(names);
    for (const name of names) {
      const backup = name.endsWith(MANIFEST_ENDING) ? name.slice(0, -MANIFEST_ENDING.length) : '';
      if (!this.#isOurName(backup) || present.has(backup)) continue;
      const facts = await readFacts(join(this.path, name));
      if (facts?.volumeId === this.#volumeId) await rm(join(this.path, name), { force: true });
    }
  }
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

/** Undefined for what is no manifest: then the file beside it is not ours. */
async function readFacts(path: string): Promise<ManifestFacts | undefined> {
  const text = await readFile(path, 'utf8').catch(unlessGone);
  if (text === undefined) return undefined;
  try {
    const facts = JSON.parse(text) as ManifestFacts;
    return isFacts(facts) ? facts : undefined;
  } catch {
    return undefined;
  }
}

function isFacts(facts: unknown): facts is ManifestFacts {
  if (typeof facts !== 'object' || facts === null) return false;
  const { volumeId, commit, createdAt, bytes } = facts as Record<string, unknown>;
  return (
    typeof volumeId === 'string' &&
    (commit === null || Number.isSafeInteger(commit)) &&
    typeof createdAt === 'string' &&
    !Number.isNaN(Date.parse(createdAt)) &&
    Number.isSafeInteger(bytes)
  );
}
