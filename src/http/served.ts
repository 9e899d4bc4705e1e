/** What the endpoints of one server share. */
import type { Access } from './access.js';
import type { History } from './history.js';
import type { Page } from './page/document.js';
import type { ServedVolume } from './served-volume.js';

export interface Served {
  readonly volume: ServedVolume;
  readonly access: Access;
  readonly history: History;
  readonly statusPage: Page;
  readonly loginPage: Page;
  readonly servedSinceMs: number;
  /** Whether a header `Host` names this server. */
  readonly isOwnHost: (header: string | undefined) => boolean;
}
