/** Whether there is room on the disk of the volume. */
import type { HealthFacts } from '../facts.js';
import { type Verdict, verdict } from '../health.js';
import { bytesText } from '../wording.js';

export function checkDisk({ freeDiskBytes: value, options }: HealthFacts): Verdict {
  const { freeDiskBytesMin: limit, freeDiskBytesUnhealthy } = options.health;
  const base = { value, unit: 'bytes', limit } as const;
  if (value === null) {
    const message = 'The free space of the disk cannot be read; see whether the disk is there.';
    return verdict(base, 'unknown', message);
  }
  const message = `${bytesText(value)} are free on the disk`;
  const isUnhealthy = value < freeDiskBytesUnhealthy;
  if (value >= limit && !isUnhealthy) return verdict(base, 'ok', `${message}.`);
  const remedy = 'make room, before writes fail with ENOSPC.';
  return verdict(base, isUnhealthy ? 'unhealthy' : 'degraded', `${message}; ${remedy}`);
}
