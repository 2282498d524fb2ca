/**
 * Headers as people write them: every dialect of a key and a value says the same, nothing is cut short, and what may
 * have been meant otherwise earns a note.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { real, realAt } from '../../data/decimal.ts';
import { readDataFile, structuresIn } from '../../data/formats.ts';
import { DataError, formatExtxyz, type LabelledStructure, parseExtxyz } from '../../data/index.ts';

import { HEAVIEST_ELEMENT } from '../../nn/inputs.ts';
import { check } from '../support/check.ts';
import { data, needs } from '../support/folders.ts';

const test = suite('headers');

const LATTICE = 'Lattice="3 0 0 0 4 0 0 0 5"';
const one = (comment: string, atom = 'Cu 0.1 0.2 0.3') => parseExtxyz(`1\n${comment}\n${atom}\n`, 'file')[0];
const refused = (comment: string, reason: RegExp, atom?: string) => {
  try {
    one(comment, atom);
  } catch (error) {
    assert.instance(error, DataError, comment);
    assert.match((error as Error).message, reason, comment);
    return;
  }
  assert.unreachable(`read: ${comment}`);
};

/** The notes on structures in a text. */
async function notes(text: string): Promise<readonly string[]> {
  async function* chunks() {
    yield Buffer.from(text);
  }
  const reading = structuresIn(chunks(), 'file');
  for (;;) {
    const next = await reading.next();
    if (next.done) return next.value.notes;
  }
}
const noted = (comment: string, atom = 'Cu 0.1 0.2 0.3') => notes(`1\n${comment}\n${atom}\n`);

/** Texts that are read as texts. */
const text = fc
  .string({ unit: fc.oneof(fc.constantFrom(...' "\'{}[]=\\,:#'), fc.constantFrom('é', '東', 'x', '7')), maxLength: 14 })
  .map((s) => `q${s}`);
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{2,8}$/).map((s) => `k${s}`);

/** Pairs as written and as meant: any dialect that has one meaning. */
const pair = fc.record({
  key: name,
  text,
  number: fc.double({ noNaN: true, noDefaultInfinity: true }),
  kind: fc.nat(11),
});
function written({
  key,
  text,
  number,
  kind,
}: typeof pair extends fc.Arbitrary<infer P> ? P : never): [string, unknown] {
  const escaped = `"${text.replace(/["\\]/g, '\\$&')}"`;
  const forms: [string, unknown][] = [
    [`${key}=${number}`, number],
    [`${key}= ${number}`, number],
    [`${key} = ${number}`, number],
    [`${key} =${number}`, number],
    [`"${key}"=${number}`, number],
    [`'${key}' = "${number}"`, number],
    [`${key}=${escaped}`, text],
    [`${key} = ${escaped}`, text],
    [`${key}=`, ''],
    [`${key}=""`, ''],
    [key, true],
    [`${key}=[[${number}, 1], [2, {3}]]`, [number, 1, 2, 3]],
  ];
  return forms[kind];
}

test('pairs in any dialect stand side by side and swallow nothing', () =>
  check(
    fc.uniqueArray(pair, { selector: ({ key }) => key.toLowerCase(), maxLength: 6 }),
    (pairs) => {
      const forms = pairs.map(written);
      const read = one(`${LATTICE} ${forms.map(([form]) => form).join(' ')} energy=-9.5`);
      assert.is(read.energy, -9.5);
      assert.equal(read.properties, Object.fromEntries(pairs.map(({ key }, k) => [key, forms[k][1]])));
    },
    300,
  ));

test('keys of any letters are written so that they are read back', () =>
  check(
    fc.dictionary(text, text, { maxKeys: 4 }),
    (properties) => {
      const { properties: read } = parseExtxyz(
        formatExtxyz({ ...one(LATTICE), properties: { name: 'x', ...properties } }),
      )[0];
      assert.equal(read, { name: 'x', ...properties });
    },
    200,
  ));

test('nested values are read whole or refused', () => {
  const { properties } = one(
    `${LATTICE} smiles=[Na+].[Cl-] a={x {y [z "]"]}} b=[['it', "s"], [it's]] c="_JSON {\\"a\\": [1, {\\"b\\": \\"x y\\"}]}" ` +
      'd="_JSON [[1, 2], [3, 4.5]]" e="_JSON [\\"C:\\\\temp\\", \\"say \\\\\\"hi\\\\\\" now\\"]" f=C[C@H](N)C(=O)O g=[1 2].[3 4] last=1',
  );
  assert.equal(properties, {
    smiles: '[Na+].[Cl-]',
    a: '{x {y [z "]"]}}',
    b: `[['it', "s"], [it's]]`,
    c: '_JSON {"a": [1, {"b": "x y"}]}',
    d: [1, 2, 3, 4.5],
    e: '_JSON ["C:\\temp", "say \\"hi\\" now"]',
    f: 'C[C@H](N)C(=O)O',
    g: '[1 2].[3 4]',
    last: 1,
  });
  for (const value of ['[[1 2]', '{[}]', '["]', '{a', '"a"b', '[1 2].[3', '"_JSON {\\"a\\": 1"x'])
    refused(`${LATTICE} note=${value} energy=1`, /^file:2: .*(closing|space)/);
  const deep = one(`${LATTICE} deep=${'['.repeat(1e5)}1${']'.repeat(1e5)}`);
  assert.is(deep.properties.deep, 1);
});

test('values in calls and round brackets are whole; a bracket that does not close hides no key', async () => {
  const inner = fc.constantFrom('1., 2.', '[1., 2.], [3., 4.]', "'a b'", '1, dtype=float', '"(x y"', '{1: (2, 3)}', '');
  const head = fc.constantFrom('array', 'np.str_', '', 'x[0]', 'C', 'a(b)');
  await check(fc.tuple(head, inner, fc.constantFrom('', 'c', '.d')), ([name, inside, tail]) => {
    const value = `${name}(${inside})${tail}`;
    if (value.startsWith('(') && tail === '' && /^[\d., [\]]+$/.test(inside)) return;
    assert.equal(one(`${LATTICE} v=${value} last=1 flag`).properties, { v: value, last: 1, flag: true });
  });
  assert.equal(one(`${LATTICE} a=(0, 1) b=((1,2), (3,4)) c=1.54(3) pbc=(True, True, False)`).properties, {
    a: [0, 1],
    b: [1, 2, 3, 4],
    c: '1.54(3)',
  });
  for (const text of ['sad=:( b=2', 'a=f(x b=2', 'a=[0,1) b=2', 'a=x[1 b=g(2) c=(3']) {
    const { properties } = one(`${LATTICE} ${text.replace('a=[0', 'a=0[0')} energy=-1`);
    assert.equal(Object.keys(properties).sort().join(), [...text.matchAll(/\w+(?==)/g)].map(String).sort().join());
  }
  assert.match((await noted(`${LATTICE} a=array([1, 2 b=2`))[0], /^file:2: the value of 'a' is read as 'array\(\[1,'/);
  assert.match((await noted(`${LATTICE} energy: -9.5`))[0], /^file:2: 'energy:' has no value/);
});

test('an empty value is an empty text, and a word that could be its value earns a note', async () => {
  assert.equal(one(`${LATTICE} empty= energy=-9.5`).properties, { empty: '' });
  assert.equal(one(`${LATTICE} empty= "band gap"=1.1 b=`).properties, { empty: '', 'band gap': 1.1, b: '' });
  assert.equal(one(`${LATTICE} empty= flag`).properties, { empty: '', flag: true });
  assert.match(
    (await noted(`${LATTICE} config= bulk`))[0],
    /^file:2: 'config' is read as an empty text and 'bulk' as a key/,
  );
  assert.equal(await noted(`${LATTICE} empty= energy=1 x = bulk`), []);
});

test('two values of one key are refused, two bare words are free text', () => {
  for (const twice of [
    'a=1 a=1',
    'a=1 a=2',
    'a a=1',
    '"a"=1 a=2',
    'energy=1 energy=2',
    `${LATTICE}`,
    'lattice="1 2 3"',
  ])
    refused(`${LATTICE} ${twice}`, /^file:2: (the key .* twice|.*mean the same)/);
  refused(`${LATTICE} Virial="1 2 3 4 5 6" virial="1 2 3 4 5 6"`, /mean the same/);
  assert.is(one('the cat and the dog').cell.length, 9);
});

test('a lattice in any case is a lattice; so are the other keys with a place of their own', () =>
  check(
    fc.record({ flips: fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }) }),
    ({ flips }) => {
      const any = (word: string) =>
        [...word].map((c, k) => (flips[k % 7] ? c.toUpperCase() : c.toLowerCase())).join('');
      const read = one(
        `${any('lattice')}="3 0 0 0 4 0 0 0 5" ${any('properties')}=${any('species')}:S:1:${any('pos')}:R:3:${any('forces')}:R:3 ` +
          `${any('energy')}=-2 ${any('stress')}="1 2 3 4 5 6" ${any('pbc')}="T T F"`,
        'Cu 0 0 0 1 2 3',
      );
      assert.equal([...read.cell], [3, 0, 0, 0, 4, 0, 0, 0, 5]);
      assert.equal([read.energy, [...read.forces!], read.stress![0]], [-2, [1, 2, 3], 1]);
      assert.equal([read.periodic, read.properties, read.arrays], [[true, true, false], {}, {}]);
    },
    20,
  ));

test('a crystal never becomes a molecule in silence', async () => {
  for (const key of ['cell', 'Cell', 'box', 'cell_vec', 'unit_cell', 'lattice_vectors', 'H', 'supercell'])
    for (const value of ['"4 0 0 0 4 0 0 0 4"', '[[4,0,0],[0,4,0],[0,0,4]]', '"4 4 4"', '"4 4 4 90 90 90"'])
      assert.match(
        (await noted(`energy=1 ${key}=${value}`))[0] ?? '',
        new RegExp(`^file:2: '${key}' looks like a lattice`),
      );
  assert.match((await noted('energy=1'))[0], /neither Lattice nor pbc/);
  assert.equal(await noted('pbc="F F F" energy=1'), []);
  assert.equal(await noted(`${LATTICE} cell="4 4 4"`), []);
  const [note, ...others] = await notes('1\nbox="4 4 4"\nCu 0 0 0\n'.repeat(3));
  assert.match(note, /^file:2: .* 3 structures/);
  assert.equal(others, []);
});

test('columns: one of a kind, forces before force, elements that agree', async () => {
  const P = `${LATTICE} Properties=species:S:1:pos:R:3`;
  const both = one(`${P}:force:R:3:forces:R:3`, 'Ni 0 0 0 9 9 9 1 2 3');
  assert.equal(
    [[...both.forces!], [...both.arrays.force]],
    [
      [1, 2, 3],
      [9, 9, 9],
    ],
  );
  assert.match((await noted(`${P}:forces:R:3:force:R:3`, 'Ni 0 0 0 1 2 3 9 9 9'))[0], /'force' and 'forces'/);
  refused(`${P}:spin:R:1:spin:R:1`, /'spin' stands in Properties twice/, 'Ni 0 0 0 1 1');
  refused(`${P}:positions:R:3`, /'pos' and 'positions' mean the same/, 'Ni 0 0 0 1 1 1');
  refused(`${P}:forces:R:3:Forces:R:3`, /mean the same/, 'Ni 0 0 0 1 1 1 1 1 1');
  refused(`${P}:Z:I:1`, /^file:3: species and Z say different elements for atom 1/, 'Ni 0 0 0 29');
  assert.equal([...one(`${P}:Z:I:1`, 'Ni 0 0 0 28').arrays.Z], [28]);
  for (const junk of [':', ':spin', ':spin:R', ':spin:R:1x', ':spin:R:0x1', ':spin:R:1:', '::R:1', ':spin:R:1,'])
    refused(`${P}${junk}`, /^file:2: expected Properties as/, 'Ni 0 0 0 1');
  for (const type of ['S', 'L']) refused(`${P}:forces:${type}:3`, /expected forces:R:3/, 'Ni 0 0 0 T F T');
  refused(`${LATTICE} Properties=species:S:1:pos:L:3`, /expected a column pos:R:3/, 'Ni F T F');
  refused(`${P}:wide:R:999999999`, /^file:3: expected 1000000003 columns/);
});

test('elements: what networks do not know is refused on its line, and likely meanings are named', () => {
  const read = (atom: string) => parseExtxyz(`1\n${LATTICE}\n${atom} 0 0 0\n`, 'file', { heaviest: HEAVIEST_ELEMENT });
  assert.is(read('Es')[0].numbers[0], HEAVIEST_ELEMENT);
  for (const heavy of ['Fm', 'Lr', 'Og'])
    assert.throws(
      () => read(heavy),
      new RegExp(`^file:3: the element '${heavy}' \\(atom 1\\).*up to ${HEAVIEST_ELEMENT}`),
    );
  assert.is(one(LATTICE, 'Og 0 0 0').numbers[0], 118);
  for (const [symbol, hint] of [
    ['D', /hydrogen/],
    ['T', /hydrogen/],
    ['X', /ghost/],
    ['cu', /mean Cu/],
    ['CU', /mean Cu/],
    ['Fe2+', /write Fe/],
  ] as const)
    refused(LATTICE, hint, `${symbol} 0 0 0`);
});

test('stresses of another unit are told by their sizes', async () => {
  const of = (scale: number) =>
    Array.from(
      { length: 20 },
      (_, k) =>
        `1\n${LATTICE} stress="${[1, 0.5, 0.2, 0, 0, 0.1].map((x) => (x * scale * (k + 1)) / 200)}"\nCu 0 0 0\n`,
    ).join('');
  // 0.1 eV/A^3 is 16 GPa.
  assert.equal(await notes(of(1)), []);
  assert.match((await notes(of(160.2176634 * 1)))[0], /^file:2: half of the stresses/);
  assert.match((await notes(of(1602.176634)))[0], /kbar/);
  assert.match(
    (await noted(`${LATTICE} stress_unit=kbar stress="1 0 0 0 0 0"`))[0],
    /'stress_unit' says 'kbar', .* eV\/A\^3/,
  );
  assert.equal(await noted(`${LATTICE} stress_unit=eV/A^3 energy_units=eV stress=".1 0 0 0 0 0"`), []);
});

test('forces of another unit are told by their sizes', () =>
  check(
    fc.tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom(1, 0.0194, 23.06, 1000, 1e30)),
    async ([n, scale]) => {
      // From 0.5 to 3 eV/A, with a few blown up.
      const of = (k: number) => scale * (k % 5 === 1 ? 3000 : 0.5 + (2.5 * k) / n);
      const rows = Array.from(
        { length: n },
        (_, k) => `1\n${LATTICE} Properties=species:S:1:pos:R:3:forces:R:3\nCu 0 0 0 0 ${of(k)} 0\n`,
      );
      const said = await notes(rows.join(''));
      assert.is(
        said.filter((note) => /^file:2: half of the structures have forces/.test(note)).length,
        scale > 100 ? 1 : 0,
      );
    },
  ));

test('a stress and a virial that do not mean the same earn a note, those that do none', () =>
  check(
    fc.tuple(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 6, maxLength: 6 }), fc.constantFrom(1, -1, 27)),
    async ([six, scale]) => {
      const stress = six.map((x) => x / 200);
      // The cell has 27 A^3.
      const virial = stress.map((x) => -27 * x * scale);
      const said = await noted(`Lattice="3 3 3" virial="${virial.join(' ')}" stress="${stress.join(' ')}"`);
      const isSame = scale === 1 || six.every((x) => x === 0);
      assert.is(said.filter((note) => note.includes('stress and virial contradict')).length, isSame ? 0 : 1);
    },
  ));

needs(data, test, 'healthy data raise no notes', async () => {
  for (const folder of ['pretrain', 'formats'].filter((name) => existsSync(join(data, name))))
    for (const file of readdirSync(join(data, folder)).filter((name) => /\.extxyz(\.gz)?$/.test(name)))
      assert.equal((await readDataFile(join(data, folder, file))).notes, [], file);
});

test('names of the language are names like others', () => {
  const words = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  const read = one(
    `${LATTICE} Properties=species:S:1:pos:R:3:__proto__:R:1 ${words.map((w) => `${w}=7`).join(' ')}`,
    'Cu 0 0 0 5',
  );
  for (const word of words) assert.is(Object.getOwnPropertyDescriptor(read.properties, word)?.value, 7);
  assert.equal([...(Object.getOwnPropertyDescriptor(read.arrays, '__proto__')!.value as Float64Array)], [5]);
  assert.is(({} as Record<string, unknown>).seed, undefined);
  const again: LabelledStructure = parseExtxyz(formatExtxyz(read))[0];
  assert.is(Object.getOwnPropertyDescriptor(again.properties, 'constructor')?.value, 7);
});

test('messages quote little, on one line, without control characters', () =>
  check(
    fc.tuple(fc.string({ unit: 'binary', maxLength: 200 }), fc.nat(4)),
    ([junk, where]) => {
      const texts = [
        junk,
        `1\n${LATTICE} ${junk}="x\nCu 0 0 0\n`,
        `1\n${LATTICE} Properties=${junk}\nCu 0 0 0\n`,
        `1\n${LATTICE}\nCu ${junk} 0 0\n`,
        `1\n${LATTICE}\n${junk} 0 0 0\n`,
      ];
      try {
        parseExtxyz(texts[where], 'file');
      } catch (error) {
        assert.instance(error, DataError);
        const { message } = error as Error;
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
        assert.not.match(message, /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202e]/);
        assert.ok(message.length < 400, message);
      }
    },
    400,
  ));

test('numbers are the nearest float64, read in place or not', () =>
  check(
    fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.tuple(fc.integer(), fc.nat(999_999_999), fc.nat(12)).map(([a, b, k]) => `${a}.${String(b).padStart(k, '0')}`),
      fc.constantFrom(
        '-0',
        '-0.0',
        '.5',
        '5.',
        '+1',
        '1e5',
        '1D-3',
        '.',
        '-',
        '+.',
        '',
        '1.2.3',
        '0x10',
        'NaN',
        '1_0',
        '--1',
        '1e',
        '12345678901234567890',
      ),
    ),
    (word) => {
      for (const read of [real(word), realAt(`ab${word}cd`, 2, 2 + word.length)]) {
        const valid = /^[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?$/.test(word);
        assert.ok(Object.is(read, valid ? Number(word.replace(/[dD]/, 'e')) : Number.NaN), `${word}: ${read}`);
      }
    },
    500,
  ));

test.run();
