import { boundedRelu, elementwiseActivation, type LocalActivation } from './local-activations.ts';
import {
  onePositions,
  positions,
  weight,
  type LayerCall,
  type LayerRule,
  type LayerWeights,
} from './local-layer-call.ts';
import type { LocalMemory } from './local-memory.ts';
import type { LocalNode } from './local-nodes.ts';
import {
  activateRows,
  channelwise,
  LocalPointwise,
  normaliseRows,
  type RowFunction,
} from './local-pointwise.ts';

function pointwise(
  call: LayerCall,
  compute: (memory: LocalMemory, weights: LayerWeights) => RowFunction,
): LocalNode | undefined {
  const input = onePositions(call);
  if (input === undefined) return undefined;
  return positions(
    call,
    [input],
    input.shape,
    (memory, weights) => new LocalPointwise(memory, input.shape, compute(memory, weights)),
  );
}

function activated(
  call: LayerCall,
  activation: LocalActivation | undefined,
): LocalNode | undefined {
  const channels = call.exampleShape.at(-1) ?? 0;
  if (activation === undefined) return undefined;
  return pointwise(call, (memory) => activateRows(memory, activation, channels));
}

/** Layers that change nothing in prediction. */
export const identityRule: LayerRule = ({ inputs }) => inputs[0];

export const activationRule: LayerRule = (call) =>
  activated(call, elementwiseActivation(call.config['activation']));

export const reluRule: LayerRule = (call) => {
  const { maxValue, alpha } = call.config;
  const slope = call.layer.getClassName() === 'LeakyReLU' ? Number(alpha) : 0;
  return activated(call, boundedRelu(slope, typeof maxValue === 'number' ? maxValue : Infinity));
};

export const eluRule: LayerRule = (call) => activated(call, elementwiseActivation('elu'));

export const batchNormalizationRule: LayerRule = (call) => {
  const { axis, epsilon } = call.config;
  if (axis !== -1 && axis !== call.exampleShape.length) return undefined;
  return pointwise(call, (memory, weights) => {
    const variance = weight(weights, 'moving_variance');
    const gamma = weights.get('gamma');
    const scale = variance.map((v, j) => (gamma?.[j] ?? 1) / Math.sqrt(v + Number(epsilon)));
    return channelwise(memory, weight(weights, 'moving_mean'), scale, weights.get('beta'));
  });
};

export const layerNormalizationRule: LayerRule = (call) => {
  const { axis, epsilon } = call.config;
  const axes: readonly unknown[] = [axis].flat();
  const isLast = axes[0] === -1 || axes[0] === call.exampleShape.length;
  if (axes.length !== 1 || !isLast) return undefined;
  const channels = call.exampleShape.at(-1) ?? 0;
  return pointwise(call, (memory, weights) => {
    const [gamma, beta] = [weights.get('gamma'), weights.get('beta')];
    return normaliseRows(memory, channels, Number(epsilon), gamma, beta);
  });
};

export const fixedStandardisationRule: LayerRule = (call) =>
  pointwise(call, (memory, weights) =>
    channelwise(memory, weight(weights, 'mean'), weight(weights, 'scale')),
  );
