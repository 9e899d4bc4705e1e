/**
 * A family of metrics as prom-client's Registry takes it: nothing is counted here, the values are read
 * where they are when somebody scrapes. prom-client's own Counter and Histogram would have to be told of
 * every call, at many times the cost of the call's own count (docs/decisions/0017).
 */
import type { HistogramReading } from '../../core/shared-histogram.js';
import type { MetricsSources } from './sources.js';

export type FamilyType = 'counter' | 'gauge' | 'histogram';

export interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Where it is not the family's, as with the parts of a histogram. */
  readonly metricName?: string;
}

export interface FamilyDefinition {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  readonly labels: readonly string[];
  /** The samples of the moment; none where the volume has nothing of the kind. */
  readonly read: (from: MetricsSources) => readonly Sample[];
}

const NO_LABELS = {};

/** A number without labels; none when it is not known. */
function single(
  type: FamilyType,
  name: string,
  help: string,
  read: (from: MetricsSources) => number | undefined,
): FamilyDefinition {
  return {
    name,
    help,
    type,
    labels: [],
    read: (from) => {
      const value = read(from);
      return value === undefined ? [] : [{ value, labels: NO_LABELS }];
    },
  };
}

export function gauge(
  name: string,
  help: string,
  read: (from: MetricsSources) => number | undefined,
): FamilyDefinition {
  return single('gauge', name, help, read);
}

export function counter(
  name: string,
  help: string,
  read: (from: MetricsSources) => number | undefined,
): FamilyDefinition {
  return single('counter', name, help, read);
}

export function histogram(
  name: string,
  help: string,
  read: (from: MetricsSources) => HistogramReading | undefined,
): FamilyDefinition {
  return {
    name,
    help,
    type: 'histogram',
    labels: [],
    read: (from) => {
      const reading = read(from);
      return reading === undefined ? [] : histogramSamples(name, reading, NO_LABELS);
    },
  };
}

/** Buckets that add up, the sum and the count, as Prometheus wants them. */
export function histogramSamples(
  name: string,
  { bounds, counts, sum }: HistogramReading,
  labels: Sample['labels'],
): Sample[] {
  const samples: Sample[] = [];
  let below = 0;
  for (const [bucket, count] of counts.entries()) {
    below += count;
    const le = bounds[bucket] ?? '+Inf';
    samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: below });
  }
  samples.push({ metricName: `${name}_sum`, labels, value: sum });
  samples.push({ metricName: `${name}_count`, labels, value: below });
  return samples;
}

/** What the Registry asks of a metric; it may change `name` (OpenMetrics). */
export class Family {
  name: string;
  readonly help: string;
  readonly type: FamilyType;
  readonly aggregator: 'sum' | 'first' = 'sum';
  readonly labelNames: readonly string[];
  readonly #read: () => readonly Sample[];

  constructor({ name, help, type, labels, read }: FamilyDefinition, from: MetricsSources) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.labelNames = labels;
    this.#read = () => read(from);
  }

  async get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.#read() };
  }

  /** The numbers are the volume's: `registry.resetMetrics()` does not take them back. */
  reset(): void {
    // There is nothing of its own to reset.
  }
}
