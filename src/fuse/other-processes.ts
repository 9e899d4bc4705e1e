/**
 * Whether other processes have the volume open for writing. Nobody tells of their commits, but each of them
 * enters itself in the table of sessions first, under a number that is never given out again.
 */
import type { ReaderPool } from '../readers/pool.js';
import { SessionTable } from '../store/session-table.js';
import type { Store } from '../store/store.js';
import { identityOf } from '../writer/process-identity.js';

export interface OthersSeen {
  /** Somebody has come since the last look, and may have gone again. */
  readonly hasCome: boolean;
  readonly arePresent: boolean;
}

export class OtherProcesses {
  readonly #pool: ReaderPool;
  readonly #identity = identityOf(process.pid);
  #dataVersion: unknown;
  #lastId = 0;
  #arePresent = false;

  constructor(pool: ReaderPool) {
    this.#pool = pool;
    this.look();
  }

  /** Cheap while nothing is committed. */
  look(): OthersSeen {
    const dataVersion = this.#pool.store.connection.pragma('data_version');
    if (dataVersion === this.#dataVersion) return this.#seen(false);
    this.#dataVersion = dataVersion;
    const lastId = this.#lastId;
    this.#pool.read((store) => this.#readSessions(store));
    return this.#seen(this.#lastId !== lastId);
  }

  #readSessions({ connection }: Store): void {
    const sessions = new SessionTable(connection);
    this.#lastId = sessions.lastId();
    this.#arePresent = sessions
      .list()
      .some(({ pid, process: identity }) => pid !== process.pid || identity !== this.#identity);
  }

  #seen(hasCome: boolean): OthersSeen {
    return { hasCome, arePresent: this.#arePresent };
  }
}
