import type * as tfl from '@tensorflow/tfjs-layers';
import { Random } from '../core/random.ts';

const STOCK_DROPOUT = new Set(['Dropout', 'SpatialDropout1D']);

/**
 * Gives TensorFlow.js's own dropout layers a new seed before each batch, so that their masks are a
 * function of seed and batch number and a resumed run draws the same. (Left alone they draw from
 * `Math.random`, or with a seed drop the same values in every batch.)
 *
 * Noise layers and dropout inside recurrent layers take no seed: prefer the layers of this
 * library.
 *
 * @returns `setBatch` for each batch, and `release`, which puts the layers' own seeds back
 */
export function seedStockDropout(
  model: tfl.LayersModel,
  seed: number,
): { setBatch: (batch: number) => void; release: () => void } {
  const layers = model.layers
    .filter((layer) => STOCK_DROPOUT.has(layer.getClassName()))
    .map((layer) => layer as unknown as { seed: number | undefined });
  const before = layers.map((layer) => layer.seed);
  const random = new Random(seed);
  return {
    setBatch(batch) {
      layers.forEach((layer, index) => {
        // 0 would count as no seed
        layer.seed = random.derive(batch, index, before[index] ?? 0).uint32() || 1;
      });
    },
    release() {
      layers.forEach((layer, index) => {
        layer.seed = before[index];
      });
    },
  };
}
