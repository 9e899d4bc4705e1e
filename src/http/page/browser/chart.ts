/**
 * A chart over the last minutes: one or two lines, a grid, a limit, and the value under the pointer.
 *
 * It is drawn in pixels of the screen and again when its width changes, so that text keeps its size.
 */
import type { Sample } from '../../status-document.js';
import { drawn, make, setAttributes, setText } from './dom.js';
import { formatClock, formatDuration, formatValue, type Unit } from './format.js';
import { ticksUpTo } from './scale.js';

export type SeriesKey = Exclude<keyof Sample, 'number' | 'atMs'>;

export interface ChartKind {
  readonly title: string;
  readonly unit: Unit;
  readonly series: readonly { readonly key: SeriesKey; readonly label: string }[];
  /** Said when there is nothing to draw. */
  readonly empty: string;
}

export interface ChartData {
  readonly samples: readonly Sample[];
  readonly endMs: number;
  readonly windowMs: number;
  /** Samples further apart are not joined. */
  readonly gapMs: number;
  readonly limit: number | null;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const HEIGHT = 150;
const TOP = 10;
const BOTTOM = 20;
const LEFT = 52;
const RIGHT = 6;
/** A limit further above the data than this is told, not drawn: it would flatten the line. */
const LIMIT_REACH = 3;

export class Chart {
  readonly element: HTMLElement;
  readonly #kind: ChartKind;
  readonly #svg: SVGElement;
  readonly #readings: HTMLElement[];
  readonly #note: HTMLElement = make('p', 'note');
  #data: ChartData | undefined;
  #pointerX: number | undefined;

  constructor(kind: ChartKind) {
    this.#kind = kind;
    this.#svg = drawn('svg', { class: 'plot', height: HEIGHT, role: 'img' });
    this.#readings = kind.series.map(() => make('b', ''));
    this.element = make('article', 'card chart', this.#heading(), this.#svg, this.#note);
    this.#svg.addEventListener('pointermove', (event) => this.#point(event.offsetX));
    this.#svg.addEventListener('pointerdown', (event) => this.#point(event.offsetX));
    this.#svg.addEventListener('pointerleave', () => this.#point(undefined));
    new ResizeObserver(() => this.#draw()).observe(this.element);
  }

  update(data: ChartData): void {
    this.#data = data;
    this.#draw();
  }

  #heading(): HTMLElement {
    const { title, series } = this.#kind;
    const legend = series.map(({ label }, index) => {
      const swatch = make('i', `swatch line-${index}`);
      const name = series.length > 1 ? [swatch, `${label} `] : [];
      return make('span', 'reading', ...name, this.#readings[index] as HTMLElement);
    });
    return make('header', '', make('h3', '', title), make('div', 'readings', ...legend));
  }

  #point(x: number | undefined): void {
    this.#pointerX = x;
    this.#draw();
  }

  #draw(): void {
    const width = this.#svg.clientWidth;
    if (this.#data === undefined || width <= LEFT + RIGHT) return;
    setAttributes(this.#svg, { viewBox: `0 0 ${width} ${HEIGHT}` });
    const frame = new Frame(this.#kind, this.#data, width);
    const focus = frame.sampleAt(this.#pointerX);
    this.#svg.replaceChildren(
      ...frame.grid(),
      ...frame.limit(),
      ...frame.lines(),
      ...frame.focus(focus),
    );
    this.#tell(this.#data, focus);
  }

  /** The same in words. */
  #tell({ samples, limit }: ChartData, focus: Sample | undefined): void {
    const { series, unit, title, empty } = this.#kind;
    const shown = focus ?? samples.at(-1);
    const values = (key: SeriesKey): number[] => samples.flatMap((sample) => sample[key] ?? []);
    const told = series.map(({ key, label }, index) => {
      const value = shown?.[key] ?? null;
      const text = value === null ? '–' : formatValue(value, unit);
      setText(this.#readings[index] as HTMLElement, text);
      return `${label} ${text}, highest ${formatValue(Math.max(0, ...values(key)), unit)}`;
    });
    const most = Math.max(0, ...series.flatMap(({ key }) => values(key)));
    const isEmpty = series.every(({ key }) => values(key).length === 0);
    const notes = [focus ? `at ${formatClock(focus.atMs)}` : `peak ${formatValue(most, unit)}`];
    if (limit !== null) notes.push(`limit ${formatValue(limit, unit)}`);
    setText(this.#note, isEmpty ? empty : notes.join(' · '));
    setAttributes(this.#svg, { 'aria-label': `${title}: ${isEmpty ? empty : told.join('; ')}` });
  }
}

/** Geometry of one drawing. */
class Frame {
  readonly #kind: ChartKind;
  readonly #data: ChartData;
  readonly #width: number;
  readonly #ticks: number[];

  constructor(kind: ChartKind, data: ChartData, width: number) {
    this.#kind = kind;
    this.#data = data;
    this.#width = width;
    const values = kind.series.flatMap(({ key }) => data.samples.map((sample) => sample[key] ?? 0));
    const most = Math.max(0, ...values);
    this.#ticks = ticksUpTo(
      this.#isLimitNear(most) ? Math.max(most, data.limit ?? 0) : most,
      kind.unit,
    );
  }

  #isLimitNear(most: number): boolean {
    const { limit } = this.#data;
    return limit !== null && limit > 0 && most * LIMIT_REACH >= limit;
  }

  #x(atMs: number): number {
    const { endMs, windowMs } = this.#data;
    return LEFT + (1 - (endMs - atMs) / windowMs) * (this.#width - LEFT - RIGHT);
  }

  #y(value: number): number {
    const top = this.#ticks.at(-1) as number;
    return HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  }

  grid(): SVGElement[] {
    const { windowMs } = this.#data;
    const end = this.#width - RIGHT;
    const rows = this.#ticks.flatMap((tick) => {
      const y = this.#y(tick);
      const label = formatValue(tick, this.#kind.unit);
      return [
        drawn('line', { class: tick === 0 ? 'axis' : 'grid', x1: LEFT, x2: end, y1: y, y2: y }),
        drawn('text', { x: LEFT - 8, y: y + 4, 'text-anchor': 'end' }, tick === 0 ? '0' : label),
      ];
    });
    const y = HEIGHT - 4;
    return [
      ...rows,
      drawn('text', { x: LEFT, y }, `${formatDuration(windowMs)} ago`),
      drawn(
        'text',
        { x: (LEFT + end) / 2, y, 'text-anchor': 'middle' },
        formatDuration(windowMs / 2),
      ),
      drawn('text', { x: end, y, 'text-anchor': 'end' }, 'now'),
    ];
  }

  limit(): SVGElement[] {
    const { limit } = this.#data;
    const top = this.#ticks.at(-1) as number;
    if (limit === null || limit <= 0 || limit > top) return [];
    const y = this.#y(limit);
    return [drawn('line', { class: 'limit', x1: LEFT, x2: this.#width - RIGHT, y1: y, y2: y })];
  }

  lines(): SVGElement[] {
    return this.#kind.series.flatMap(({ key }, index) =>
      this.#runs(key).flatMap((run) => this.#line(run, index)),
    );
  }

  /** Points that belong together: without a gap in time or a value that is not known. */
  #runs(key: SeriesKey): Point[][] {
    const runs: Point[][] = [];
    let lastMs = Number.NEGATIVE_INFINITY;
    for (const sample of this.#data.samples) {
      const value = sample[key];
      if (value === null) continue;
      if (sample.atMs - lastMs > this.#data.gapMs) runs.push([]);
      runs.at(-1)?.push({ x: this.#x(sample.atMs), y: this.#y(value) });
      lastMs = sample.atMs;
    }
    return runs;
  }

  #line(run: readonly Point[], index: number): SVGElement[] {
    const [first, last] = [run[0] as Point, run.at(-1) as Point];
    if (run.length === 1)
      return [drawn('circle', { class: `dot line-${index}`, cx: first.x, cy: first.y, r: 2 })];
    const path = `M${run.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}`;
    const area = `${path}V${HEIGHT - BOTTOM}H${first.x.toFixed(1)}Z`;
    const end = drawn('circle', { class: `dot line-${index}`, cx: last.x, cy: last.y, r: 2.5 });
    const line = drawn('path', { class: `line line-${index}`, d: path });
    return [drawn('path', { class: `area line-${index}`, d: area }), line, end];
  }

  /** The sample nearest to the pointer. */
  sampleAt(pointerX: number | undefined): Sample | undefined {
    if (pointerX === undefined) return undefined;
    const distance = (sample: Sample): number => Math.abs(this.#x(sample.atMs) - pointerX);
    return this.#data.samples.reduce<Sample | undefined>(
      (near, sample) => (near === undefined || distance(sample) < distance(near) ? sample : near),
      undefined,
    );
  }

  focus(sample: Sample | undefined): SVGElement[] {
    if (sample === undefined) return [];
    const x = this.#x(sample.atMs);
    const dots = this.#kind.series.flatMap(({ key }, index) => {
      const value = sample[key];
      if (value === null) return [];
      return drawn('circle', { class: `dot line-${index}`, cx: x, cy: this.#y(value), r: 4 });
    });
    return [
      drawn('line', { class: 'pointer', x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM }),
      ...dots,
    ];
  }
}
