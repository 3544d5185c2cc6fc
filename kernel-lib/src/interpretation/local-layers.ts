import type * as tfl from '@tensorflow/tfjs-layers';
import { FixedStandardisation } from '../layers/fixed-standardisation.ts';
import { SeededDropout } from '../layers/seeded-dropout.ts';
import { SeededNoise } from '../layers/seeded-noise.ts';
import { SequenceConv1D } from '../layers/sequence-conv1d.ts';
import { elementwiseActivation } from './local-activations.ts';
import { LocalConvolution, windowGeometry } from './local-convolution.ts';
import { LocalDense } from './local-dense.ts';
import { LocalGlobalPooling } from './local-global-pooling.ts';
import {
  onePositions,
  pairOf,
  positions,
  readLayerWeights,
  weight,
  type LayerCall,
  type LayerRule,
} from './local-layer-call.ts';
import { LocalMerge, type MergeKind } from './local-merge.ts';
import { nodeSize, type LocalNode } from './local-nodes.ts';
import {
  activationRule,
  batchNormalizationRule,
  eluRule,
  fixedStandardisationRule,
  identityRule,
  layerNormalizationRule,
  reluRule,
} from './local-pointwise-rules.ts';
import { LocalLookup, LocalReshape } from './local-pointwise.ts';
import { LocalPooling, type PoolingKind } from './local-pooling.ts';
import { sequenceConvolutionStep } from './local-sequence-convolution.ts';

const isChannelsFirst = ({ config }: LayerCall): boolean =>
  config['dataFormat'] === 'channelsFirst';

const convolution: LayerRule = (call) => {
  const input = onePositions(call);
  const { config, exampleShape } = call;
  const [kernelSize, strides, dilation] = [
    pairOf(config['kernelSize']),
    pairOf(config['strides']),
    pairOf(config['dilationRate'] ?? 1),
  ];
  const activation = elementwiseActivation(config['activation']);
  if (input === undefined || activation === undefined || isChannelsFirst(call)) return undefined;
  if (kernelSize === undefined || strides === undefined || dilation === undefined) return undefined;
  // Heights are convolved apart.
  if (kernelSize[0] !== 1 || strides[0] !== 1) return undefined;
  const { height, width } = input.shape;
  const [size, stride, step] = [kernelSize[1], strides[1], dilation[1]];
  const geometry = windowGeometry(width, size, stride, step, config['padding']);
  const filters = exampleShape.at(-1) ?? 0;
  if (geometry === undefined || geometry.outputs !== exampleShape.at(-2)) return undefined;
  const shape = { height, width: geometry.outputs, channels: filters };
  return positions(call, [input], shape, (memory, weights) => {
    const own = { kernel: weight(weights, 'kernel'), bias: weights.get('bias'), filters };
    return new LocalConvolution(memory, input.shape, own, geometry, activation);
  });
};

function pooling(kind: PoolingKind): LayerRule {
  return (call) => {
    const input = onePositions(call);
    const { config, exampleShape } = call;
    const [size, strides] = [pairOf(config['poolSize']), pairOf(config['strides'])];
    if (input === undefined || size === undefined || strides === undefined) return undefined;
    if (isChannelsFirst(call)) return undefined;
    const { height, width, channels } = input.shape;
    const along = windowGeometry(width, size[1], strides[1], 1, config['padding']);
    const across = windowGeometry(height, size[0], strides[0], 1, config['padding']);
    if (along === undefined || across === undefined) return undefined;
    if (along.outputs !== exampleShape.at(-2)) return undefined;
    const shape = { height: across.outputs, width: along.outputs, channels };
    return positions(
      call,
      [input],
      shape,
      (memory) => new LocalPooling(memory, input.shape, kind, along, across),
    );
  };
}

function globalPooling(kind: PoolingKind): LayerRule {
  return (call) => {
    const input = onePositions(call);
    if (input === undefined || isChannelsFirst(call)) return undefined;
    const { shape } = input;
    return {
      kind: 'global',
      layer: call.layer.name,
      parts: [input],
      size: shape.channels,
      open: (memory) => Promise.resolve(new LocalGlobalPooling(memory, shape, kind)),
    };
  };
}

const flatten: LayerRule = (call) => {
  const [input] = call.inputs;
  if (input === undefined || isChannelsFirst(call)) return undefined;
  if (input.kind === 'flat') return input;
  if (input.kind !== 'positions') return undefined;
  return { kind: 'flat', parts: [input], size: nodeSize(input) };
};

/** A rank or a height of 1 more or less: the same positions. */
const reshape: LayerRule = (call) => {
  const { exampleShape } = call;
  if (exampleShape.length === 1) return flatten(call);
  const input = onePositions(call);
  if (input === undefined) return undefined;
  const { height, width, channels } = input.shape;
  const hasHeight = height !== 1 || exampleShape.length === 3;
  const expected = hasHeight ? [height, width, channels] : [width, channels];
  if (exampleShape.join() !== expected.join()) return undefined;
  return positions(call, [input], input.shape, () => new LocalReshape(input.shape));
};

/** Sums, products and so on of activations with the same positions. */
function elementwiseMerge(kind: Exclude<MergeKind, 'concatenate'>): LayerRule {
  return (call) => {
    const shapes = call.inputs.flatMap((input) =>
      // A smaller input would be broadcast.
      input.kind === 'positions' && input.exampleShape.join() === call.exampleShape.join()
        ? [input.shape]
        : [],
    );
    const [shape] = shapes;
    if (shape === undefined || shapes.length !== call.inputs.length) return undefined;
    return positions(call, call.inputs, shape, (memory) => new LocalMerge(memory, shapes, kind));
  };
}

/** Whether a node can be a part of a flattened activation: what is whole already stays so. */
const isPart = (node: LocalNode): boolean =>
  node.kind === 'flat' || node.kind === 'input' || (node.kind === 'whole' && !node.varies);

const concatenate: LayerRule = (call) => {
  const { inputs, exampleShape, config } = call;
  const axis = Number(config['axis']);
  if (axis !== -1 && axis !== exampleShape.length) return undefined;
  if (exampleShape.length === 1) {
    const parts = inputs.flatMap((input) => (input.kind === 'flat' ? input.parts : [input]));
    const size = parts.reduce((sum, part) => sum + nodeSize(part), 0);
    return inputs.every(isPart) ? { kind: 'flat', parts, size } : undefined;
  }
  const shapes = inputs.flatMap((input) => (input.kind === 'positions' ? [input.shape] : []));
  const [first] = shapes;
  if (first === undefined || shapes.length !== inputs.length) return undefined;
  const { height, width } = first;
  const shape = { height, width, channels: exampleShape.at(-1) ?? 0 };
  return positions(call, inputs, shape, (memory) => new LocalMerge(memory, shapes, 'concatenate'));
};

const dense: LayerRule = (call) => {
  const [input] = call.inputs;
  const activation = elementwiseActivation(call.config['activation']);
  const units = call.exampleShape.at(-1) ?? 0;
  if (activation === undefined || input === undefined) return undefined;
  if (input.kind === 'positions') {
    // Applied to each position: a convolution of width 1.
    const { height, width } = input.shape;
    const geometry = { size: 1, stride: 1, dilation: 1, left: 0, outputs: width };
    const shape = { height, width, channels: units };
    return positions(call, [input], shape, (memory, weights) => {
      const own = { kernel: weight(weights, 'kernel'), bias: weights.get('bias'), filters: units };
      return new LocalConvolution(memory, input.shape, own, geometry, activation);
    });
  }
  if (input.kind !== 'flat') return undefined;
  const parts = input.parts.map((part) => ({
    shape: part.kind === 'positions' ? part.shape : undefined,
    size: nodeSize(part),
  }));
  return {
    kind: 'global',
    layer: call.layer.name,
    parts: input.parts,
    size: units,
    open: async (memory) => {
      const weights = await readLayerWeights(call.layer);
      const [kernel, bias] = [weight(weights, 'kernel'), weights.get('bias')];
      return new LocalDense(memory, parts, kernel, bias, units, activation);
    },
  };
};

/** Options of `SequenceConv1D` that the rule for it knows. */
const sequenceOptions = new Set([
  ...['name', 'trainable', 'filters', 'kernelSize', 'padding', 'activation', 'poolSize'],
  ...['pooling', 'phases', 'start', 'end', 'kernelInitializer', 'batchInputShape', 'dtype'],
]);

const sequenceConvolution: LayerRule = (call) => {
  const [input] = call.inputs;
  const { config, exampleShape } = call;
  const { kernelSize, padding, poolSize, pooling: kind = 'max', phases, start = 0 } = config;
  if (input?.kind !== 'tokens' || call.inputs.length > 1) return undefined;
  if (kind !== 'max' && kind !== 'mean' && kind !== 'both') return undefined;
  if (config['activation'] !== 'relu' && config['activation'] !== 'linear') return undefined;
  // An option that the layer learns later is not ignored: until it is known here too, the layer is
  // computed whole.
  const isKnown = Object.entries(config).every(
    ([name, value]) => sequenceOptions.has(name) || value === undefined || value === 1,
  );
  if (!isKnown) return undefined;
  const size = Number(kernelSize);
  const left = padding === 'same' ? Math.floor((size - 1) / 2) : 0;
  const geometry = {
    size,
    origin: Number(start) - left,
    windows: exampleShape.at(-2) ?? 0,
    pool: Number(poolSize),
    pooling: kind,
    phases: Number(phases),
    isRelu: config['activation'] === 'relu',
  } as const;
  const channels = exampleShape.at(-1) ?? 0;
  const shape = { height: geometry.phases, width: geometry.windows, channels };
  return positions(call, [input], shape, (memory, weights) => {
    const [kernel, bias] = [weight(weights, 'kernel'), weight(weights, 'bias')];
    return sequenceConvolutionStep(memory, kernel, bias, geometry);
  });
};

const embedding: LayerRule = (call) => {
  const [input] = call.inputs;
  // A table of four rows has none for an unknown base.
  if (input?.kind !== 'tokens' || Number(call.config['inputDim']) < 5) return undefined;
  const channels = call.exampleShape.at(-1) ?? 0;
  const shape = { height: 1, width: input.length, channels };
  return positions(call, [input], shape, (memory, weights) => {
    const table = weight(weights, 'embeddings').slice(0, 5 * channels);
    return new LocalLookup(memory, table, input.length);
  });
};

/** Rules for the layers of TensorFlow.js, by their class names. */
const rules = new Map<string, LayerRule>([
  ['Dropout', identityRule],
  ['SpatialDropout1D', identityRule],
  ['GaussianNoise', identityRule],
  ['GaussianDropout', identityRule],
  ['AlphaDropout', identityRule],
  ['Activation', activationRule],
  ['ReLU', reluRule],
  ['LeakyReLU', reluRule],
  ['ELU', eluRule],
  ['BatchNormalization', batchNormalizationRule],
  ['LayerNormalization', layerNormalizationRule],
  ['Conv1D', convolution],
  ['Conv2D', convolution],
  ['MaxPooling1D', pooling('max')],
  ['MaxPooling2D', pooling('max')],
  ['AveragePooling1D', pooling('mean')],
  ['AveragePooling2D', pooling('mean')],
  ['GlobalMaxPooling1D', globalPooling('max')],
  ['GlobalMaxPooling2D', globalPooling('max')],
  ['GlobalAveragePooling1D', globalPooling('mean')],
  ['GlobalAveragePooling2D', globalPooling('mean')],
  ['Reshape', reshape],
  ['Flatten', flatten],
  ['Concatenate', concatenate],
  ['Add', elementwiseMerge('add')],
  ['Multiply', elementwiseMerge('multiply')],
  ['Average', elementwiseMerge('average')],
  ['Maximum', elementwiseMerge('maximum')],
  ['Minimum', elementwiseMerge('minimum')],
  ['Dense', dense],
  ['Embedding', embedding],
]);

function ruleOf(layer: tfl.layers.Layer): LayerRule | undefined {
  if (layer instanceof SequenceConv1D) return sequenceConvolution;
  if (layer instanceof FixedStandardisation) return fixedStandardisationRule;
  if (layer instanceof SeededDropout || layer instanceof SeededNoise) return identityRule;
  return rules.get(layer.getClassName());
}

/**
 * How a layer is recomputed for a substitution; undefined for a layer that is unknown, or used in a
 * way that loses the positions: it is then computed whole.
 */
export function recogniseLayer(
  layer: tfl.layers.Layer,
  inputs: readonly LocalNode[],
  exampleShape: readonly number[],
): LocalNode | undefined {
  return ruleOf(layer)?.({ layer, config: layer.getConfig(), inputs, exampleShape });
}
