/**
 * Pieces of input for messages: short, on one line, and without a byte that could command a terminal.
 *
 * The only place where characters are written out as escapes; nothing that somebody else wrote is quoted in another way.
 */

/** What is shown as an escape: control and format characters, lone surrogates, and the other ends of lines. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

function escaped(character: string): string {
  const known: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  const code = character.codePointAt(0)!;
  return known[character] ?? (code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`);
}

/** A text with its control characters written out, e.g. an escape as \x1b; it fits on one line. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, escaped);

/** The beginning of a text on one line, at most `most` characters of it. */
export function excerpt(text: string, most = 60): string {
  const parts = Array.from(text.slice(0, most + 1), printable);
  const whole = parts.join('');
  if (text.length <= most && whole.length <= most) return whole;
  let shown = '';
  for (const part of parts) {
    if (shown.length + part.length > most - 3) break;
    shown += part;
  }
  return `${shown}...`;
}

/** The beginning of a text in quotes. */
export const quote = (text: string): string => `'${excerpt(text)}'`;

/** A value as JSON, however large or deep it is. */
export function excerptOf(value: unknown, most = 60): string {
  if (typeof value === 'number') return String(value);
  try {
    return excerpt(JSON.stringify(value) ?? String(value), most);
  } catch {
    return `${Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`} that is too large or deep to show`;
  }
}
