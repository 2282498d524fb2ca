/**
 * Writes extended XYZ, plain or gzipped. Numbers are written so that reading gives the same float64 again.
 *
 * A file appears complete or not at all.
 */
import { gzipSync } from 'node:zlib';
import { writeAtomic } from './atomic.ts';
import { symbolOf } from './elements.ts';
import type { LabelledStructure, Property } from './labelled.ts';

const quoted = (text: string): string => (/^[^\s"'={}[\],]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`);

function value(property: Property): string {
  if (typeof property === 'boolean') return property ? 'T' : 'F';
  if (typeof property === 'string') return quoted(property);
  return typeof property === 'number' ? String(property) : `"${property.join(' ')}"`;
}

/** One structure as text, ending in a newline. */
export function formatExtxyz(structure: LabelledStructure): string {
  const { numbers, positions, cell, periodic, energy, forces, stress, properties, arrays, id } = structure;
  const atoms = numbers.length;
  const columns: { name: string; data: Float64Array; width: number }[] = [
    { name: 'pos', data: positions, width: 3 },
    ...(forces ? [{ name: 'forces', data: forces, width: 3 }] : []),
    ...Object.entries(arrays).map(([name, data]) => ({ name, data, width: data.length / atoms })),
  ];
  const keys = [
    ...(cell.some((x) => x !== 0) ? [`Lattice="${[...cell].join(' ')}"`] : []),
    `Properties=species:S:1${columns.map((c) => `:${c.name}:R:${c.width}`).join('')}`,
    ...('name' in properties || 'material_id' in properties || 'source_id' in properties ? [] : [`name=${quoted(id)}`]),
    ...(energy === undefined ? [] : [`energy=${energy}`]),
    ...(stress ? [`stress="${[...stress].join(' ')}"`] : []),
    ...Object.entries(properties).map(([key, property]) => `${key}=${value(property)}`),
    `pbc="${periodic.map((p) => (p ? 'T' : 'F')).join(' ')}"`,
  ];
  const rows = Array.from({ length: atoms }, (_, a) =>
    [
      symbolOf(numbers[a]!),
      ...columns.flatMap(({ data, width }) => [...data.subarray(a * width, (a + 1) * width)]),
    ].join(' '),
  );
  return `${atoms}\n${keys.join(' ')}\n${rows.join('\n')}\n`;
}

/** Writes structures to a file; gzipped when the name ends in .gz. */
export async function writeExtxyz(path: string, structures: readonly LabelledStructure[]): Promise<void> {
  const text = structures.map(formatExtxyz).join('');
  await writeAtomic(path, path.endsWith('.gz') ? gzipSync(text) : Buffer.from(text));
}
