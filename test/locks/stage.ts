/** Sessions and owners on one volume, without threads: the operations of locks by themselves. */
import { join } from 'node:path';
import { errno } from '#src/core/errno.js';
import type { Ino } from '#src/core/ino.js';
import { LOCK_RANGE_END } from '#src/core/limits.js';
import { resolveOptions } from '#src/core/options.js';
import {
  cancelLock,
  canGrantWaiters,
  grantAllWaiters,
  type LockContext,
  type LockRequest,
  lock,
  releaseClient,
  testLock,
  unlock,
} from '#src/ops/lock.js';
import type { Connection } from '#src/sqlite/connection.js';
import { Store } from '#src/store/store.js';
import { prepareVolume } from '#src/writer/prepare.js';
import { withFolder } from '../support/temporary-volume.js';

export const FILE = 1 as Ino;
export const OTHER_FILE = 2 as Ino;

export interface Row {
  readonly session: number;
  readonly owner: string;
  readonly first: number;
  readonly last: number;
  readonly exclusive: boolean;
}

export type Asked = Partial<LockRequest> & { readonly owner: string; readonly ino?: Ino };

/** A process: what it asks for, and what it has been told. */
export class Party {
  readonly session: number;
  readonly granted: number[] = [];
  readonly #stage: Stage;

  constructor(stage: Stage, session: number) {
    this.#stage = stage;
    this.session = session;
  }

  context(client = 1): LockContext {
    const stage = this.#stage;
    return {
      store: stage.store,
      now: { sec: 0, nsec: 0 },
      client,
      mustKeep: () => false,
      emit: () => undefined,
      wakeReaper: () => {
        stage.reaperWoken += 1;
      },
      locks: {
        session: this.session,
        enterSession: () => this.session,
        isGone: (session) => stage.gone.has(session),
        bury: (session) => stage.bury(session),
        noteGranted: (seq) => this.granted.push(seq),
        noteCancelled: () => undefined,
        keeps: () => false,
      },
    };
  }

  /** The place in the queue, `held`, or the code of the errno. */
  lock(asked: Asked, client = 1): number | 'held' | string {
    try {
      return lock(this.context(client), asked.ino ?? FILE, complete(asked)).seq ?? 'held';
    } catch (error) {
      return codeOf(error);
    }
  }

  unlock(asked: Asked): boolean {
    const { kind, owner, first, last } = complete(asked);
    return unlock(this.context(), asked.ino ?? FILE, kind, owner, first, last);
  }

  cancel(seq: number): boolean {
    return cancelLock(this.context(), seq);
  }

  test(asked: Asked): Row | undefined {
    return testLock(this.context(), asked.ino ?? FILE, complete(asked));
  }

  releaseClient(client: number): void {
    releaseClient(this.context(client), client);
  }

  /** What the process does when another one has let go; whether it expected anything of it. */
  look(): boolean {
    const { locks } = this.#stage.store;
    const expected = canGrantWaiters(this.context(), locks.awaitedFiles(this.session));
    grantAllWaiters(this.context());
    return expected;
  }
}

function complete(asked: Asked): LockRequest {
  const { kind = 'flock', owner, first = 0, last = LOCK_RANGE_END } = asked;
  const { exclusive = true, wait = true, pid = 1 } = asked;
  return { kind, owner, pid, first, last, exclusive, wait };
}

function codeOf(error: unknown): string {
  for (const code of ['EAGAIN', 'EDEADLK', 'ENOLCK'] as const) {
    if (error === errno(code)) return code;
  }
  throw error;
}

export class Stage {
  readonly store: Store;
  readonly gone: Set<number> = new Set();
  reaperWoken = 0;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.store = new Store(connection);
  }

  enter(): Party {
    const { lastInsertRowid } = this.#connection
      .statement('INSERT INTO session (pid, started_at, beat_at, orphan_seen) VALUES (1, 0, 0, 0)')
      .run();
    return new Party(this, Number(lastInsertRowid));
  }

  bury(session: number): void {
    this.#connection.statement<[number], never>('DELETE FROM session WHERE id = ?').run(session);
  }

  rows(kind = 'flock', ino = FILE): Row[] {
    const rows = this.#connection
      .statement<[number, string], [number, string, number, number, number]>(
        `SELECT session, owner, first, last, exclusive FROM lock WHERE ino = ? AND kind = ?
         ORDER BY first, session, owner`,
      )
      .all(ino, kind);
    return rows.map(([session, owner, first, last, exclusive]) => ({
      session,
      owner,
      first,
      last,
      exclusive: exclusive === 1,
    }));
  }

  /** Owners of the locks of the file, exclusive ones with a mark. */
  owners(kind = 'flock'): string[] {
    return this.rows(kind).map(({ owner, exclusive }) => (exclusive ? `${owner}!` : owner));
  }

  undo(work: () => void): void {
    this.#connection.execute('BEGIN');
    work();
    this.#connection.execute('ROLLBACK');
  }
}

export async function onStage(fn: (stage: Stage) => void): Promise<void> {
  await withFolder(async (folder) => {
    const { connection } = prepareVolume(join(folder, 'v.cabinet'), resolveOptions(), {
      role: 'writer',
      cacheBytes: 1_000_000,
      busyTimeoutMs: 0,
      synchronous: 'OFF',
    });
    try {
      fn(new Stage(connection));
    } finally {
      connection.close();
    }
  });
}
