import * as tfl from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { Random } from '../core/random.ts';
import { FixedStandardisation } from '../layers/fixed-standardisation.ts';
import { SeededDropout } from '../layers/seeded-dropout.ts';
import { SeededNoise } from '../layers/seeded-noise.ts';
import { SequenceConv1D } from '../layers/sequence-conv1d.ts';
import type { Architecture, ModelInput } from './architecture.ts';

const rate = z.number().min(0).lt(1);
const size = z.int().min(1);

const regionSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9_]+$/)
    .describe('name of the region, in the names of its layers'),
  start: z.int().min(0).describe('first base of the region, counted from the start of the window'),
  end: size.describe('end (excluded) of the region'),
  filters: size.default(64).describe('filters of the first convolution'),
  width: size.default(6).describe('their width in bases'),
  pool: size.default(30).describe('size of the pooling behind it, in bases'),
  pooling: z.enum(['max', 'mean', 'both']).default('both').describe('what the pooling keeps'),
  phases: z
    .union([z.literal(1), z.literal(3)])
    .default(1)
    .describe('3 pools the three reading frames apart, which mean pooling alone can do'),
  second: z
    .strictObject({ filters: size, width: size, pool: size })
    .default({ filters: 64, width: 3, pool: 5 })
    .describe('second convolution over the pooled positions, with maximum and mean pooling'),
});

/** Schema of the config. */
export const promoterRegionsConfigSchema = z
  .strictObject({
    length: size.describe('length of the promoter window in bases'),
    regions: z.array(regionSchema).min(1).describe('parts of the window with filters of their own'),
    channelDropout: rate
      .default(0.1)
      .describe('dropout of whole channels behind the first pooling'),
    dropout: rate.default(0.3).describe('dropout on what the regions give'),
    dense: z
      .strictObject({ units: size.default(64), dropout: rate.default(0.2) })
      .prefault({})
      .describe('the layer that brings regions and features together'),
    features: z.array(z.string()).default([]).describe('names of the mRNA features'),
    featureUnits: z
      .int()
      .min(0)
      .default(32)
      .describe('units of a layer of the features alone; 0: none'),
    featureNoise: z.number().min(0).default(0.1).describe('noise on the features in training'),
    outputs: z.array(z.string()).min(1).default(['expression']),
  })
  .describe('A CNN with filters of their own for each region of the promoter');

/** Config of one region. */
export interface RegionConfig {
  name: string;
  start: number;
  end: number;
  filters: number;
  width: number;
  pool: number;
  pooling: 'max' | 'mean' | 'both';
  phases: 1 | 3;
  second: { filters: number; width: number; pool: number };
}

/** Config of a network of promoter regions. */
export interface PromoterRegionsConfig {
  length: number;
  regions: RegionConfig[];
  channelDropout: number;
  dropout: number;
  dense: { units: number; dropout: number };
  features: string[];
  featureUnits: number;
  featureNoise: number;
  outputs: string[];
}

/** TSS −1000…+500 of yeast: what is before and around the TSS, and what is transcribed. */
const yeast: PromoterRegionsConfig = promoterRegionsConfigSchema.parse({
  length: 1500,
  regions: [
    { name: 'upstream', start: 650, end: 1130 },
    {
      name: 'transcribed',
      start: 1020,
      end: 1500,
      filters: 128,
      pool: 60,
      pooling: 'mean',
      phases: 3,
      second: { filters: 96, width: 3, pool: 4 },
    },
  ],
  features: ['utr5_len', 'orf_len', 'utr3_len', 'utr5_gc', 'orf_gc', 'utr3_gc'],
});

type Symbolic = tfl.SymbolicTensor;
type Seeds = Random;

function apply(layer: tfl.layers.Layer, input: Symbolic | Symbolic[]): Symbolic {
  return layer.apply(input) as Symbolic;
}

/** Uniform ±√(6 / inputs), He et al. 2015; one-hot input has one non-zero value a base. */
function heUniform(
  seeds: Seeds,
  inputs?: number,
): ReturnType<typeof tfl.initializers.randomUniform> {
  const seed = seeds.uint32();
  if (inputs === undefined) return tfl.initializers.heUniform({ seed });
  const bound = Math.sqrt(6 / inputs);
  return tfl.initializers.randomUniform({ minval: -bound, maxval: bound, seed });
}

/** Maximum and mean over stretches of positions, one behind the other in the channels. */
function poolBoth(name: string, pool: [number, number], input: Symbolic): Symbolic {
  const options = { poolSize: pool, strides: pool };
  const { maxPooling2d, averagePooling2d, concatenate } = tfl.layers;
  return apply(concatenate({ name }), [
    apply(maxPooling2d({ name: `${name}_max`, ...options }), input),
    apply(averagePooling2d({ name: `${name}_mean`, ...options }), input),
  ]);
}

/** One region: `[batch, length]` → a flat vector. Positions run along axis 2, phases along axis 1. */
function buildRegion(
  region: RegionConfig,
  channelDropout: number,
  seeds: Seeds,
  sequence: Symbolic,
): Symbolic {
  const { name, filters, width, pool, pooling, phases, start, end, second } = region;
  let hidden = apply(
    new SequenceConv1D({
      name: `${name}_conv1d_1`,
      filters,
      kernelSize: width,
      poolSize: pool,
      pooling,
      phases,
      start,
      end,
      kernelInitializer: heUniform(seeds, width),
    }),
    sequence,
  );
  const windows = Math.floor((end - start) / pool);
  const channels = pooling === 'both' ? 2 * filters : filters;
  if (phases === 1) {
    hidden = apply(
      tfl.layers.reshape({ name: `${name}_as_rows`, targetShape: [1, windows, channels] }),
      hidden,
    );
  }
  hidden = apply(new FixedStandardisation({ name: `${name}_standardisation_1` }), hidden);
  hidden = apply(
    new SeededDropout({
      name: `${name}_dropout`,
      rate: channelDropout,
      seed: seeds.uint32(),
      unit: 'channels',
    }),
    hidden,
  );
  hidden = apply(
    tfl.layers.conv2d({
      name: `${name}_conv1d_2`,
      filters: second.filters,
      kernelSize: [1, second.width],
      padding: 'same',
      activation: 'relu',
      kernelInitializer: heUniform(seeds),
    }),
    hidden,
  );
  hidden = poolBoth(`${name}_pooling`, [1, second.pool], hidden);
  if (phases > 1) hidden = poolBoth(`${name}_frames`, [phases, 1], hidden);
  hidden = apply(new FixedStandardisation({ name: `${name}_standardisation_2` }), hidden);
  return apply(tfl.layers.flatten({ name: `${name}_flatten` }), hidden);
}

function inputs(config: PromoterRegionsConfig): ModelInput[] {
  const promoter: ModelInput = { name: 'promoter', kind: 'tokens', shape: [config.length] };
  if (config.features.length === 0) return [promoter];
  return [promoter, { name: 'half_life', kind: 'features', shape: [config.features.length] }];
}

function buildFeatures(
  { features, featureNoise, featureUnits }: PromoterRegionsConfig,
  seeds: Seeds,
): { input: Symbolic; output: Symbolic } {
  const input = tfl.input({ name: 'half_life', shape: [features.length] });
  const noise = new SeededNoise({
    name: 'noise_half_life',
    deviation: featureNoise,
    seed: seeds.uint32(),
  });
  const noisy = apply(noise, input);
  if (featureUnits === 0) return { input, output: noisy };
  const dense = tfl.layers.dense({
    name: 'dense_half_life',
    units: featureUnits,
    activation: 'relu',
    kernelInitializer: heUniform(seeds),
  });
  return { input, output: apply(dense, noisy) };
}

function build(
  config: PromoterRegionsConfig,
  {
    sequenceInput = 'tokens',
    seed = 0,
  }: Parameters<Architecture<PromoterRegionsConfig>['build']>[1] = {},
): tfl.LayersModel {
  const seeds = new Random(seed);
  const promoter =
    sequenceInput === 'tokens'
      ? tfl.input({ name: 'promoter', shape: [config.length], dtype: 'int32' })
      : tfl.input({ name: 'promoter', shape: [config.length, 4] });
  const regions = config.regions.map((region) =>
    buildRegion(region, config.channelDropout, seeds, promoter),
  );
  const [first] = regions;
  let hidden =
    regions.length === 1 && first !== undefined
      ? first
      : apply(tfl.layers.concatenate({ name: 'regions' }), regions);
  hidden = apply(
    new SeededDropout({ name: 'dropout_regions', rate: config.dropout, seed: seeds.uint32() }),
    hidden,
  );
  const modelInputs = [promoter];
  if (config.features.length > 0) {
    const features = buildFeatures(config, seeds);
    modelInputs.push(features.input);
    hidden = apply(tfl.layers.concatenate({ name: 'regions_and_half_life' }), [
      hidden,
      features.output,
    ]);
  }
  hidden = apply(
    tfl.layers.dense({
      name: 'dense_1',
      units: config.dense.units,
      activation: 'relu',
      kernelInitializer: heUniform(seeds),
    }),
    hidden,
  );
  hidden = apply(
    new SeededDropout({
      name: 'dropout_dense_1',
      rate: config.dense.dropout,
      seed: seeds.uint32(),
    }),
    hidden,
  );
  // Starts at the mean of the target: the first steps go into the filters, not into its scale.
  const output = apply(
    tfl.layers.dense({
      name: 'dense_2',
      units: config.outputs.length,
      kernelInitializer: tfl.initializers.zeros(),
    }),
    hidden,
  );
  return tfl.model({ name: 'promoter_regions', inputs: modelInputs, outputs: output });
}

/**
 * A small CNN for promoters in which each region has filters of its own. Two ideas over Xpresso:
 * mean pooling beside maximum pooling (how often a motif occurs, not only whether), and behind the
 * TSS mean pooling apart for the three reading frames, which lets the network see codon usage.
 */
export const promoterRegions: Architecture<PromoterRegionsConfig> = {
  modelType: 'promoter-regions',
  description:
    'CNN with filters of their own for the regions of a promoter, mean and maximum pooling, and pooling by reading frame behind the transcription start site',
  configSchema: promoterRegionsConfigSchema as Architecture<PromoterRegionsConfig>['configSchema'],
  presets: { 'yeast-1500': yeast },
  inputs,
  outputs: (config) => [...config.outputs],
  build,
  // This network is our own: there is no other checkpoint to map to.
  originalWeightNames: () => ({}),
};
