/**
 * Pieces of input for messages: short, on one line, and without a byte that could command a terminal.
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

/** The beginning of a text in quotes, at most 60 characters of it. */
export function quote(text: string): string {
  const parts = Array.from(text.slice(0, 61), printable);
  if (text.length <= 60 && parts.join('').length <= 60) return `'${parts.join('')}'`;
  let shown = '';
  for (const part of parts) {
    if (shown.length + part.length > 57) break;
    shown += part;
  }
  return `'${shown}...'`;
}
