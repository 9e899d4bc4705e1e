/** Reads what the shim has recorded: every change and every sync, in order. */
import { readFileSync } from 'node:fs';

const KINDS = [
  '',
  'create',
  'open',
  'write',
  'truncate',
  'sync',
  'syncDirectory',
  'rename',
  'unlink',
  'link',
  'mark',
  'mkdir',
] as const;

export interface DiskRecord {
  readonly kind: (typeof KINDS)[number];
  /** Number of the file on the real disk; used again when the file is gone. */
  readonly ino: bigint;
  /** Where bytes were written, or the new size. */
  readonly offset: number;
  readonly timeMs: number;
  readonly bytes: Buffer;
}

const HEAD_BYTES = 32;
const NS_PER_MS = 1_000_000;

export function readDiskLog(path: string): DiskRecord[] {
  const log = readFileSync(path);
  const records: DiskRecord[] = [];
  let at = 0;
  while (at + HEAD_BYTES <= log.length) {
    const kind = KINDS[log.readUInt32LE(at)];
    if (kind === undefined || kind === '') throw new Error(`no record at ${at}`);
    const length = log.readUInt32LE(at + 4);
    records.push({
      kind,
      ino: log.readBigUInt64LE(at + 8),
      offset: Number(log.readBigUInt64LE(at + 16)),
      timeMs: Number(log.readBigUInt64LE(at + 24)) / NS_PER_MS,
      bytes: log.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length),
    });
    at += HEAD_BYTES + length;
  }
  return records;
}

/** The one or two paths of a record about names. */
export function pathsOf({ bytes }: DiskRecord): [from: string, to: string] {
  const [from = '', to = ''] = bytes.toString().split('\0');
  return [from, to];
}
