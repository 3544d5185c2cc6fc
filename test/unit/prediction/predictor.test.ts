import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { sequenceScorer } from '../../../kernel-lib/src/interpretation/predictor-scorer.ts';
import { readWeights } from '../../../kernel-lib/src/layers/named-weights.ts';
import { xpresso, xpressoConfigSchema } from '../../../kernel-lib/src/models/xpresso.ts';
import type { ModelConfig } from '../../../kernel-lib/src/prediction/model-config.ts';
import {
  readModelFolder,
  writeModelFolder,
  type ModelFolder,
} from '../../../kernel-lib/src/prediction/model-folder.ts';
import { outputColumn, Predictor } from '../../../kernel-lib/src/prediction/predictor.ts';
import { verifyModel, writeModelExample } from '../../../kernel-lib/src/prediction/verify-model.ts';

const architecture = xpressoConfigSchema.parse({
  length: 30,
  convolutions: [{ filters: 4, width: 3, pool: 5 }],
  dense: [{ units: 4 }],
  features: ['length', 'gc'],
});

/** Two members with a scaler: length is log10(x + 1), both columns are standardised. */
async function modelFolder(): Promise<ModelFolder> {
  const members = [];
  for (const seed of [1, 2]) {
    const model = xpresso.build(architecture, { seed });
    members.push(await readWeights(model));
    model.dispose();
  }
  const config: ModelConfig = {
    library: 'tatabox',
    library_version: '0.1.0',
    model_type: 'xpresso',
    architecture: { ...architecture },
    members: 2,
    alphabet: { letters: 'ACGT', unknown: 'zero' },
    inputs: [
      { name: 'promoter', kind: 'tokens', shape: [30] },
      { name: 'half_life', kind: 'features', shape: [2] },
    ],
    outputs: [{ name: 'expression' }],
    preprocessing: {
      target: { transform: 'log10', pseudocount: 0.1, mean: 2, standardDeviation: 3 },
      features: {
        half_life: {
          columns: [
            { column: 'length', transform: 'log10', pseudocount: 1, missing: 'zero' },
            { column: 'gc', transform: 'none', pseudocount: 0, missing: 'mean' },
          ],
          scaler: {
            type: 'standard',
            names: ['length', 'gc'],
            means: [2, 0.5],
            standardDeviations: [0.5, 0.1],
          },
        },
      },
    },
  };
  return { config, members };
}

const sequence = 'ACGTACGTACGGGTACGTTTACGTAACGTA';
const features = { length: [99, NaN], gc: [0.6, NaN] };

describe('Predictor', () => {
  let folder: string;

  beforeEach(async () => {
    await useBackend('cpu');
    folder = await mkdtemp(path.join(tmpdir(), 'tatabox-predictor-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('averages its members and undoes the standardisation of the target', async () => {
    const model = await modelFolder();
    const both = await Predictor.from(model);
    const { values } = await both.predict([sequence, sequence], { features });
    const single = await Promise.all(
      model.members.map(async (weights) => {
        const one = await Predictor.from({
          config: { ...model.config, members: 1 },
          members: [weights],
        });
        const result = await one.predict([sequence, sequence], { features });
        one.dispose();
        return result.values;
      }),
    );
    values.forEach((value, i) => {
      expect(value).toBeCloseTo((single[0]![i]! + single[1]![i]!) / 2, 5);
    });
    both.dispose();
  });

  it('takes a missing value as the training data had it: zero before the log, or the mean', async () => {
    const model = await Predictor.from(await modelFolder());
    const missing = await model.predict([sequence], { features: { length: [NaN], gc: [NaN] } });
    const given = await model.predict([sequence], { features: { length: [0], gc: [0.5] } });
    expect(missing.values[0]).toBeCloseTo(given.values[0]!, 5);
    const mean = await model.predict([sequence], { missingInputs: 'mean' });
    const atMean = await model.predict([sequence], { features: { length: [99], gc: [0.5] } });
    expect(mean.values[0]).not.toBe(missing.values[0]);
    expect(mean.values[0]).toBeCloseTo(atMean.values[0]!, 5);
    model.dispose();
  });

  it('names what is missing, unknown or of the wrong length', async () => {
    const model = await Predictor.from(await modelFolder());
    await expect(model.predict([sequence])).rejects.toThrow("no column 'length'");
    await expect(model.predict([sequence], { features: { ...features, cg: [1] } })).rejects.toThrow(
      "Did you mean 'gc'?",
    );
    await expect(
      model.predict(['ACGT'], { features: { length: [1], gc: [1] }, names: ['YAL001C'] }),
    ).rejects.toThrow("sequence 'YAL001C': 4 bases; expected 30");
    const predictions = await model.predict([sequence], { missingInputs: 'mean' });
    expect(() => outputColumn(predictions, 'expresion')).toThrow("Did you mean 'expression'?");
    model.dispose();
  });

  it('comes back from a folder as it was, and leaves no tensor behind', async () => {
    const model = await modelFolder();
    await writeModelFolder(folder, model);
    expect(await readModelFolder(folder)).toEqual(model);
    const before = tf.memory().numTensors;
    const loaded = await Predictor.load(folder);
    await loaded.predict([sequence], { missingInputs: 'mean' });
    loaded.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('scores one-hot sequences as it predicts tokens', async () => {
    const model = await Predictor.from(await modelFolder());
    const scorer = sequenceScorer(model, { sequences: [sequence, sequence], features });
    const tokens = new Uint8Array(60);
    scorer.sequences.forEach((each, i) => {
      tokens.set(each, i * 30);
    });
    const fast = await scorer.scoreTokens(tokens, [0, 1]);
    const oneHot = tf.oneHot(tf.tensor2d(Int32Array.from(tokens), [2, 30], 'int32'), 4);
    const slow = scorer.scoreOneHot(tf.cast(oneHot, 'float32') as tf.Tensor3D, [0, 1]).dataSync();
    const { values } = await model.predict([sequence, sequence], { features });
    fast.forEach((value, i) => {
      expect(value).toBeCloseTo(values[i]!, 4);
      expect(slow[i]).toBeCloseTo(values[i]!, 4);
    });
    scorer.dispose();
    model.dispose();
  });

  it('verifies its example, and notices other weights', async () => {
    const model = await modelFolder();
    await writeModelFolder(folder, model);
    await writeModelExample(folder, {
      names: ['a', 'b'],
      sequences: [sequence, sequence],
      features,
    });
    expect((await verifyModel(folder)).largestDifference).toBe(0);
    const [first, second] = model.members;
    await writeModelFolder(folder, { ...model, members: [first!, first!] });
    await expect(verifyModel(folder)).rejects.toThrow('predictions that differ');
    await writeModelFolder(folder, { ...model, members: [first!, second!] });
    await rm(path.join(folder, 'example'), { recursive: true });
    await expect(verifyModel(folder)).rejects.toThrow('the file is missing');
  });

  it('refuses a config that is damaged or of another library', async () => {
    await writeModelFolder(folder, await modelFolder());
    const file = path.join(folder, 'config.json');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.slice(0, 100));
    await expect(Predictor.load(folder)).rejects.toThrow('no valid JSON');
    await writeFile(file, '{"model_type": "bert"}');
    await expect(Predictor.load(folder)).rejects.toThrow("library: 'tatabox'");
    await writeFile(file, text.replace('"xpresso"', '"xpreso"'));
    await expect(Predictor.load(folder)).rejects.toThrow("Did you mean 'xpresso'?");
  });
});
