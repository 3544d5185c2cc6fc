import { matchesPattern, requireLayer } from './layer-pattern.ts';
import { layerOf } from './layer-rates.ts';
import type { TrainedWeight } from './optimizer.ts';

/** Options of `layerDelay`. */
export interface LayerDelayOptions {
  /** Steps between the start of one layer and the start of the layer before it. */
  readonly steps: number;
  /** Each layer learns at this factor of the rate of the layer behind it. */
  readonly factor: number;
  /** Steps in which a layer that has started comes to its rate. */
  readonly warmupSteps: number;
  /**
   * Layers that start together, from the output back: lists of names, `*` standing for any
   * characters. Layers that fit none are a last group. Default: each layer is a group.
   */
  readonly groups?: readonly (readonly string[])[] | undefined;
}

/**
 * Factors of the learning rate when layers learn one after the other, from the output back (as
 * FLORABERT's `delay`): layer i behind the output, counted from 0, stands still until step
 * i × steps, then warms up to factor^i.
 *
 * @param weights in the order of the model's layers, named `layer/weight`
 * @returns for a step (from 0) the factor of each weight
 * @example
 * layerDelay(weights, { steps: 100, factor: 0.5, warmupSteps: 10 })(0); // 0 for all but the output
 */
export function layerDelay(
  weights: readonly Pick<TrainedWeight, 'name'>[],
  { steps, factor, warmupSteps, groups }: LayerDelayOptions,
): (step: number) => number[] {
  const layers = weights.map(layerOf);
  const depths = groups === undefined ? ownDepths(layers) : groupDepths(layers, groups);
  return (step) =>
    depths.map((depth) => {
      const since = step - depth * steps;
      if (since < 0) return 0;
      const warm = warmupSteps === 0 ? 1 : Math.min(1, since / warmupSteps);
      return factor ** depth * warm;
    });
}

function ownDepths(layers: readonly string[]): number[] {
  const fromOutput = [...new Set(layers)].reverse();
  return layers.map((layer) => fromOutput.indexOf(layer));
}

function groupDepths(layers: readonly string[], groups: readonly (readonly string[])[]): number[] {
  for (const pattern of groups.flat()) requireLayer(layers, pattern, 'layerDelay.groups');
  return layers.map((layer) => {
    const group = groups.findIndex((patterns) =>
      patterns.some((pattern) => matchesPattern(layer, pattern)),
    );
    return group < 0 ? groups.length : group;
  });
}
