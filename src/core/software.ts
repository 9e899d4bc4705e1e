/** Name and version of this software, as recorded in volumes and shown by `cabinet --version`. */
import { readFileSync } from 'node:fs';
import { packageFile } from './programs.js';

const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
  version: string;
};

export const VERSION: string = version;
export const SOFTWARE: string = `cabinetfs ${version}`;
