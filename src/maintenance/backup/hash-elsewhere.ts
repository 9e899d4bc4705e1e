/**
 * SHA-256 of a file that may be open in this process, taken by another one: closing a descriptor of a
 * database file drops the locks that SQLite has on it in the same process.
 */
import { CopyChild } from './copy-child.js';

/** In hexadecimal. */
export async function hashElsewhere(path: string, signal?: AbortSignal): Promise<string> {
  const child = new CopyChild(signal);
  try {
    return await child.ask('hash', path);
  } finally {
    await child.end();
  }
}
