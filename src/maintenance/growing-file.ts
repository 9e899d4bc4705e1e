/** Progress of what SQLite does in one call that tells nothing: the file that grows does. */
import { statSync } from 'node:fs';

const LOOK_EVERY_MS = 100;

export class GrowingFile {
  #timer: NodeJS.Timeout | undefined;
  #failure: { readonly reason: unknown } | undefined;

  /** Tells how big the file is, until `stop`; `total` bytes are expected. */
  watch(path: string, total: number, tell: (done: number) => void): void {
    this.stop();
    const look = (): void => {
      try {
        tell(Math.min(total, statSync(path, { throwIfNoEntry: false })?.size ?? 0));
      } catch (reason) {
        // An error of the listener is the caller's own: it ends the call at its next report.
        this.#failure ??= { reason };
      }
    };
    look();
    this.#timer = setInterval(look, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Throws what the listener has thrown. */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
