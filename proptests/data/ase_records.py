"""Writes random structures with ASE, and says what ASE reads in a file. Used by ase.test.ts only.

    ase_records.py write SEED COUNT FILE   extended XYZ to FILE, what was meant as JSON lines to standard output
    ase_records.py read FILE               what ASE reads as JSON lines
"""
import json
import random
import sys

import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io.extxyz import read_xyz, write_xyz


def plain(value):
    """Numbers, texts, truth values and lists of them as JSON knows them."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (np.generic,)):
        return value.item()
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


def any_text(draw):
    # Not a backslash in a text with quotes and a newline or tab nowhere: ASE cannot read those itself.
    return 'q' + ''.join(draw.choice('ab "\'{}[],;:é東') for _ in range(draw.randrange(9)))


def any_value(draw):
    number = draw.uniform(-100, 100)
    return draw.choice([
        lambda: any_text(draw),
        lambda: '',
        lambda: draw.randrange(-1000, 1000),
        lambda: number,
        lambda: draw.random() < 0.5,
        lambda: None,
        lambda: np.float64(number),
        lambda: np.array([number, 1.5, 2.0]),
        lambda: np.array([1, 2, 3]),
        lambda: np.array([[1.5, number], [3.0, 4.0]]),
        lambda: np.array([[1, 2], [3, 4]]),
        lambda: np.array([True, False]),
        lambda: np.array(['one', 'two words']),
        lambda: [1, 2, 3],
        lambda: ['a', 'b c', '[', '"'],
        lambda: {'a': {'b c': [1, {'d': any_text(draw)}]}, 'e': None},
    ])()


def any_key(draw, k):
    return draw.choice(['k%d', 'band gap %d', '"k%d"', "it's %d", 'k[%d]', '{k %d}']) % k


def any_atoms(draw):
    n = draw.randrange(1, 5)
    symbols = [draw.choice(['H', 'Cu', 'Og', 'U']) for _ in range(n)]
    uniform = lambda *shape: np.array([draw.uniform(-9, 9) for _ in range(int(np.prod(shape)))]).reshape(shape)
    atoms = Atoms(symbols, positions=uniform(n, 3))
    if draw.random() < 0.8:
        atoms.set_cell(uniform(3, 3) / 9 + 6 * np.eye(3))
        atoms.set_pbc([draw.random() < 0.5 for _ in range(3)])
    for k in range(draw.randrange(6)):
        key, value = any_key(draw, k), any_value(draw)
        # A quoted key without a value looks like the value of an empty text before it.
        atoms.info['k%d' % k if value is None else key] = value
    for k in range(draw.randrange(4)):
        atoms.set_array('c%d' % k, draw.choice([
            lambda: uniform(n), lambda: uniform(n, 3), lambda: uniform(n, 7),
            lambda: np.arange(n), lambda: np.arange(2 * n).reshape(n, 2),
            lambda: np.array([draw.random() < 0.5 for _ in range(n)]),
            lambda: np.array(['s%d' % draw.randrange(99) for _ in range(n)]),
        ])())
    if draw.random() < 0.7:
        stress = {'stress': uniform(6) / 100} if atoms.cell.any() else {}
        atoms.calc = SinglePointCalculator(atoms, energy=draw.uniform(-99, 99), forces=uniform(n, 3), **stress)
    return atoms


def shown(atoms, results):
    return {
        'numbers': atoms.numbers.tolist(),
        'positions': atoms.positions.ravel().tolist(),
        'cell': atoms.cell[:].ravel().tolist(),
        'pbc': atoms.pbc.tolist(),
        'info': [[key, plain(value)] for key, value in atoms.info.items()
                 if key not in results],
        'arrays': {k: plain(v) for k, v in atoms.arrays.items() if k not in ('numbers', 'positions')},
        'results': {k: plain(v) for k, v in results.items() if v is not None},
    }


def main():
    if sys.argv[1] == 'write':
        draw = random.Random(int(sys.argv[2]))
        images = [any_atoms(draw) for _ in range(int(sys.argv[3]))]
        with open(sys.argv[4], 'w', encoding='utf8') as file:
            write_xyz(file, images)
    else:
        with open(sys.argv[2], encoding='utf8') as file:
            images = list(read_xyz(file, slice(None)))
    for atoms in images:
        print(json.dumps(shown(atoms, atoms.calc.results if atoms.calc else {})))


main()
