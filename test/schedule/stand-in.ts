/** A schedule with a volume and a way to make backups that a test has in hand. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedBackupSchedule } from '#src/core/backup-options.js';
import {
  type BackupSchedule,
  createSchedule,
  type ScheduleSource,
} from '#src/maintenance/schedule/schedule.js';
import { FakeClock } from './fake-clock.js';

export const VOLUME_ID = 'a'.repeat(32);
export const START = '2026-05-04T10:00:00.000Z';
const KEEP_ALL = { last: 1000, hourly: 0, daily: 0, weekly: 0 };

/** Writes a backup with its manifest, as `volume.backup` leaves them. */
export function writeBackup(
  path: string,
  takenMs: number,
  facts: {
    readonly volumeId?: string;
    readonly commit?: number | null;
    readonly bytes?: number;
  } = {},
): void {
  const { volumeId = VOLUME_ID, commit = 1, bytes = 4 } = facts;
  writeFileSync(path, 'data');
  const createdAt = new Date(takenMs).toISOString();
  writeFileSync(`${path}.json`, JSON.stringify({ volumeId, commit, createdAt, bytes }));
}

export class StandIn {
  readonly clock: FakeClock;
  readonly folder: string;
  readonly schedule: BackupSchedule;
  commands = 0;
  commit = 1;
  /** Thrown by the next backups. */
  failure: Error | undefined;
  /** While it is set, backups wait for it. */
  gate: Promise<void> | undefined;
  backups = 0;

  constructor(
    folder: string,
    options: Partial<ResolvedBackupSchedule> = {},
    clock: FakeClock = new FakeClock(START),
  ) {
    this.clock = clock;
    this.folder = folder;
    const source: ScheduleSource = {
      volumePath: '/somewhere/site.cabinet',
      volumeId: VOLUME_ID,
      options: {
        dir: folder,
        rules: [{ everySeconds: 900, minChanges: 1 }],
        keep: KEEP_ALL,
        ...options,
      },
      commands: () => this.commands,
      commit: () => this.commit,
      backup: (dest, { signal }) => this.#backup(dest, signal),
      clock: this.clock,
      random: () => 0.5,
    };
    this.schedule = createSchedule(source);
  }

  async #backup(dest: string, signal: AbortSignal) {
    const takenMs = this.clock.nowMs();
    const { commit } = this;
    if (this.gate !== undefined) {
      await Promise.race([
        this.gate,
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        }),
      ]);
    }
    if (this.failure !== undefined) throw this.failure;
    this.backups += 1;
    writeBackup(dest, takenMs, { commit });
    return { bytes: 4, commit, durationMs: 1 };
  }

  /** Changes the volume. */
  change(count = 1): void {
    this.commands += count;
    this.commit += count;
  }

  /** Names of the backups in the folder, without their manifests. */
  get names(): string[] {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith('.cabinet'))
      .sort();
  }

  pathOf(name: string): string {
    return join(this.folder, name);
  }
}
