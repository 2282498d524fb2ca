/**
 * What a value is, in a few words, for the messages that refuse it: its type and a short piece of it.
 *
 * It never shows a whole value, nor control characters.
 */
export function described(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return `a ${Object.prototype.toString.call(value).slice(8, -1)}`;
  const text = JSON.stringify(String(value));
  const short = text.length > 24 ? `${text.slice(0, 20)}..."` : text;
  return typeof value === 'string' ? `the text ${short}` : `${short.slice(1, -1)} (a ${typeof value})`;
}
