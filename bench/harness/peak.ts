/** The most memory that this process has had, in bytes of RSS. */
import { readFileSync } from 'node:fs';

const KIB = 1024;

export function peakBytes(): number {
  // On Linux `maxRSS` survives exec, so a child of a big process would report its parent's peak.
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * KIB;
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(line?.[1]) * KIB;
}
