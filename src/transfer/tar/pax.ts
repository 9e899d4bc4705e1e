/** Pax records: `length key=value\n`, values of any bytes. */
import { type Timestamp, timestampFromNs } from '../../core/clock.js';
import { archiveError } from './byte-source.js';

export type PaxRecord = readonly [key: string, value: Buffer];

const SPACE = 0x20;
const EQUALS = 0x3d;

function damaged(): never {
  throw archiveError(
    'The archive is damaged: a pax record is malformed.',
    'Get a whole copy of it.',
  );
}

export function decodePax(data: Buffer): PaxRecord[] {
  const records: PaxRecord[] = [];
  for (let offset = 0; offset < data.length; ) {
    const space = data.indexOf(SPACE, offset);
    const length = Number(data.toString('latin1', offset, space < 0 ? offset : space));
    const end = offset + length;
    if (!Number.isInteger(length) || length < 5 || end > data.length) damaged();
    const equals = data.indexOf(EQUALS, space);
    if (equals < 0 || equals >= end) damaged();
    records.push([data.toString('utf8', space + 1, equals), data.subarray(equals + 1, end - 1)]);
    offset = end;
  }
  return records;
}

export function encodePax(records: readonly (readonly [string, string | Uint8Array])[]): Buffer {
  return Buffer.concat(
    records.map(([key, value]) => {
      const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
      return Buffer.concat([Buffer.from(String(lengthWithItself(rest.length))), rest]);
    }),
  );
}

/** The length counts its own digits. */
function lengthWithItself(restLength: number): number {
  let total = restLength;
  while (String(total).length + restLength !== total) total = String(total).length + restLength;
  return total;
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** `1700000000.25` to the nanosecond; undefined when it is no number. */
export function parseTime(text: string): Timestamp | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '0', fraction = ''] = match;
  const ns = BigInt(whole) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return timestampFromNs(sign === '-' ? -ns : ns);
}

export function formatTime({ sec, nsec }: Timestamp): string {
  if (nsec === 0) return String(sec);
  const ns = BigInt(sec) * 1_000_000_000n + BigInt(nsec);
  const digits = String(ns < 0n ? -ns : ns).padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '');
  return `${ns < 0n ? '-' : ''}${digits.slice(0, -9)}.${fraction}`;
}
