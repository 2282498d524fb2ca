/**
 * Rows of tables as comma-separated text and back (RFC 4180): entries with commas, quotation marks or line breaks stand
 * between quotation marks, and a quotation mark inside of these is written twice.
 *
 *   csvRow(['a', 'b,c', 'd"e']);           // 'a,"b,c","d""e"'
 *   csvRows('a,"b,c","d""e"\n1,2,3\n');    // [['a', 'b,c', 'd"e'], ['1', '2', '3']]
 */

const csvEntry = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** One row, without a line break at its end. */
export const csvRow = (entries: readonly string[]): string => entries.map(csvEntry).join(',');

/** An entry, quoted or plain, and what ends it. */
const ENTRY = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n][^,\r\n]*)?)(,|\r\n|\r|\n|$)/y;

/** The rows of a text; lines end in LF, CR LF or CR. Throws an Error where a quotation mark is out of place. */
export function csvRows(text: string): string[][] {
  const rows: string[][] = [];
  const pattern = new RegExp(ENTRY);
  let row: string[] = [];
  while (pattern.lastIndex < text.length || row.length > 0) {
    const at = pattern.lastIndex;
    const found = pattern.exec(text);
    if (!found)
      throw new Error(`row ${rows.length + 1}: a quotation mark is out of place near '${text.slice(at, at + 40)}'`);
    const [, quoted, entry = '', end] = found;
    row.push(quoted?.replaceAll('""', '"') ?? entry);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
