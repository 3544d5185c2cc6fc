import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { saturationMutagenesis } from '../../../kernel-lib/src/interpretation/mutagenesis.ts';
import { sequenceScorer } from '../../../kernel-lib/src/interpretation/predictor-scorer.ts';
import { readWeights, type WeightsByName } from '../../../kernel-lib/src/layers/named-weights.ts';
import { promoterRegions } from '../../../kernel-lib/src/models/promoter-regions.ts';
import {
  writeModelFolder,
  type ModelFolder,
} from '../../../kernel-lib/src/prediction/model-folder.ts';
import { Predictor } from '../../../kernel-lib/src/prediction/predictor.ts';
import { decodeTokens } from '../../../kernel-lib/src/sequence/encode-sequence.ts';
import type { BenchRow, PreparedWork } from '../bench-row.ts';

/** Weights as before training, but for an output layer that is not zero. */
async function member(seed: number): Promise<WeightsByName> {
  const config = promoterRegions.presets['yeast-1500'];
  if (config === undefined) throw new Error('no preset yeast-1500');
  const model = promoterRegions.build(config, { seed });
  const weights = await readWeights(model);
  model.dispose();
  const random = new Random(seed);
  weights['dense_2/kernel']?.data.forEach((_, i, values) => {
    values[i] = random.normal() / 8;
  });
  return weights;
}

/** The network of the quickstart: an ensemble of `members`. */
async function network(members: number): Promise<ModelFolder> {
  const config = promoterRegions.presets['yeast-1500'];
  if (config === undefined) throw new Error('no preset yeast-1500');
  return {
    config: {
      library: 'tatabox',
      library_version: 'bench',
      model_type: 'promoter-regions',
      architecture: { ...config },
      members,
      alphabet: { letters: 'ACGT', unknown: 'zero' },
      inputs: promoterRegions
        .inputs(config)
        .map(({ name, kind, shape }) => ({ name, kind, shape: [...shape] })),
      outputs: [{ name: 'expression' }],
      preprocessing: {},
    },
    members: await Promise.all(Array.from({ length: members }, (_, index) => member(index + 1))),
  };
}

/** All 4,500 substitutions of a promoter, from its tokens to their effects. */
async function prepare(folder: string, members: number): Promise<PreparedWork> {
  const model = await network(members);
  await mkdir(path.join(folder, 'model'), { recursive: true });
  await writeModelFolder(path.join(folder, 'model'), model);
  const predictor = await Predictor.from(model);
  const random = new Random(3);
  const promoter = Uint8Array.from({ length: predictor.length }, () => random.integer(4));
  await writeFile(path.join(folder, 'sequence.txt'), decodeTokens(promoter));
  // Features are zero, which is their mean.
  const features = Object.fromEntries(predictor.features.map((name) => [name, [0]]));
  const scorer = sequenceScorer(predictor, { sequences: [promoter], features });
  return {
    async run() {
      const begin = performance.now();
      const { effects } = await saturationMutagenesis(scorer, scorer.sequences);
      const milliseconds = performance.now() - begin;
      const check = effects.reduce((sum, effect) => sum + Math.abs(effect), 0);
      return { milliseconds, check };
    },
  };
}

function row(name: string, members: number, repetitions: number): BenchRow {
  const kind = members === 1 ? 'one network' : `ensemble of ${members}`;
  return {
    name,
    work: `saturation mutagenesis of 1,500 bp, quickstart CNN, ${kind}`,
    backends: ['tensorflow', 'wasm'],
    peers: [{ name: 'PyTorch', script: 'mutagenesis.py' }],
    goals: { tensorflow: 50, wasm: 50 },
    tolerance: 1e-3,
    repetitions,
    prepare: (folder) => prepare(folder, members),
  };
}

/** One network; PyTorch computes every mutant whole, in batches. */
export const mutagenesis = row('mutagenesis', 1, 7);

/** The ensemble that the quickstart trains. */
export const mutagenesisEnsemble = row('mutagenesis-ensemble', 3, 5);
