import { describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { InMemoryDataset } from '../../../kernel-lib/src/datasets/in-memory-dataset.ts';
import { decodeTokens, encodeSequence } from '../../../kernel-lib/src/sequence/encode-sequence.ts';

/** Windows of 4 bases with 2 real bases on both sides, and two features. */
const stored = ['AACGTACC', 'TTGGGGAA', 'CCATATGG'];

function makeDataset(options: { maxShift?: number; reverseComplement?: boolean } = {}) {
  return new InMemoryDataset({
    ids: ['a', 'b', 'c'],
    inputs: {
      promoter: {
        kind: 'tokens',
        shape: [4],
        values: encodeSequence(stored.join('')),
        flank: 2,
        ...options,
      },
      half_life: {
        kind: 'features',
        shape: [2],
        names: ['length', 'gc'],
        values: Float32Array.of(1, 2, 3, 4, 5, 6),
      },
    },
    targetNames: ['x', 'y'],
    targets: Float32Array.of(10, 11, 20, 21, 30, 31),
    weights: Float32Array.of(1, 0.5, 2),
  });
}

function windowOf(dataset: InMemoryDataset, index: number, random?: Random): string {
  return decodeTokens(dataset.example(index, random).inputs['promoter'] as Uint8Array);
}

describe('InMemoryDataset', () => {
  it('gives the centre window, features, targets and weight of an example', () => {
    const dataset = makeDataset({ maxShift: 2, reverseComplement: true });
    expect(dataset.length).toBe(3);
    expect(dataset.inputs).toEqual({
      promoter: { kind: 'tokens', shape: [4] },
      half_life: { kind: 'features', shape: [2], names: ['length', 'gc'] },
    });
    expect(windowOf(dataset, 1)).toBe('GGGG');
    const example = dataset.example(2);
    expect(example.id).toBe('c');
    expect([...(example.inputs['half_life'] ?? [])]).toEqual([5, 6]);
    expect([...(example.target ?? [])]).toEqual([30, 31]);
    expect(example.weight).toBe(2);
    expect([...dataset.targetColumn('y')]).toEqual([11, 21, 31]);
  });

  it('shifts into real flanking bases, all shifts alike', () => {
    const dataset = makeDataset({ maxShift: 2 });
    const random = new Random(1);
    const counts = new Map<string, number>();
    for (let i = 0; i < 2000; i++) {
      const window = windowOf(dataset, 0, random);
      counts.set(window, (counts.get(window) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['AACG', 'ACGT', 'CGTA', 'GTAC', 'TACC']);
    for (const count of counts.values()) expect(Math.abs(count - 400)).toBeLessThan(80);
  });

  it('takes the other strand for half of the draws', () => {
    const dataset = makeDataset({ reverseComplement: true });
    const random = new Random(2);
    let flipped = 0;
    for (let i = 0; i < 1000; i++) if (windowOf(dataset, 1, random) === 'CCCC') flipped++;
    expect(Math.abs(flipped - 500)).toBeLessThan(60);
  });

  it('draws nothing but from the generator given, the same for the same state', () => {
    const dataset = makeDataset({ maxShift: 2, reverseComplement: true });
    const draw = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 20 }, (_, i) => windowOf(dataset, i % 3, random)).join();
    };
    expect(draw(5)).toBe(draw(5));
    expect(draw(5)).not.toBe(draw(6));
  });

  it('makes subsets that are views, also of subsets', () => {
    const dataset = makeDataset();
    const subset = dataset.subset([2, 0]).subset([1, 1, 0]);
    expect(subset.ids).toEqual(['a', 'a', 'c']);
    expect(windowOf(subset, 2)).toBe('ATAT');
    expect([...subset.targetColumn()]).toEqual([10, 10, 30]);
    const own = dataset.example(2).inputs['half_life'];
    expect(subset.example(2).inputs['half_life']?.buffer).toBe(own?.buffer);
    expect(() => subset.example(3)).toThrow(/index 3; expected a whole number from 0 to 2/);
  });

  it('crosses to a worker thread; of a view only its own examples', () => {
    const view = makeDataset({ maxShift: 2 }).subset([2, 1]);
    const plain = structuredClone(view.toPlain());
    expect(plain.inputs['promoter']?.values).toHaveLength(16);
    const copy = InMemoryDataset.fromPlain(plain);
    expect(copy.ids).toEqual(['c', 'b']);
    for (const index of [0, 1]) {
      expect(copy.example(index)).toEqual(view.example(index));
      expect(windowOf(copy, index, new Random(4))).toBe(windowOf(view, index, new Random(4)));
    }
    const whole = makeDataset();
    expect(InMemoryDataset.fromPlain(structuredClone(whole.toPlain())).example(1)).toEqual(
      whole.example(1),
    );
  });

  it('gives some of the inputs', () => {
    const promoterOnly = makeDataset().subset([1]).selectInputs(['promoter']);
    expect(Object.keys(promoterOnly.example(0).inputs)).toEqual(['promoter']);
    expect(promoterOnly.ids).toEqual(['b']);
    expect(() => makeDataset().selectInputs(['promotor'])).toThrow(/Did you mean 'promoter'/);
  });

  it('says what does not fit', () => {
    const tokens = { kind: 'tokens', shape: [2], values: Uint8Array.of(0, 1, 2, 3) } as const;
    const make = (parts: object) => () =>
      new InMemoryDataset({ ids: ['a', 'b'], inputs: { dna: tokens }, ...parts });
    expect(make({})).not.toThrow();
    expect(make({ ids: ['a', 'a'] })).toThrow(/'a' twice/);
    expect(make({ ids: ['a'] })).toThrow(/input 'dna': 4 values; expected 1 examples × 2/);
    expect(make({ inputs: { dna: { ...tokens, maxShift: 1 } } })).toThrow(
      /1 with 0 flanking bases stored/,
    );
    expect(make({ targetNames: ['y'] })).toThrow(/targets: 0 values; expected 2 examples × 1/);
    expect(make({ weights: Float32Array.of(1) })).toThrow(/weights: 1 values/);
    expect(make({ rows: Uint32Array.of(2) })).toThrow(/row 2/);
    expect(
      make({
        inputs: { x: { ...tokens, kind: 'features', reverseComplement: true } },
      }),
    ).toThrow(/on an input of tokens only/);
    expect(() => makeDataset().targetColumn('z')).toThrow(/'z'; expected a target/);
  });
});
