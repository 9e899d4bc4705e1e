/**
 * Lines of text put together to statements that end with `;`. Knows strings, quoted names and comments, so
 * that a semicolon in one of these ends nothing.
 */

/** What the text is in the middle of, with how that ends. */
const ENCLOSED: Readonly<Record<string, string>> = {
  "'": "'",
  '"': '"',
  '`': '`',
  '[': ']',
  '--': '\n',
  '/*': '*/',
};
const COMMENTS: readonly string[] = ['--', '/*'];

export class StatementBuffer {
  #text = '';
  /** Up to where the text has been looked at. */
  #at = 0;
  /** Where the statement under way begins to say something; a comment says nothing. */
  #hasContent = false;

  /** Whether a statement is under way. */
  get isEmpty(): boolean {
    return !this.#hasContent && this.#text.trim() === '';
  }

  /** Adds a line; the statements that it completes, without their semicolons. */
  addLine(line: string): string[] {
    this.#text += `${line}\n`;
    const complete: string[] = [];
    for (;;) {
      const statement = this.#next();
      if (statement === undefined) break;
      if (statement !== '') complete.push(statement);
    }
    if (!this.#hasContent && this.#at === this.#text.length) this.clear();
    return complete;
  }

  /** What is left at the end of the input, where no semicolon is needed. */
  rest(): string | undefined {
    const rest = this.#hasContent ? this.#text.trim() : undefined;
    this.clear();
    return rest;
  }

  clear(): void {
    this.#text = '';
    this.#at = 0;
    this.#hasContent = false;
  }

  /** The text up to the next semicolon, empty when it says nothing; undefined when there is none. */
  #next(): string | undefined {
    while (this.#at < this.#text.length) {
      const opening = this.#openingAt(this.#at);
      if (opening !== undefined) {
        if (!COMMENTS.includes(opening)) this.#hasContent = true;
        const end = this.#endOf(opening);
        // Not ended yet: the next line is looked at from here again.
        if (end === undefined) return undefined;
        this.#at = end;
        continue;
      }
      const character = this.#text.charAt(this.#at);
      this.#at += 1;
      if (character === ';') return this.#cut();
      if (/\S/.test(character)) this.#hasContent = true;
    }
    return undefined;
  }

  #openingAt(at: number): string | undefined {
    const two = this.#text.slice(at, at + 2);
    if (COMMENTS.includes(two)) return two;
    const one = two.charAt(0);
    return one in ENCLOSED ? one : undefined;
  }

  /** Behind the end of what begins at `#at`. A doubled quote is the end of one and the begin of another. */
  #endOf(opening: string): number | undefined {
    const closing = ENCLOSED[opening] as string;
    const found = this.#text.indexOf(closing, this.#at + opening.length);
    return found < 0 ? undefined : found + closing.length;
  }

  #cut(): string {
    const statement = this.#hasContent ? this.#text.slice(0, this.#at - 1).trim() : '';
    this.#text = this.#text.slice(this.#at);
    this.#at = 0;
    this.#hasContent = false;
    return statement;
  }
}
