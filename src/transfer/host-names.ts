/** Names on disk that a volume cannot hold: those that are not UTF-8. */
import { opendirSync } from 'node:fs';

const REPLACEMENT = '\uFFFD';

/** Whether Node had to replace bytes of the name, or the name really holds that character. */
export function isSuspect(name: string): boolean {
  return name.includes(REPLACEMENT);
}

export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** For people: bytes that are not ASCII as `\xNN`. */
export function describeBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const isPlain = byte >= 0x20 && byte < 0x7f;
    text += isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}

export interface SuspectNames {
  /** Names that are valid after all, with the replacement character in them. */
  readonly valid: Set<string>;
  readonly invalid: readonly string[];
}

/** Reads a directory again, as bytes, to tell the suspect names apart. */
export function readSuspectNames(directory: string): SuspectNames {
  const valid = new Set<string>();
  const invalid: string[] = [];
  const dir = opendirSync(directory, { encoding: 'buffer' as BufferEncoding });
  try {
    for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) {
      const bytes = entry.name as unknown as Buffer;
      const text = bytes.toString();
      if (!isSuspect(text)) continue;
      if (isUtf8(bytes)) valid.add(text);
      else invalid.push(describeBytes(bytes));
    }
  } finally {
    dir.closeSync();
  }
  return { valid, invalid };
}
