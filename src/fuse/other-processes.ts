/**
 * Whether others have the volume open for writing, with a writer of their own: other processes, or this one
 * once more. Nobody tells of their commits, but each of them enters itself in the table of sessions first,
 * under a number that is never given out again.
 */
import type { ReaderPool } from '../readers/pool.js';
import { SessionTable } from '../store/session-table.js';
import type { Store } from '../store/store.js';
import type { WriterClient } from '../writer/client.js';

export interface OthersSeen {
  /** Somebody has come since the last look, and may have gone again. */
  readonly hasCome: boolean;
  readonly arePresent: boolean;
}

export class OtherProcesses {
  readonly #pool: ReaderPool;
  readonly #writer: WriterClient | undefined;
  #dataVersion: unknown;
  #lastId = 0;
  /** Of all who are there. */
  #ids = '';
  #arePresent = false;

  /** Without a writer everybody who writes is another. */
  constructor(pool: ReaderPool, writer: WriterClient | undefined) {
    this.#pool = pool;
    this.#writer = writer;
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
    const ids = sessions.list().map(({ id }) => id);
    if (ids.join() === this.#ids) return;
    this.#ids = ids.join();
    // Asked for, because the writer may have had to enter anew.
    const own = this.#writer?.controlSync({ type: 'session' });
    this.#arePresent = ids.some((id) => id !== own);
  }

  #seen(hasCome: boolean): OthersSeen {
    return { hasCome, arePresent: this.#arePresent };
  }
}
