/** Reads the text format of Prometheus, strictly: what it does not know is an error. */

export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ReadMetrics {
  readonly series: readonly Series[];
  /** Family and type, in order. */
  readonly types: ReadonlyMap<string, string>;
  /** Of the one series with this name and exactly these labels. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

const LINE = /^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (\S+)$/i;
const LABEL = /([a-z_][a-z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)/gi;

function parse(line: string): Series {
  const [, name = '', labelText = '', valueText = ''] = LINE.exec(line) ?? [];
  const value = valueText === '+Inf' ? Number.POSITIVE_INFINITY : Number(valueText);
  if (name === '' || Number.isNaN(value)) throw new Error(`not a series: ${line}`);
  const labels = [...labelText.matchAll(LABEL)].map(([, key = '', text = '']) => [key, text]);
  return { name, labels: Object.fromEntries(labels) as Record<string, string>, value };
}

export function readMetrics(text: string): ReadMetrics {
  const lines = text.split('\n').filter((line) => line !== '');
  const types = new Map<string, string>();
  const series: Series[] = [];
  for (const line of lines) {
    const [, family, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (family !== undefined && type !== undefined) types.set(family, type);
    else if (!line.startsWith('# HELP ')) series.push(parse(line));
  }
  return {
    series,
    types,
    value: (name, labels = {}) => {
      const keys = Object.keys(labels);
      const found = series.filter(
        (each) =>
          each.name === name &&
          Object.keys(each.labels).length === keys.length &&
          keys.every((key) => each.labels[key] === labels[key]),
      );
      if (found.length > 1) throw new Error(`several series ${name} ${JSON.stringify(labels)}`);
      return found[0]?.value;
    },
  };
}
