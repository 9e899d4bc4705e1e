/** Numbers, modes and times for people. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const UNIT_STEP = 1024;

/** `1536` as `1.5 KiB`. */
export function humanBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= UNIT_STEP && unit < UNITS.length - 1) {
    value /= UNIT_STEP;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** `1234567` as `1,234,567`. */
export function humanCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 file`, `2 files`. */
export function counted(count: number, singular: string, plural: string = `${singular}s`): string {
  return `${humanCount(count)} ${count === 1 ? singular : plural}`;
}

export function humanSeconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : `${(ms / 1000).toFixed(0)} s`;
}

const TYPE_LETTERS: ReadonlyMap<number, string> = new Map([
  [0o140000, 's'],
  [0o120000, 'l'],
  [0o100000, '-'],
  [0o060000, 'b'],
  [0o040000, 'd'],
  [0o020000, 'c'],
  [0o010000, 'p'],
]);

/** `0o100644` as `-rw-r--r--`. */
export function modeText(mode: number): string {
  const type = TYPE_LETTERS.get(mode & 0o170000) ?? '?';
  const classes = [6, 3, 0].map((shift) => {
    const bits = (mode >> shift) & 0o7;
    return [bits & 4 ? 'r' : '-', bits & 2 ? 'w' : '-', bits & 1 ? 'x' : '-'];
  });
  const special: readonly (readonly [number, number, string])[] = [
    [0o4000, 0, 's'],
    [0o2000, 1, 's'],
    [0o1000, 2, 't'],
  ];
  for (const [bit, index, letter] of special) {
    const triple = classes[index] as string[];
    if ((mode & bit) !== 0) triple[2] = triple[2] === 'x' ? letter : letter.toUpperCase();
  }
  return type + classes.flat().join('');
}

/** Local time, to the minute. */
export function timeText(time: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** Control characters in a name must not reach a terminal. */
export function shownName(name: string): string {
  return name.replace(/\p{Cc}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\x${code.toString(16).padStart(2, '0')}`;
  });
}

/** Rows as columns; numbers of `right` are aligned to the right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}
