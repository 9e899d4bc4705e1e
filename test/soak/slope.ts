/** How fast something grows: a line through samples by least squares, and what is too fast. */

export interface Sample {
  readonly seconds: number;
  readonly value: number;
}

export interface Trend {
  /** Of the line through all samples. */
  readonly perHour: number;
  /** Standard error of `perHour`: what chance makes of samples that go up and down. */
  readonly error: number;
  /** What the line grows by from the first sample to the last. */
  readonly growth: number;
  readonly samples: number;
  readonly min: number;
  readonly max: number;
}

const SECONDS_PER_HOUR = 3600;

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The trend of at least two samples that are not all of one moment. */
export function trendOf(samples: readonly Sample[]): Trend {
  const values = samples.map(({ value }) => value);
  const times = samples.map(({ seconds }) => seconds);
  const [meanTime, meanValue] = [meanOf(times), meanOf(values)];
  let [products, squares] = [0, 0];
  for (const { seconds, value } of samples) {
    products += (seconds - meanTime) * (value - meanValue);
    squares += (seconds - meanTime) ** 2;
  }
  const perSecond = products / squares;
  let residue = 0;
  for (const { seconds, value } of samples) {
    residue += (value - meanValue - perSecond * (seconds - meanTime)) ** 2;
  }
  const freedom = Math.max(1, samples.length - 2);
  return {
    perHour: perSecond * SECONDS_PER_HOUR,
    error: Math.sqrt(residue / freedom / squares) * SECONDS_PER_HOUR,
    growth: perSecond * ((times.at(-1) ?? 0) - (times[0] ?? 0)),
    samples: samples.length,
    min: Math.min(...values),
    max: Math.max(...values),
  };
}

/** A slope counts when it is so many times its error. */
const ERRORS_MIN = 3;

/**
 * Whether growth is more than noise and faster than it may be. `floor` is what a short run may grow by,
 * however steep that looks by the hour.
 */
export function isTooSteep(trend: Trend, perHourMax: number, floor: number): boolean {
  const { growth, perHour, error } = trend;
  return growth > floor && perHour > perHourMax && perHour > ERRORS_MIN * error;
}
