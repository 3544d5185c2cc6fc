import { matchesPattern, requireLayer } from './layer-pattern.ts';
import type { TrainedWeight } from './optimizer.ts';

/** Name of the layer that a weight, named `layer/weight` or `layer/part/weight`, belongs to. */
export function layerOf({ name }: Pick<TrainedWeight, 'name'>): string {
  return name.slice(0, name.indexOf('/'));
}

/**
 * Factors of the learning rate of each weight by the name of its layer: layers near the input of a
 * pre-trained network are changed less than its new head.
 *
 * @param rates factor by layer name, `*` standing for any characters; of several that fit, the last
 * @throws UsageError when a pattern fits no layer
 * @example
 * layerRates(weights, { 'layer_*': 0.3, 'layer_5_*': 1, 'embeddings*': 0.1 });
 */
export function layerRates(
  weights: readonly Pick<TrainedWeight, 'name'>[],
  rates: Readonly<Record<string, number>>,
): number[] {
  const layers = weights.map(layerOf);
  for (const pattern of Object.keys(rates)) requireLayer(layers, pattern, 'layerRates');
  const entries = Object.entries(rates).reverse();
  return layers.map(
    (layer) => entries.find(([pattern]) => matchesPattern(layer, pattern))?.[1] ?? 1,
  );
}
