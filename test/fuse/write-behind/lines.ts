/** Lines of several writers in one file: none lost, torn or doubled, those of each writer in order. */

/** As long as a page is divided by, so that no line is over two pages. */
const EVEN_BYTES = 128;

/** It ends with its length, so that a torn one is found out. `isEven`: all have one length. */
export function lineOf(writer: string, number: number, isEven: boolean): string {
  if (isEven) return `${`${writer} ${number} `.padEnd(EVEN_BYTES - 1, '.')}\n`;
  const filling = writer.repeat((number * 131) % 3000);
  return `${writer} ${number} ${filling} ${filling.length}\n`;
}

/** A line of the library: nothing else has brackets. */
export function libraryLine(number: number, isEven: boolean): string {
  // Three go for the three that are put around it.
  return `[${lineOf('library', number, isEven).slice(0, -3)}]\n`;
}

/**
 * How many lines each writer has in it; throws at the first that is wrong. Those of the library may be within
 * those of others unless all are even.
 */
export function countLines(text: string, isEven: boolean): Map<string, number> {
  const counts = new Map<string, number>();
  const count = (writer: string, line: string, wanted: (number: number) => string): void => {
    const number = counts.get(writer) ?? 0;
    if (line !== wanted(number)) throw new Error(`line ${number} of ${writer}: ${line}`);
    counts.set(writer, number + 1);
  };
  const others = text.replace(isEven ? /^\[.*\]\n/gm : /\[[^[\]]*\]\n/g, (line) => {
    count('library', line, (number) => libraryLine(number, isEven));
    return '';
  });
  for (const line of others.split(/(?<=\n)/)) {
    if (line === '') continue;
    const writer = line.slice(0, line.indexOf(' '));
    count(writer, line, (number) => lineOf(writer, number, isEven));
  }
  return counts;
}
