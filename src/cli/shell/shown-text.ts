/** Text of a volume on a terminal: nothing in it moves the cursor, and its width is known. */

// Controls, what turns the direction of writing, and what ends a line.
const HARMFUL = /[\p{Cc}\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Characters that would do something on a terminal are shown as what they are. */
export function shownText(text: string): string {
  return text.replace(HARMFUL, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return SHORT[character] ?? (code < 256 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`);
  });
}

// Marks that sit on the character before them, and characters without a picture.
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
// East Asian scripts, full-width forms, and emoji that are shown as such.
const DOUBLE_WIDTH =
  /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303E\uFF01-\uFF60\uFFE0-\uFFE6]$/u;
const PRINTABLE_ASCII = /^[\x20-\x7E]*$/;

function widthOfCharacter(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0;
  return DOUBLE_WIDTH.test(character) ? 2 : 1;
}

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

const ELLIPSIS = '…';

/** The text, or its beginning with an ellipsis, in at most `width` columns. */
export function fitted(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let [kept, taken] = ['', 0];
  for (const character of text) {
    const next = taken + widthOfCharacter(character);
    if (next > width - 1) break;
    kept += character;
    taken = next;
  }
  return kept + ELLIPSIS;
}

export function padded(text: string, width: number, isRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return isRight ? space + text : text + space;
}
