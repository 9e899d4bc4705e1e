/** `cp`: copies files and trees inside the volume, as one transaction. */
import type { FileHandleHost } from './file-handle.js';

export async function copyTree(
  _host: FileHandleHost,
  _src: unknown,
  _dest: unknown,
  _options?: unknown,
): Promise<undefined> {
  throw new Error('being written');
}
