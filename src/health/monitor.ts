/**
 * `volume.health()`: judges the facts of the moment, and keeps since when each check has its status. A
 * timer looks once a second where the volume was opened, so that changes are noted when nobody asks.
 */
import { type FactSources, gatherFacts } from './facts.js';
import {
  HEALTH_CHECK_NAMES,
  type Health,
  type HealthCheck,
  type HealthCheckName,
  overallStatus,
} from './health.js';
import { judge } from './judge.js';
import type { HealthSources } from './sources.js';

const LOOK_EVERY_MS = 1000;
/** How often the records are read where no writer thread keeps them up to date, in looks. */
const LOOKS_PER_REFRESH = 5;

export class HealthMonitor {
  readonly #from: FactSources;
  #told: HealthSources = {};
  #timer: NodeJS.Timeout | undefined;

  constructor(from: FactSources) {
    this.#from = from;
  }

  /** Adds what other parts of the volume know; to be called when they begin. */
  connect(sources: HealthSources): void {
    this.#told = { ...this.#told, ...sources };
  }

  /** What other parts have said they know. */
  get told(): HealthSources {
    return this.#told;
  }

  /** Constant time; waits for nothing and does not throw. */
  read(): Health {
    const { path, memory } = this.#from;
    const facts = gatherFacts(this.#from, this.#told);
    const checks = {} as Record<HealthCheckName, HealthCheck>;
    for (const name of HEALTH_CHECK_NAMES) {
      const { status, value, unit, limit, message } = judge(name, facts);
      const sinceMs = memory.note(name, status, facts.nowMs);
      checks[name] = { status, value, unit, limit, sinceMs, message };
    }
    const status = overallStatus(HEALTH_CHECK_NAMES.map((name) => checks[name].status));
    return { status, atMs: facts.nowMs, path, checks };
  }

  /** Looks every second; `refresh` reads what only a query tells, where the writer does not. */
  start(refresh?: () => void): void {
    refresh?.();
    let looks = 0;
    this.#timer = setInterval(() => {
      looks += 1;
      if (looks % LOOKS_PER_REFRESH === 0) refresh?.();
      this.read();
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
