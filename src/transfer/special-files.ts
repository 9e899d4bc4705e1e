/** FIFOs and devices on the host, which Node cannot make itself. */
import { spawnSync } from 'node:child_process';
import { S_IFBLK, S_IFCHR, S_IFIFO, S_IFMT } from '../core/mode.js';

export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

const MINOR_LOW_BITS = 8;
const MAJOR_BITS = 12;
const MAJOR_MAX = 0xfff;
const MINOR_MAX = 0xfffff;

/** Linux packs both numbers into `st_rdev`: low minor bits, major, then the high minor bits. */
export function splitDevice(rdev: number): DeviceNumber {
  const low = rdev & 0xff;
  const major = Math.floor(rdev / 2 ** MINOR_LOW_BITS) & 0xfff;
  const high = Math.floor(rdev / 2 ** (MINOR_LOW_BITS + MAJOR_BITS)) & 0xfffff;
  return { major, minor: high * 2 ** MINOR_LOW_BITS + low };
}

export function joinDevice({ major, minor }: DeviceNumber): number {
  const low = minor & 0xff;
  const high = Math.floor(minor / 2 ** MINOR_LOW_BITS);
  return low + (major & 0xfff) * 2 ** MINOR_LOW_BITS + high * 2 ** (MINOR_LOW_BITS + MAJOR_BITS);
}

/** Whether the numbers are some that Linux has room for. */
export function isDeviceNumber({ major, minor }: DeviceNumber): boolean {
  const fits = (value: number, max: number): boolean =>
    Number.isInteger(value) && value >= 0 && value <= max;
  return fits(major, MAJOR_MAX) && fits(minor, MINOR_MAX);
}

export interface Refusal {
  readonly reason: 'unsupported' | 'not-permitted';
  readonly detail: string;
}

/** Makes a FIFO or device that only its owner may use so far; or says why it cannot. */
export function makeSpecial(path: string, mode: number, rdev: number): Refusal | undefined {
  const { major, minor } = splitDevice(rdev);
  const device = ['--', path, mode, String(major), String(minor)];
  switch (mode & S_IFMT) {
    case S_IFIFO:
      return run('mkfifo', ['-m', '600', '--', path]);
    case S_IFCHR:
      return run('mknod', ['-m', '600', ...device.with(2, 'c').map(String)]);
    case S_IFBLK:
      return run('mknod', ['-m', '600', ...device.with(2, 'b').map(String)]);
    default:
      return { reason: 'unsupported', detail: 'a socket exists only while its program runs' };
  }
}

function run(command: string, args: readonly string[]): Refusal | undefined {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) {
    return { reason: 'unsupported', detail: `the command '${command}' could not be run` };
  }
  if (status === 0) return undefined;
  const reason = process.getuid?.() === 0 ? 'unsupported' : 'not-permitted';
  return { reason, detail: stderr.trim().split('\n')[0] ?? 'it was refused' };
}
