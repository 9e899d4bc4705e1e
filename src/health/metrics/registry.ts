/**
 * `volume.metrics`: the Registry of one volume, made when it is first asked for. Nothing of prom-client's
 * own registry is touched, and prom-client itself, which takes 30 ms to load, is loaded only here.
 */
import { createRequire } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Metric, Registry } from 'prom-client';
import { type FactSources, gatherFacts, type HealthFacts } from '../facts.js';
import { Family, type FamilyDefinition } from './family.js';
import { MOUNT_FAMILIES } from './mounts.js';
import { OPERATION_FAMILIES } from './operations.js';
import { EVENT_LOOP_RESOLUTION_MS, PROCESS_FAMILIES } from './process.js';
import { QUEUE_FAMILIES } from './queue.js';
import { READER_FAMILIES } from './readers.js';
import type { MetricsSources } from './sources.js';
import { STORAGE_FAMILIES } from './storage.js';
import { UPKEEP_FAMILIES } from './upkeep.js';
import { WRITER_FAMILIES } from './writer.js';

/** All families, in the order of docs/metrics.md. */
export const METRIC_FAMILIES: readonly FamilyDefinition[] = [
  ...OPERATION_FAMILIES,
  ...QUEUE_FAMILIES,
  ...WRITER_FAMILIES,
  ...STORAGE_FAMILIES,
  ...READER_FAMILIES,
  ...UPKEEP_FAMILIES,
  ...MOUNT_FAMILIES,
  ...PROCESS_FAMILIES,
];

export type MetricsInput = FactSources &
  Pick<MetricsSources, 'progress' | 'threadCount' | 'storage' | 'health' | 'told'>;

export interface VolumeMetrics {
  readonly registry: Registry;
  /** Stops measuring the event loop. */
  close(): void;
}

export function createMetrics(input: MetricsInput): VolumeMetrics {
  const load = createRequire(import.meta.url);
  const { Registry } = load('prom-client') as typeof import('prom-client');
  const eventLoop = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION_MS });
  eventLoop.enable();
  const from: MetricsSources = { ...input, eventLoop, facts: onceEachTurn(input) };
  const registry = new Registry();
  for (const definition of METRIC_FAMILIES) {
    // The Registry asks for no more than a Family has; its types name prom-client's own classes.
    registry.registerMetric(new Family(definition, from) as unknown as Metric);
  }
  return { registry, close: () => eventLoop.disable() };
}

/** The Registry asks all families in one go: they share the facts. */
function onceEachTurn(input: MetricsInput): () => HealthFacts {
  let facts: HealthFacts | undefined;
  return () => {
    if (facts === undefined) {
      facts = gatherFacts(input, input.told());
      queueMicrotask(() => {
        facts = undefined;
      });
    }
    return facts;
  };
}
