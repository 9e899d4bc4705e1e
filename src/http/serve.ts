/**
 * `volume.serve`: a volume over HTTP, for probes, for Prometheus and for people.
 *
 *   starting ──▶ listening ──close()──▶ closed
 */
import type { Server } from 'node:http';
import type { VolumeServer } from '../volume/fronts.js';
import { resolveServeOptions, type ServeOptions } from '../volume/serve-options.js';
import { Access } from './access.js';
import { createHostCheck, hostInUrl, reachableHost } from './address.js';
import { createApp } from './app.js';
import { History } from './history.js';
import { createHttpServer } from './http-server.js';
import { listen, refuseExposed, resolveHost } from './listen.js';
import { loadLoginPage, loadStatusPage } from './page/document.js';
import type { ServedVolume } from './served-volume.js';

/** How long closing waits for answers that are under way, in milliseconds. */
const CLOSE_GRACE_MS = 500;

export async function serve(volume: ServedVolume, options?: ServeOptions): Promise<VolumeServer> {
  const resolved = resolveServeOptions(options);
  const { host, token, allowedHosts } = resolved;
  const address = await resolveHost(resolved);
  refuseExposed(address, resolved);
  const access = new Access(token);
  const history = new History(volume);
  const app = createApp({
    volume,
    access,
    history,
    statusPage: await loadStatusPage(),
    loginPage: await loadLoginPage(),
    servedSinceMs: Date.now(),
    isOwnHost: createHostCheck({ host, address, hasToken: token !== undefined, allowedHosts }),
  });
  const server = createHttpServer(app, resolved);
  const port = await listen(server, address, resolved);
  access.nameCookieFor(port);
  return new ListeningServer(server, history, host, port);
}

class ListeningServer implements VolumeServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly closed: Promise<void>;
  readonly #server: Server;
  readonly #history: History;
  #closing: Promise<void> | undefined;

  constructor(server: Server, history: History, host: string, port: number) {
    this.host = host;
    this.port = port;
    this.url = `http://${hostInUrl(reachableHost(host))}:${port}`;
    this.#server = server;
    this.#history = history;
    this.closed = new Promise((resolve) => {
      server.once('close', resolve);
    });
    // A connection that cannot be accepted (no file descriptors left) must not end the process.
    server.on('error', (error) => process.emitWarning(error));
    history.start();
  }

  ref(): void {
    this.#server.ref();
  }

  unref(): void {
    this.#server.unref();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#history.stop();
    // Answers are short; what is left after the grace does not send its request, or read the answer.
    this.#server.close();
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), CLOSE_GRACE_MS);
    await this.closed;
    clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
