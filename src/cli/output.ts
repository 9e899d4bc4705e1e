/** The standard output of a command: text for people, or one JSON document. */
import type { Writable } from 'node:stream';

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

export class Output {
  readonly json: boolean;
  readonly quiet: boolean;

  constructor({ json, quiet }: OutputOptions) {
    this.json = json;
    this.quiet = quiet;
  }

  /** The answer of a command that only does something: nothing for people when it is quiet. */
  async done(document: object, text: string): Promise<void> {
    if (this.json) await writeText(process.stdout, `${JSON.stringify(document)}\n`);
    else if (!this.quiet) await writeText(process.stdout, text);
  }

  /** The answer of a command that was asked for something: `--quiet` does not silence it. */
  async answer(document: unknown, text: () => string): Promise<void> {
    const written = this.json ? `${JSON.stringify(document)}\n` : text();
    await writeText(process.stdout, written);
  }

  /** A remark for people; in JSON it is part of the document. */
  note(text: string): void {
    if (!this.json && !this.quiet) process.stderr.write(`cabinet: ${text}\n`);
  }
}

/** Resolves when the stream has taken the text; rejects with EPIPE when its reader has gone. */
export function writeText(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
