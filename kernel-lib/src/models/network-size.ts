import type * as tfl from '@tensorflow/tfjs-layers';
import { architecture } from './registry.ts';

/** How large a network is. */
export interface NetworkSize {
  /** Weights, trained and not. */
  readonly parameters: number;
  /** Values that all layers give for one example. */
  readonly activations: number;
}

const product = (shape: readonly (number | null)[]): number =>
  shape.slice(1).reduce<number>((size, side) => size * (side ?? 1), 1);

/**
 * Size of a network, by building it on the current backend; its weights are freed again.
 *
 * @param config as `resolveArchitectureConfig` gives it
 */
export function networkSize(modelType: string, config: unknown): NetworkSize {
  const model = architecture(modelType).build(config, { seed: 0 });
  try {
    const outputs = model.layers.map((layer: tfl.layers.Layer) => [layer.outputShape].flat(0));
    return {
      parameters: model.countParams(),
      activations: outputs.reduce<number>((sum, shapes) => {
        const all = (Array.isArray(shapes[0]) ? shapes : [shapes]) as (number | null)[][];
        return sum + all.reduce((own, shape) => own + product(shape), 0);
      }, 0),
    };
  } finally {
    model.dispose();
  }
}
