import type * as tfl from '@tensorflow/tfjs-layers';
import { FixedStandardisation } from '../layers/fixed-standardisation.ts';
import { SeededDropout } from '../layers/seeded-dropout.ts';
import { SeededNoise } from '../layers/seeded-noise.ts';
import { SequenceConv1D } from '../layers/sequence-conv1d.ts';
import { boundedRelu, elementwiseActivation } from './local-activations.ts';
import type { LocalStep, PositionShape } from './local-changes.ts';
import { LocalConvolution, windowGeometry } from './local-convolution.ts';
import { LocalDense, LocalGlobalPooling } from './local-dense.ts';
import {
  nodeSize,
  type FlatNode,
  type GlobalNode,
  type LocalNode,
  type PositionsNode,
} from './local-nodes.ts';
import {
  channelwise,
  LocalLookup,
  LocalMerge,
  LocalPointwise,
  normaliseRows,
  ofEachValue,
  type MergeKind,
  type RowFunction,
} from './local-pointwise.ts';
import { LocalPooling, type PoolingKind } from './local-pooling.ts';
import { LocalSequenceConvolution } from './local-sequence-convolution.ts';

type Config = Readonly<Record<string, unknown>>;
type Weights = ReadonlyMap<string, Float32Array>;

/** A layer with its inputs, as the rules below see it. */
interface LayerCall {
  readonly layer: tfl.layers.Layer;
  readonly config: Config;
  readonly inputs: readonly LocalNode[];
  /** Shape of one example of what the layer gives. */
  readonly exampleShape: readonly number[];
}

type Rule = (call: LayerCall) => LocalNode | undefined;

/** The weights of a layer on the host, by the last part of their names. */
async function readLayerWeights(layer: tfl.layers.Layer): Promise<Weights> {
  const weights = new Map<string, Float32Array>();
  for (const variable of layer.weights) {
    const name = variable.originalName.split('/').at(-1) ?? '';
    weights.set(name, (await variable.read().data()) as Float32Array);
  }
  return weights;
}

function weight(weights: Weights, name: string): Float32Array {
  const values = weights.get(name);
  if (values === undefined) throw new Error(`a layer has no weight '${name}'`);
  return values;
}

/** The only input, where it keeps positions. */
function onePositions({ inputs }: LayerCall): PositionsNode | undefined {
  const [input] = inputs;
  return inputs.length === 1 && input?.kind === 'positions' ? input : undefined;
}

/** Numbers of an option along the heights and along the positions; 1 for heights that there are not. */
function pairOf(value: unknown): [number, number] | undefined {
  if (typeof value === 'number') return [1, value];
  if (!Array.isArray(value)) return undefined;
  const numbers = value as readonly unknown[];
  const [first, second] = numbers.length === 1 ? [1, numbers[0]] : numbers;
  return typeof first === 'number' && typeof second === 'number' ? [first, second] : undefined;
}

/** A node that keeps positions, in the rank that the network has there. */
function positions(
  { layer, exampleShape }: LayerCall,
  inputs: readonly LocalNode[],
  shape: PositionShape,
  open: (weights: Weights) => LocalStep,
): PositionsNode {
  return {
    kind: 'positions',
    layer: layer.name,
    shape,
    exampleShape,
    inputs,
    open: async () => open(await readLayerWeights(layer)),
  };
}

function pointwise(
  call: LayerCall,
  compute: (weights: Weights) => RowFunction,
): LocalNode | undefined {
  const input = onePositions(call);
  if (input === undefined) return undefined;
  return positions(
    call,
    [input],
    input.shape,
    (weights) => new LocalPointwise(input.shape, compute(weights)),
  );
}

/** Rules for layers that change nothing in prediction. */
const identity: Rule = ({ inputs }) => inputs[0];

const activation: Rule = (call) => {
  const compute = elementwiseActivation(call.config['activation']);
  const channels = call.exampleShape.at(-1) ?? 0;
  return compute === undefined ? undefined : pointwise(call, () => ofEachValue(compute, channels));
};

const relu: Rule = (call) => {
  const { maxValue, alpha } = call.config;
  const slope = call.layer.getClassName() === 'LeakyReLU' ? Number(alpha) : 0;
  const compute = boundedRelu(slope, typeof maxValue === 'number' ? maxValue : Infinity);
  return pointwise(call, () => ofEachValue(compute, call.exampleShape.at(-1) ?? 0));
};

const elu: Rule = (call) => {
  const compute = elementwiseActivation('elu');
  const channels = call.exampleShape.at(-1) ?? 0;
  return compute === undefined ? undefined : pointwise(call, () => ofEachValue(compute, channels));
};

const batchNormalization: Rule = (call) => {
  const { axis, epsilon } = call.config;
  if (axis !== -1 && axis !== call.exampleShape.length) return undefined;
  return pointwise(call, (weights) => {
    const variance = weight(weights, 'moving_variance');
    const gamma = weights.get('gamma');
    const scale = variance.map((v, j) => (gamma?.[j] ?? 1) / Math.sqrt(v + Number(epsilon)));
    return channelwise(weight(weights, 'moving_mean'), scale, weights.get('beta'));
  });
};

const layerNormalization: Rule = (call) => {
  const { axis, epsilon } = call.config;
  const axes = [axis].flat();
  if (axes.length !== 1 || (axes[0] !== -1 && axes[0] !== call.exampleShape.length)) {
    return undefined;
  }
  const channels = call.exampleShape.at(-1) ?? 0;
  return pointwise(call, (weights) =>
    normaliseRows(channels, Number(epsilon), weights.get('gamma'), weights.get('beta')),
  );
};

const fixedStandardisation: Rule = (call) =>
  pointwise(call, (weights) =>
    channelwise(weight(weights, 'mean'), weight(weights, 'scale'), undefined),
  );

const convolution: Rule = (call) => {
  const input = onePositions(call);
  const { config } = call;
  const [kernelSize, strides, dilation] = [
    pairOf(config['kernelSize']),
    pairOf(config['strides']),
    pairOf(config['dilationRate'] ?? 1),
  ];
  const compute = elementwiseActivation(config['activation']);
  const isFirst = config['dataFormat'] === 'channelsFirst';
  if (input === undefined || compute === undefined || isFirst) return undefined;
  if (kernelSize === undefined || strides === undefined || dilation === undefined) return undefined;
  // Heights are convolved apart; a height of 1 alone could be strided or dilated without effect.
  if (kernelSize[0] !== 1 || strides[0] !== 1) return undefined;
  const geometry = windowGeometry(
    input.shape.width,
    kernelSize[1],
    strides[1],
    dilation[1],
    config['padding'],
  );
  const filters = call.exampleShape.at(-1) ?? 0;
  if (geometry === undefined || geometry.outputs !== call.exampleShape.at(-2)) return undefined;
  const shape = { height: input.shape.height, width: geometry.outputs, channels: filters };
  return positions(
    call,
    [input],
    shape,
    (weights) =>
      new LocalConvolution(
        input.shape,
        { kernel: weight(weights, 'kernel'), bias: weights.get('bias'), filters },
        geometry,
        compute,
      ),
  );
};

function pooling(kind: PoolingKind): Rule {
  return (call) => {
    const input = onePositions(call);
    const { config, exampleShape } = call;
    const [size, strides] = [pairOf(config['poolSize']), pairOf(config['strides'])];
    if (input === undefined || size === undefined || strides === undefined) return undefined;
    if (config['dataFormat'] === 'channelsFirst') return undefined;
    const { height, width, channels } = input.shape;
    const along = windowGeometry(width, size[1], strides[1], 1, config['padding']);
    const across = windowGeometry(height, size[0], strides[0], 1, config['padding']);
    if (along === undefined || across === undefined) return undefined;
    if (along.outputs !== exampleShape.at(-2)) return undefined;
    return positions(
      call,
      [input],
      { height: across.outputs, width: along.outputs, channels },
      () => new LocalPooling(input.shape, kind, along, across),
    );
  };
}

function globalPooling(kind: PoolingKind): Rule {
  return (call) => {
    const input = onePositions(call);
    if (input === undefined || call.config['dataFormat'] === 'channelsFirst') return undefined;
    return {
      kind: 'global',
      layer: call.layer.name,
      parts: [input],
      size: input.shape.channels,
      open: () => Promise.resolve(new LocalGlobalPooling(input.shape, kind)),
    };
  };
}

/** A rank or a height of 1 more or less: the same positions. */
const reshape: Rule = (call) => {
  const input = onePositions(call);
  if (input === undefined) return undefined;
  const { height, width, channels } = input.shape;
  const { exampleShape } = call;
  if (exampleShape.length === 1) return flatten(call);
  const expected =
    height === 1 && exampleShape.length === 2 ? [width, channels] : [height, width, channels];
  if (exampleShape.join() !== expected.join()) return undefined;
  return { ...input, layer: call.layer.name, exampleShape, inputs: [input], open: sameAs(input) };
};

/** A step that hands on what the step before it gave. */
function sameAs({ shape }: PositionsNode): () => Promise<LocalStep> {
  return () => Promise.resolve(new LocalPointwise(shape, () => undefined));
}

function flatten(call: LayerCall): FlatNode | undefined {
  const [input] = call.inputs;
  if (input === undefined || call.config['dataFormat'] === 'channelsFirst') return undefined;
  if (input.kind === 'flat') return input;
  return input.kind === 'positions'
    ? { kind: 'flat', parts: [input], size: nodeSize(input) }
    : undefined;
}

/** Sums, products and so on of activations with the same positions. */
function elementwiseMerge(kind: Exclude<MergeKind, 'concatenate'>): Rule {
  return (call) => {
    const { exampleShape } = call;
    const shapes = call.inputs.map((input) =>
      input.kind === 'positions' && input.exampleShape.join() === exampleShape.join()
        ? [input.shape]
        : [],
    );
    if (shapes.some(({ length }) => length === 0)) return undefined;
    const [shape] = shapes.flat();
    if (shape === undefined) return undefined;
    return positions(call, call.inputs, shape, () => new LocalMerge(shapes.flat(), kind));
  };
}

const concatenate: Rule = (call) => {
  const { inputs, exampleShape, config } = call;
  const axis = Number(config['axis']);
  if (axis !== -1 && axis !== exampleShape.length) return undefined;
  if (exampleShape.length === 1) {
    // Constants among the parts change nothing; what is whole already stays so.
    const isFlat = inputs.every(
      (input) =>
        input.kind === 'flat' ||
        input.kind === 'input' ||
        (input.kind === 'whole' && !input.varies),
    );
    const parts = inputs.flatMap((input) => (input.kind === 'flat' ? input.parts : [input]));
    const size = parts.reduce((sum, part) => sum + nodeSize(part), 0);
    return isFlat ? { kind: 'flat', parts, size } : undefined;
  }
  const shapes = inputs.flatMap((input) => (input.kind === 'positions' ? [input.shape] : []));
  const [first] = shapes;
  if (first === undefined || shapes.length !== inputs.length) return undefined;
  const { height, width } = first;
  if (shapes.some((shape) => shape.height !== height || shape.width !== width)) return undefined;
  const channels = exampleShape.at(-1) ?? 0;
  return positions(
    call,
    inputs,
    { height, width, channels },
    () => new LocalMerge(shapes, 'concatenate'),
  );
};

const dense: Rule = (call) => {
  const [input] = call.inputs;
  const compute = elementwiseActivation(call.config['activation']);
  const units = call.exampleShape.at(-1) ?? 0;
  if (compute === undefined || input === undefined) return undefined;
  if (input.kind === 'positions') {
    // Applied to each position: a convolution of width 1.
    const { height, width } = input.shape;
    const geometry = { size: 1, stride: 1, dilation: 1, left: 0, outputs: width };
    return positions(call, [input], { height, width, channels: units }, (weights) => {
      const kernel = weight(weights, 'kernel');
      const bias = weights.get('bias');
      return new LocalConvolution(input.shape, { kernel, bias, filters: units }, geometry, compute);
    });
  }
  if (input.kind !== 'flat') return undefined;
  const parts = input.parts.map((part) => ({
    shape: part.kind === 'positions' ? part.shape : undefined,
    size: nodeSize(part),
  }));
  const node: GlobalNode = {
    kind: 'global',
    layer: call.layer.name,
    parts: input.parts,
    size: units,
    open: async () => {
      const weights = await readLayerWeights(call.layer);
      const kernel = weight(weights, 'kernel');
      return new LocalDense(parts, kernel, weights.get('bias'), units, compute);
    },
  };
  return node;
};

const sequenceConvolution: Rule = (call) => {
  const [input] = call.inputs;
  if (input?.kind !== 'tokens' || call.inputs.length > 1) return undefined;
  const { kernelSize, padding, poolSize, pooling = 'max', phases, start = 0 } = call.config;
  const relu = call.config['activation'];
  const elementwise = elementwiseActivation(relu);
  if (relu !== 'relu' && relu !== 'linear') return undefined;
  const windows = call.exampleShape.at(-2) ?? 0;
  const size = Number(kernelSize);
  const isPooling = pooling === 'max' || pooling === 'mean' || pooling === 'both';
  // A layer that later learns to stride or dilate is computed whole until this one learns it too.
  const isPlain = [call.config['strides'], call.config['dilationRate']].every(
    (value) => value === undefined || value === 1,
  );
  if (!isPooling || !isPlain || elementwise === undefined) return undefined;
  const geometry = {
    size,
    left: padding === 'same' ? Math.floor((size - 1) / 2) : 0,
    start: Number(start),
    windows,
    pool: Number(poolSize),
    pooling,
    phases: Number(phases),
  } as const;
  const channels = call.exampleShape.at(-1) ?? 0;
  return positions(
    call,
    [input],
    { height: geometry.phases, width: windows, channels },
    (weights) =>
      new LocalSequenceConvolution(
        weight(weights, 'kernel'),
        weight(weights, 'bias'),
        geometry,
        relu,
        elementwise,
      ),
  );
};

const embedding: Rule = (call) => {
  const [input] = call.inputs;
  const { inputDim, outputDim } = call.config;
  if (input?.kind !== 'tokens' || Number(inputDim) < 5) return undefined;
  const channels = Number(outputDim);
  const shape = { height: 1, width: input.length, channels };
  return positions(
    call,
    [input],
    shape,
    (weights) =>
      new LocalLookup(weight(weights, 'embeddings').slice(0, 5 * channels), input.length),
  );
};

/** Rules for the layers of TensorFlow.js, by their class names. */
const rules = new Map<string, Rule>([
  ...['Dropout', 'SpatialDropout1D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout'].map(
    (name) => [name, identity] as const,
  ),
  ['Activation', activation],
  ['ReLU', relu],
  ['LeakyReLU', relu],
  ['ELU', elu],
  ['BatchNormalization', batchNormalization],
  ['LayerNormalization', layerNormalization],
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

function ruleOf(layer: tfl.layers.Layer): Rule | undefined {
  if (layer instanceof SequenceConv1D) return sequenceConvolution;
  if (layer instanceof FixedStandardisation) return fixedStandardisation;
  if (layer instanceof SeededDropout || layer instanceof SeededNoise) return identity;
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
