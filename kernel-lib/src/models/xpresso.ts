import * as tfl from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { Random } from '../core/random.ts';
import { SeededDropout } from '../layers/seeded-dropout.ts';
import { SequenceConv1D } from '../layers/sequence-conv1d.ts';
import type { Architecture, ModelInput } from './architecture.ts';

const rate = z.number().min(0).lt(1);
const size = z.int().min(1);

/** Schema of the config; everything but `length` has the paper's value as its default. */
export const xpressoConfigSchema = z
  .strictObject({
    length: size.describe('length of the promoter window in bases'),
    convolutions: z
      .array(
        z.strictObject({
          filters: size.describe('number of filters'),
          width: size.describe('width of the filters, in bases or pooled positions'),
          pool: size.describe('size and stride of the max-pooling behind it; a rest is dropped'),
          dropout: rate.default(0).describe('dropout behind the pooling'),
        }),
      )
      .min(1)
      .default([
        { filters: 128, width: 6, pool: 30, dropout: 0 },
        { filters: 32, width: 9, pool: 10, dropout: 0 },
      ]),
    dense: z
      .array(
        z.strictObject({
          units: size.describe('number of units'),
          dropout: rate.default(0).describe('dropout behind the layer'),
        }),
      )
      .default([
        { units: 64, dropout: 0.00099 },
        { units: 2, dropout: 0.01546 },
      ])
      .describe('fully connected layers between the flattened convolutions and the output'),
    features: z
      .array(z.string())
      .default([])
      .describe('names of the mRNA half-life features; none for promoter only'),
    featureDropout: rate.default(0).describe('dropout on the features'),
    outputs: z.array(z.string()).min(1).default(['expression']).describe('names of the outputs'),
  })
  .describe('Xpresso: a CNN from promoter sequence and mRNA features to expression');

/** Config of the Xpresso network. */
export interface XpressoConfig {
  length: number;
  convolutions: { filters: number; width: number; pool: number; dropout: number }[];
  dense: { units: number; dropout: number }[];
  features: string[];
  featureDropout: number;
  outputs: string[];
}

const paperFeatures = [
  'UTR5LEN',
  'CDSLEN',
  'INTRONLEN',
  'UTR3LEN',
  'UTR5GC',
  'CDSGC',
  'UTR3GC',
  'ORFEXONDENSITY',
];

const paper: XpressoConfig = xpressoConfigSchema.parse({ length: 10_500, features: paperFeatures });

/** The paper's manual choice: window −1,500…+1,500, two narrow convolutions, one dense layer. */
const manual: XpressoConfig = xpressoConfigSchema.parse({
  length: 3000,
  convolutions: [
    { filters: 64, width: 5, pool: 10 },
    { filters: 64, width: 5, pool: 20 },
  ],
  dense: [{ units: 100, dropout: 0.5 }],
  features: paperFeatures,
});

/** Names of the six mRNA features of the yeast promoter presets. */
export const YEAST_FEATURES = [
  'utr5_len',
  'orf_len',
  'utr3_len',
  'utr5_gc',
  'orf_gc',
  'utr3_gc',
] as const;

const compact: XpressoConfig = xpressoConfigSchema.parse({
  length: 1500,
  convolutions: [
    { filters: 64, width: 9, pool: 15, dropout: 0.2 },
    { filters: 64, width: 7, pool: 5, dropout: 0.2 },
  ],
  dense: [{ units: 64, dropout: 0.3 }],
  features: [...YEAST_FEATURES],
});

function inputs(config: XpressoConfig): ModelInput[] {
  const promoter: ModelInput = { name: 'promoter', kind: 'tokens', shape: [config.length] };
  if (config.features.length === 0) return [promoter];
  return [promoter, { name: 'half_life', kind: 'features', shape: [config.features.length] }];
}

function build(
  config: XpressoConfig,
  { sequenceInput = 'tokens', seed = 0 }: Parameters<Architecture<XpressoConfig>['build']>[1] = {},
): tfl.LayersModel {
  const seeds = new Random(seed);
  const initializer = (): ReturnType<typeof tfl.initializers.glorotNormal> =>
    tfl.initializers.glorotNormal({ seed: seeds.uint32() });
  const dropout = (name: string, rate: number, input: tfl.SymbolicTensor): tfl.SymbolicTensor =>
    rate === 0
      ? input
      : (new SeededDropout({ name, rate, seed: seeds.uint32() }).apply(
          input,
        ) as tfl.SymbolicTensor);

  const promoter =
    sequenceInput === 'tokens'
      ? tfl.input({ name: 'promoter', shape: [config.length], dtype: 'int32' })
      : tfl.input({ name: 'promoter', shape: [config.length, 4] });
  let hidden: tfl.SymbolicTensor = promoter;
  config.convolutions.forEach(({ filters, width, pool, dropout: rate }, index) => {
    const name = `conv1d_${index + 1}`;
    if (index === 0) {
      hidden = new SequenceConv1D({
        name,
        filters,
        kernelSize: width,
        poolSize: pool,
        kernelInitializer: initializer(),
      }).apply(hidden) as tfl.SymbolicTensor;
    } else {
      hidden = tfl.layers
        .conv1d({
          name,
          filters,
          kernelSize: width,
          padding: 'same',
          activation: 'relu',
          kernelInitializer: initializer(),
        })
        .apply(hidden) as tfl.SymbolicTensor;
      if (pool > 1) {
        hidden = tfl.layers
          .maxPooling1d({ name: `max_pooling1d_${index + 1}`, poolSize: pool })
          .apply(hidden) as tfl.SymbolicTensor;
      }
    }
    hidden = dropout(`dropout_conv1d_${index + 1}`, rate, hidden);
  });
  hidden = tfl.layers.flatten({ name: 'flatten' }).apply(hidden) as tfl.SymbolicTensor;

  const modelInputs = [promoter];
  if (config.features.length > 0) {
    const features = tfl.input({ name: 'half_life', shape: [config.features.length] });
    modelInputs.push(features);
    hidden = tfl.layers
      .concatenate({ name: 'concatenate' })
      .apply([
        hidden,
        dropout('dropout_half_life', config.featureDropout, features),
      ]) as tfl.SymbolicTensor;
  }
  config.dense.forEach(({ units, dropout: rate }, index) => {
    hidden = tfl.layers
      .dense({
        name: `dense_${index + 1}`,
        units,
        activation: 'relu',
        kernelInitializer: tfl.initializers.glorotUniform({ seed: seeds.uint32() }),
      })
      .apply(hidden) as tfl.SymbolicTensor;
    hidden = dropout(`dropout_dense_${index + 1}`, rate, hidden);
  });
  const output = tfl.layers
    .dense({
      name: `dense_${config.dense.length + 1}`,
      units: config.outputs.length,
      kernelInitializer: tfl.initializers.glorotUniform({ seed: seeds.uint32() }),
    })
    .apply(hidden) as tfl.SymbolicTensor;
  return tfl.model({ name: 'xpresso', inputs: modelInputs, outputs: output });
}

function originalWeightNames(config: XpressoConfig): Record<string, string> {
  const layers = [
    ...config.convolutions.map((_, index) => `conv1d_${index + 1}`),
    ...[...config.dense, {}].map((_, index) => `dense_${index + 1}`),
  ];
  return Object.fromEntries(
    layers.flatMap((layer) =>
      ['kernel', 'bias'].map((weight) => [`${layer}/${weight}`, `${layer}/${weight}:0`]),
    ),
  );
}

/**
 * The Xpresso network: convolution → max-pooling → convolution → max-pooling → flatten → mRNA
 * features beside it → dense layers → one value an output.
 */
export const xpresso: Architecture<XpressoConfig> = {
  modelType: 'xpresso',
  description:
    'CNN from promoter sequence and mRNA half-life features to expression (Agarwal and Shendure 2020, Cell Reports 31:107663)',
  configSchema: xpressoConfigSchema as Architecture<XpressoConfig>['configSchema'],
  presets: { human: paper, mouse: paper, manual, 'promoter-1500': compact },
  inputs,
  outputs: (config) => [...config.outputs],
  build,
  originalWeightNames,
};
