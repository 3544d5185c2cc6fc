import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  kernelThreadCount,
  ownHeap,
  setKernelThreadCount,
} from '../../../kernel-lib/src/backend/kernel-heap.ts';
import { sharedHeapOf } from '../../../kernel-lib/src/backend/shared-wasm-backend.ts';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import {
  mutagenesisAttribution,
  saturationMutagenesis,
} from '../../../kernel-lib/src/interpretation/mutagenesis.ts';
import { sequenceScorer } from '../../../kernel-lib/src/interpretation/predictor-scorer.ts';
import type { SequenceScorer } from '../../../kernel-lib/src/interpretation/sequence-scorer.ts';
import { readWeights } from '../../../kernel-lib/src/layers/named-weights.ts';
import {
  promoterRegions,
  promoterRegionsConfigSchema,
} from '../../../kernel-lib/src/models/promoter-regions.ts';
import type { ModelFolder } from '../../../kernel-lib/src/prediction/model-folder.ts';
import { Predictor } from '../../../kernel-lib/src/prediction/predictor.ts';
import { randomiseWeights } from './random-networks.ts';
import { randomTokens } from './toy-scorers.ts';

const LENGTH = 90;

const architecture = promoterRegionsConfigSchema.parse({
  length: LENGTH,
  regions: [
    {
      ...{ name: 'a', start: 10, end: 50, filters: 5, width: 4, pool: 5 },
      second: { filters: 6, width: 3, pool: 2 },
    },
    {
      ...{
        name: 'b',
        start: 40,
        end: 76,
        filters: 8,
        width: 6,
        pool: 6,
        pooling: 'mean',
        phases: 3,
      },
      second: { filters: 4, width: 3, pool: 3 },
    },
  ],
  features: ['length'],
  outputs: ['first', 'second'],
});

/** An ensemble of two networks with one feature and two outputs. */
function folder(): ModelFolder['config'] {
  return {
    library: 'tatabox',
    library_version: '0.1.0',
    model_type: 'promoter-regions',
    architecture: { ...architecture },
    members: 2,
    alphabet: { letters: 'ACGT', unknown: 'zero' },
    inputs: [
      { name: 'promoter', kind: 'tokens', shape: [LENGTH] },
      { name: 'half_life', kind: 'features', shape: [1] },
    ],
    outputs: [{ name: 'first' }, { name: 'second' }],
    preprocessing: {
      target: { transform: 'log10', pseudocount: 0.1, mean: 2, standardDeviation: 3 },
    },
  };
}

async function ensemble(): Promise<Predictor> {
  const members = [];
  for (const seed of [1, 2]) {
    const model = promoterRegions.build(architecture, { seed });
    randomiseWeights(model, seed);
    members.push(await readWeights(model));
    model.dispose();
  }
  return Predictor.from({ config: folder(), members });
}

/** The same scorer, asked for every mutant whole. */
function whole(scorer: SequenceScorer): SequenceScorer {
  return { ...scorer, scoreSubstitutions: undefined };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

const sequences = [1, 2, 3, 4, 5].map((seed) => {
  const tokens = randomTokens(LENGTH, seed);
  tokens[seed * 11] = 4;
  return tokens;
});

describe.each(['cpu', 'wasm'] as const)(
  'saturation mutagenesis of an ensemble on %s',
  (backend) => {
    let model: Predictor;
    let scorer: ReturnType<typeof sequenceScorer>;

    beforeEach(async () => {
      await useBackend(backend);
      model = await ensemble();
      scorer = sequenceScorer(model, {
        sequences,
        features: { length: [0, 1, -1, 0.5, 2] },
        output: 'second',
      });
      return () => {
        scorer.dispose();
        model.dispose();
      };
    });

    afterAll(async () => {
      await useBackend('cpu');
    });

    it('gives what whole mutants give', async () => {
      const before = tf.memory().numTensors;
      const local = await saturationMutagenesis(scorer, scorer.sequences, { batchSize: 100 });
      expect(tf.memory().numTensors).toBe(before);
      const expected = await saturationMutagenesis(whole(scorer), scorer.sequences);
      expect(local.count).toBe(5);
      local.referenceScores.forEach((score, i) => {
        expect(score).toBeCloseTo(expected.referenceScores[i]!, 4);
      });
      expect(largestDifference(local.effects, expected.effects)).toBeLessThan(2e-5);
      expect(Math.max(...local.effects)).toBeGreaterThan(0.05);
    });

    it('gives nothing where the network sees nothing', async () => {
      const { effects } = await saturationMutagenesis(scorer, scorer.sequences);
      // The first filter of region a sees from one base before it, the last of b three behind.
      for (const position of [0, 8, 79, 89]) {
        const at = position * 4;
        expect([...effects.subarray(at, at + 4)]).toEqual([0, 0, 0, 0]);
      }
      expect(effects.subarray(9 * 4, 10 * 4).some((effect) => effect !== 0)).toBe(true);
      expect(effects.subarray(78 * 4, 79 * 4).some((effect) => effect !== 0)).toBe(true);
    });

    it('keeps window, rows and any size of a batch', async () => {
      const options = { start: 35, end: 55, rows: [4, 3, 2, 1, 0] };
      const expected = await saturationMutagenesis(whole(scorer), scorer.sequences, options);
      for (const batchSize of [9, 1000]) {
        const local = await saturationMutagenesis(scorer, sequences, { ...options, batchSize });
        expect(largestDifference(local.effects, expected.effects)).toBeLessThan(2e-5);
      }
      const attribution = await mutagenesisAttribution(scorer, scorer.sequences, options);
      expect(attribution.exampleScores).toHaveLength(5);
    });

    it('stops between batches, and reports each example', async () => {
      const controller = new AbortController();
      const done: number[] = [];
      const work = saturationMutagenesis(scorer, scorer.sequences, {
        signal: controller.signal,
        progress: (event) => {
          done.push(event.done);
          if (event.done === 2) controller.abort();
        },
      });
      await expect(work).rejects.toThrow(/interrupted/);
      expect(done).toEqual([1, 2]);
      const within = new AbortController();
      setImmediate(() => {
        within.abort();
      });
      const one = saturationMutagenesis(scorer, scorer.sequences, {
        batchSize: 1,
        signal: within.signal,
      });
      await expect(one).rejects.toThrow(/interrupted/);
    });

    it('gives the same bits on any number of threads', async () => {
      const threads = kernelThreadCount();
      const results = [];
      for (const count of [1, 3]) {
        await setKernelThreadCount(count);
        results.push(await saturationMutagenesis(scorer, scorer.sequences, { batchSize: 1000 }));
      }
      await setKernelThreadCount(threads);
      expect(results[0]!.effects).toEqual(results[1]!.effects);
    });

    it('gives its memory back, also when it is stopped', async () => {
      const heap = sharedHeapOf(tf.backend()) ?? ownHeap();
      const run = async (signal?: AbortSignal): Promise<number> => {
        await saturationMutagenesis(scorer, scorer.sequences, { signal }).catch(() => undefined);
        return heap.memory.buffer.byteLength;
      };
      await run();
      await run(AbortSignal.abort());
      const size = await run();
      for (let i = 0; i < 5; i++) expect(await run()).toBe(size);
    });
  },
);
