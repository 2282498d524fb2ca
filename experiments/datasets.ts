/**
 * The data sets of the tables: where their files lie, what they hold, and which of the paper's they stand for.
 *
 * A property set, or a source of pre-training, is added here; users' own files need not be. Files are looked for
 * in the folder that LATTIGRAD_DATA names (default ../shared/data); those of the built-in universe need none.
 */
import { existsSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { endingOf } from '../data/index.ts';
import { shortName } from '../data/names.ts';
import { nearest } from '../data/nearest.ts';
import { UserError } from '../files/errors.ts';
import type { PaperSet } from './tables/paper.ts';

/** Where structures are. */
interface Located {
  readonly name: string;
  /** Below the folder of data; null: made by the built-in universe. */
  readonly file: string | null;
  /** A file of the user's own, wherever it is. */
  readonly own?: string;
}

export interface PropertySet extends Located {
  /** Key of the property in the comment lines; as the file says unless given. */
  readonly target?: string;
  readonly unit?: string;
  /** Structures of more atoms are left out. */
  readonly maxAtoms?: number;
  readonly property: string;
  /** The paper's set that it stands for: itself (or most of it), a part of it, or another of the same kind. */
  readonly paper?: { readonly set: PaperSet; readonly is: 'same' | 'part' | 'similar' };
}

/** Makes sets that are the same as sets of the paper, parts of them, or similar; files lie at properties/FILE.extxyz.gz. */
const having =
  (is: NonNullable<PropertySet['paper']>['is']) =>
  (name: string, file: string, target: string, unit: string, property: string, set: PaperSet): PropertySet => ({
    name,
    file: `properties/${file}.extxyz.gz`,
    target,
    unit,
    property,
    paper: { set, is },
  });
const [same, part, similar] = [having('same'), having('part'), having('similar')];

const MOF = part('mof', 'qmof-bandgap', 'band_gap_PBE', 'eV', 'band gap', 'MOF');

export const PROPERTY_SETS: readonly PropertySet[] = [
  same('jdft2d', 'jdft2d-exfoliation', 'exfoliation_en', 'meV/atom', 'exfoliation energy', 'JDFT'),
  same('phonons', 'phonons-lastpeak', 'last_phdos_peak', '1/cm', 'highest phonon peak', 'Phonons'),
  part('dielectric', 'dielectric-n-matched', 'refractive_index', 'dimensionless', 'refractive index', 'Dielectric'),
  similar('log-g', 'elastic-KG-mp-binaries', 'log10_G_VRH', 'log10(GPa)', 'shear modulus', 'GVRH'),
  similar('log-k', 'elastic-KG-mp-binaries', 'log10_K_VRH', 'log10(GPa)', 'bulk modulus', 'KVRH'),
  part(
    'perovskites',
    'perovskites-eform',
    'heat_of_formation',
    'eV per 5-atom cell',
    'formation energy',
    'Perovskites',
  ),
  MOF,
  // Metal-organic frameworks, the smallest of them: about 300.
  { ...MOF, name: 'mof-small', maxAtoms: 50 },
  similar('surface', 'surface-adsorption', 'adsorption_energy', 'eV per adsorbate', 'adsorption energy', 'Surface'),
  part('mp-gap', 'mp-gap-matched', 'band_gap_PBE', 'eV', 'band gap', 'MP gap'),
  part('mp-form', 'mp-eform-matched', 'formation_energy_per_atom', 'eV/atom', 'formation energy', 'MP form'),
  { name: 'universe-formation', file: null, target: 'formation_energy', unit: 'eV/atom', property: 'formation energy' },
  { name: 'universe-bulk', file: null, target: 'bulk_modulus', unit: 'GPa', property: 'bulk modulus' },
];

const source = (name: string): Located => ({ name, file: `pretrain/${name}.extxyz.gz` });

/** Sources of energies, forces and stress. */
export const FORCE_SOURCES: readonly Located[] = [
  source('mptrj-random-1k'),
  source('mpf-TP'),
  source('mpf-alkali-TP'),
  source('mptrj-highest-stress-1k'),
  source('alexandria-random-1k'),
  { name: 'universe', file: null },
];

/** The set of this name. Throws UserError naming the nearest ones. */
export function named<T extends { readonly name: string }>(sets: readonly T[], name: string, what: string): T {
  const found = sets.find((set) => set.name === name);
  if (found) return found;
  const names = sets.map((set) => set.name);
  const [closest] = nearest(name, names);
  const hint = closest === undefined ? '' : `Did you mean ${closest}? `;
  throw new UserError(`There is no ${what} '${name}'. ${hint}Known are ${names.join(', ')}.`);
}

/** The folder that holds the files. */
const dataFolder = (): string => process.env.LATTIGRAD_DATA ?? '../shared/data';

/** Names have no slashes, and no ending of a file format. */
const isPath = (text: string): boolean => /[\\/]/.test(text) || endingOf(text) !== undefined;
const ownFile = (path: string) => ({ name: shortName(path), file: null, own: path });

/** A property set by name, or a file of the user's own. */
export const propertySet = (text: string): PropertySet =>
  isPath(text)
    ? { ...ownFile(text), property: 'the property that the file names' }
    : named(PROPERTY_SETS, text, 'data set');

/** What can be pre-trained on: a source of forces, the whole file of a property set, or a file of the user's own. */
export const sourceOf = (text: string): Located =>
  isPath(text)
    ? ownFile(text)
    : named(
        [...FORCE_SOURCES, ...PROPERTY_SETS.filter(({ file, maxAtoms }) => file !== null && maxAtoms === undefined)],
        text,
        'source',
      );

/** Where the file of a set is expected; null for the built-in universe. */
export const fileOf = ({ file, own }: Pick<Located, 'file' | 'own'>): string | null =>
  own ?? (file === null ? null : join(dataFolder(), file));

/** Throws UserError unless the file of a set is there. */
export function insistOnFile(path: string | null): void {
  if (path === null || existsSync(path)) return;
  const below = relative(dataFolder(), path);
  const isOwn = below.startsWith('..') || isAbsolute(below);
  const use = isOwn ? 'Use' : `Set LATTIGRAD_DATA to the folder with ${below}, or use`;
  throw new UserError(
    `expected its file at ${path}. ${use} the built-in universe, which needs no file: ` +
      '--datasets universe-formation universe-bulk --sources universe',
  );
}
