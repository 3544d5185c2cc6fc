import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { NumpyRandom } from '../../../kernel-lib/src/datasets/python-random-numpy.ts';
import { PythonRandom } from '../../../kernel-lib/src/datasets/python-random.ts';

interface Golden {
  readonly seed_12345: {
    readonly random: readonly number[];
    readonly randint: readonly number[];
    readonly getrandbits: readonly number[];
    readonly choice: readonly number[];
    readonly shuffle: readonly number[];
  };
  readonly large_seed: { readonly seed: number; readonly random: readonly number[] };
  readonly negative_seed: { readonly seed: number; readonly random: readonly number[] };
  readonly numpy_2026: {
    readonly shuffle: readonly number[];
    readonly random_sample: readonly number[];
    readonly permutation: readonly number[];
  };
}

const golden = JSON.parse(
  await readFile(new URL('golden/python-random.json', import.meta.url), 'utf8'),
) as Golden;
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('PythonRandom', () => {
  it('draws what Python draws, in the same order', () => {
    const random = new PythonRandom(12345);
    const { seed_12345: expected } = golden;
    expect(expected.random.map(() => random.random())).toEqual(expected.random);
    expect(expected.randint.map(() => random.integerBetween(-5, 1000))).toEqual(expected.randint);
    expect([1, 7, 31, 32].map((bits) => random.bits(bits))).toEqual(expected.getrandbits);
    expect(expected.choice.map(() => random.choice(upTo(17)))).toEqual(expected.choice);
    expect(random.shuffle(upTo(12))).toEqual(expected.shuffle);
  });

  it('takes seeds beyond 32 bits and below 0', () => {
    for (const { seed, random } of [golden.large_seed, golden.negative_seed]) {
      expect(new PythonRandom(seed).random()).toBe(random[0]);
    }
  });

  it('refuses seeds, bounds and numbers of bits that cannot be', () => {
    expect(() => new PythonRandom(0.5)).toThrow(/PythonRandom, seed: 0.5/);
    const random = new PythonRandom(1);
    expect(() => random.integer(0)).toThrow(/the bound 0/);
    expect(() => random.choice([])).toThrow(/the bound 0/);
    expect(() => random.bits(33)).toThrow(/from 1 to 32/);
  });
});

describe('NumpyRandom', () => {
  it('draws what RandomState draws, in the same order', () => {
    const random = new NumpyRandom(2026);
    const { numpy_2026: expected } = golden;
    expect(random.shuffle(upTo(33))).toEqual(expected.shuffle);
    expect(expected.random_sample.map(() => random.random())).toEqual(expected.random_sample);
    expect(random.shuffle(upTo(9))).toEqual(expected.permutation);
    expect(random.integer(1)).toBe(0);
  });

  it('refuses seeds that NumPy refuses', () => {
    for (const seed of [-1, 2 ** 32, 1.5]) expect(() => new NumpyRandom(seed)).toThrow(/seed/);
  });
});
