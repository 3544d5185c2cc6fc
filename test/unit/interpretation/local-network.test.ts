import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { LocalNetwork } from '../../../kernel-lib/src/interpretation/local-network.ts';
import { SequenceConv1D } from '../../../kernel-lib/src/layers/sequence-conv1d.ts';
import { promoterRegions } from '../../../kernel-lib/src/models/promoter-regions.ts';
import { xpresso } from '../../../kernel-lib/src/models/xpresso.ts';
import { randomiseWeights, randomNetwork, wholeOutputs } from './random-networks.ts';

beforeAll(async () => {
  await useBackend('cpu');
});

/** Bases with some unknown ones. */
function sequencesOf(count: number, length: number, seed: number): Uint8Array[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () =>
    Uint8Array.from({ length }, () => (random.uniform() < 0.05 ? 4 : random.integer(4))),
  );
}

interface Substitution {
  readonly example: number;
  readonly position: number;
  readonly base: number;
}

/** Scores substitutions both ways; the largest difference relative to the scale of the output. */
async function largestDifference(
  model: tfl.LayersModel,
  sequences: readonly Uint8Array[],
  features: number,
  substitutions: readonly Substitution[],
): Promise<number> {
  const network = LocalNetwork.of(model)!;
  const random = new Random(5);
  const others = sequences.map(() =>
    Float32Array.from({ length: features }, () => random.normal()),
  );
  const given = features === 0 ? [] : others;
  const length = sequences[0]!.length;
  const open = await network.open(
    { count: sequences.length, length, tokens: Uint8Array.from(sequences.flatMap((s) => [...s])) },
    new Map([[1, Float32Array.from(others.flatMap((values) => [...values]))]]),
  );
  const references = open.references.slice();
  const local = new Float32Array(substitutions.length * network.outputs);
  // Chunks of different sizes: what one leaves behind must not matter to the next.
  let first = 0;
  for (let size = 7; first < substitutions.length; first += size, size = (size * 5) % 61) {
    const chunk = substitutions.slice(first, first + size);
    const scores = await open.score({
      count: chunk.length,
      examples: Int32Array.from(chunk, ({ example }) => example),
      positions: Int32Array.from(chunk, ({ position }) => position),
      bases: Uint8Array.from(chunk, ({ base }) => base),
    });
    chunk.forEach(({ example, position }, i) => {
      const own = scores.subarray(i * network.outputs, (i + 1) * network.outputs);
      local.set(own, (first + i) * network.outputs);
      if (open.reaches(position)) return;
      const unchanged = references.subarray(example * network.outputs);
      own.forEach((value, j) => expect(value).toBeCloseTo(unchanged[j]!, 5));
    });
  }
  open.dispose();
  const mutants = substitutions.map(({ example, position, base }) => {
    const copy = sequences[example]!.slice();
    copy[position] = base;
    return copy;
  });
  const whole = wholeOutputs(
    model,
    [...sequences, ...mutants],
    given.length === 0 ? [] : [...given, ...substitutions.map(({ example }) => given[example]!)],
  );
  // Values within the networks are near 1: outputs far below are what is left of larger ones.
  const scale = whole.reduce((most, value) => Math.max(most, Math.abs(value)), 0.25);
  const both = [...references, ...local];
  expect(both).toHaveLength(whole.length);
  return both.reduce((most, value, i) => Math.max(most, Math.abs(value - whole[i]!)), 0) / scale;
}

/** Every substitution at the ends, and some between. */
function someSubstitutions(sequences: readonly Uint8Array[], each: number, seed: number) {
  const random = new Random(seed);
  return sequences.flatMap((tokens, example) => {
    const ends = [0, 1, 2, tokens.length - 2, tokens.length - 1];
    const between = Array.from({ length: each }, () => random.integer(tokens.length));
    return [...ends, ...between].flatMap((position) =>
      [0, 1, 2, 3].flatMap((base) =>
        tokens[position] === base ? [] : [{ example, position, base }],
      ),
    );
  });
}

describe('local recomputation', () => {
  it('equals the whole network, whatever its layers are', { timeout: 60_000 }, async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1e9 }), async (seed) => {
        const network = randomNetwork(seed);
        if (network === undefined) return;
        const { model, length, features } = network;
        const sequences = sequencesOf(2, length, seed);
        const substitutions = someSubstitutions(sequences, 8, seed);
        const before = tf.memory().numTensors;
        const difference = await largestDifference(model, sequences, features, substitutions);
        expect(tf.memory().numTensors).toBe(before);
        expect(difference).toBeLessThan(1e-5);
        compared++;
        model.dispose();
      }),
      { numRuns: 120, seed: 4 },
    );
    expect(compared).toBeGreaterThan(80);
  });

  it.each([
    ['xpresso', xpresso, 'promoter-1500'],
    ['promoter-regions', promoterRegions, 'yeast-1500'],
  ] as const)('equals the whole network of %s', async (_name, architecture, preset) => {
    const build = architecture.build as (config: unknown) => tfl.LayersModel;
    const model = build((architecture.presets as Record<string, unknown>)[preset]);
    randomiseWeights(model, 1);
    const sequences = sequencesOf(2, 1500, 2);
    const around = [650, 651, 1018, 1019, 1020, 1021, 1079, 1080, 1129, 1130, 1131, 1132, 1133];
    const substitutions = around.map((position) => ({
      example: position % 2,
      position,
      base: (sequences[position % 2]![position]! + 1) % 4,
    }));
    const difference = await largestDifference(model, sequences, 6, [
      ...substitutions,
      ...someSubstitutions(sequences, 3, 3),
    ]);
    expect(difference).toBeLessThan(1e-5);
    const whole = LocalNetwork.of(model)!.layers.filter(({ recomputed }) => recomputed === 'whole');
    expect(whole.every(({ layer }) => /^dense_\d$/.test(layer))).toBe(true);
    model.dispose();
  });

  it('says how each layer is recomputed', () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.inputLayer({ inputShape: [20], dtype: 'int32' }),
        new SequenceConv1D({ name: 'first', filters: 3, kernelSize: 3 }),
        tfl.layers.dropout({ name: 'dropout', rate: 0.5 }),
        tfl.layers.conv1d({ name: 'second', filters: 2, kernelSize: 3 }),
        tfl.layers.flatten({ name: 'flatten' }),
        tfl.layers.dense({ name: 'hidden', units: 4, activation: 'relu' }),
        tfl.layers.dense({ name: 'output', units: 1 }),
      ],
    });
    expect(LocalNetwork.of(model)!.layers).toEqual([
      { layer: 'first', recomputed: 'positions' },
      { layer: 'second', recomputed: 'positions' },
      { layer: 'hidden', recomputed: 'sums' },
      { layer: 'output', recomputed: 'whole' },
    ]);
    model.dispose();
  });

  it('takes one-hot input and embeddings too', async () => {
    const sequences = sequencesOf(2, 25, 8);
    const substitutions = someSubstitutions(sequences, 6, 8);
    const layers = (): tfl.layers.Layer[] => [
      tfl.layers.conv1d({ filters: 5, kernelSize: 4, activation: 'relu' }),
      tfl.layers.averagePooling1d({ poolSize: 3, strides: 2 }),
      tfl.layers.flatten(),
      tfl.layers.dense({ units: 2 }),
    ];
    const embedded = tfl.sequential({
      layers: [tfl.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 25 }), ...layers()],
    });
    randomiseWeights(embedded, 2);
    expect(await largestDifference(embedded, sequences, 0, substitutions)).toBeLessThan(1e-5);

    const oneHot = tfl.sequential({
      layers: [tfl.layers.inputLayer({ inputShape: [25, 4] }), ...layers()],
    });
    randomiseWeights(oneHot, 3);
    const network = LocalNetwork.of(oneHot)!;
    const [sequence] = sequences as [Uint8Array];
    const open = await network.open({ count: 1, length: 25, tokens: sequence }, new Map());
    const base = (sequence[9]! + 1) % 4;
    const scores = await open.score({
      count: 1,
      examples: Int32Array.of(0),
      positions: Int32Array.of(9),
      bases: Uint8Array.of(base),
    });
    const expected = tf.tidy(() => {
      const mutant = Int32Array.from(sequence);
      mutant[9] = base;
      const input = tf.slice(tf.oneHot(tf.tensor1d(mutant, 'int32'), 5), [0, 0], [25, 4]);
      return (oneHot.apply(tf.expandDims(tf.cast(input, 'float32'))) as tf.Tensor).dataSync();
    });
    expected.forEach((value, i) => expect(scores[i]).toBeCloseTo(value, 5));
    open.dispose();
    embedded.dispose();
    oneHot.dispose();
  });

  it('leaves alone what it could not follow', () => {
    const tokens = (): tfl.SymbolicTensor => tfl.input({ shape: [20], dtype: 'int32' });
    const first = (name: string, input: tfl.SymbolicTensor): tfl.SymbolicTensor =>
      new SequenceConv1D({ name, filters: 3, kernelSize: 3 }).apply(input) as tfl.SymbolicTensor;
    const dense = tfl.sequential({
      layers: [tfl.layers.dense({ units: 2, inputShape: [20] })],
    });
    expect(LocalNetwork.of(dense)).toBeUndefined();
    const input = tokens();
    const hidden = first('a', input);
    const two = tfl.model({ inputs: input, outputs: [hidden, first('b', input)] });
    expect(LocalNetwork.of(two)).toBeUndefined();
    const masked = tokens();
    const embedding = tfl.layers.embedding({ inputDim: 5, outputDim: 3, maskZero: true });
    const recurrent = tfl.layers
      .simpleRNN({ units: 2, recurrentInitializer: 'zeros' })
      .apply(embedding.apply(masked));
    const hiding = tfl.model({ inputs: masked, outputs: recurrent as tfl.SymbolicTensor });
    expect(LocalNetwork.of(hiding)).toBeUndefined();
  });
});
