import { describe, expect, it } from 'vitest';
import { layerDelay } from '../../../kernel-lib/src/training/layer-delay.ts';
import { layerRates } from '../../../kernel-lib/src/training/layer-rates.ts';
import { rateFactors } from '../../../kernel-lib/src/training/rate-factors.ts';

const weights = [
  'embeddings/tokens',
  'layer_0_attention/query/kernel',
  'layer_0_attention/query/bias',
  'layer_1_output/kernel',
  'classifier/kernel',
].map((name) => ({ name }));

describe('layerRates', () => {
  it('gives each weight the factor of the last pattern that fits its layer', () => {
    const rates = { 'layer_*': 0.3, 'layer_1_*': 0.7, 'embedding*': 0.1 };
    expect(layerRates(weights, rates)).toEqual([0.1, 0.3, 0.3, 0.7, 1]);
  });

  it('names the nearest layer where none fits', () => {
    expect(() => layerRates(weights, { classifer: 2 })).toThrow(/layerRates[\s\S]*classifier/);
  });
});

describe('layerDelay with groups', () => {
  it('starts the layers of a group together, the others last', () => {
    const options = {
      steps: 10,
      factor: 0.5,
      warmupSteps: 2,
      groups: [['classifier'], ['layer_*']],
    };
    const factors = layerDelay(weights, options);
    expect(factors(0)).toEqual([0, 0, 0, 0, 0]);
    expect(factors(2)).toEqual([0, 0, 0, 0, 1]);
    expect(factors(11)).toEqual([0, 0.25, 0.25, 0.25, 1]);
    expect(factors(40)).toEqual([0.25, 0.5, 0.5, 0.5, 1]);
    expect(() => layerDelay(weights, { ...options, groups: [['head']] })).toThrow(/groups/);
  });

  it('joins with fixed rates', () => {
    const factors = rateFactors(weights, {
      layerRates: { embeddings: 0.1 },
      layerDelay: { steps: 1, factor: 1, warmupSteps: 0, groups: [['classifier']] },
    });
    expect(factors?.(0)).toEqual([0, 0, 0, 0, 1]);
    expect(factors?.(1)).toEqual([0.1, 1, 1, 1, 1]);
    expect(rateFactors(weights, { layerRates: {}, layerDelay: false })).toBeUndefined();
  });
});
