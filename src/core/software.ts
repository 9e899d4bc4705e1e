/** Name and version of this software, as recorded in volumes and shown by `cabinet --version`. */
import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

export const VERSION: string = version;
export const SOFTWARE: string = `cabinetfs ${version}`;
