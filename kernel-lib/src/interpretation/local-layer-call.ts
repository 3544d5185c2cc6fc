import type * as tfl from '@tensorflow/tfjs-layers';
import type { LocalStep, PositionShape } from './local-changes.ts';
import type { LocalMemory } from './local-memory.ts';
import type { LocalNode, PositionsNode } from './local-nodes.ts';

/** Weights of a layer on the host, by the last part of their names. */
export type LayerWeights = ReadonlyMap<string, Float32Array>;

/** A layer with its inputs, as the rules of `local-layers.ts` see it. */
export interface LayerCall {
  readonly layer: tfl.layers.Layer;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: readonly LocalNode[];
  /** Shape of one example of what the layer gives. */
  readonly exampleShape: readonly number[];
}

/** How a layer is recomputed; undefined where it is used in a way that loses the positions. */
export type LayerRule = (call: LayerCall) => LocalNode | undefined;

/** Copies the weights of a layer to the host. */
export async function readLayerWeights(layer: tfl.layers.Layer): Promise<LayerWeights> {
  const weights = new Map<string, Float32Array>();
  for (const variable of layer.weights) {
    const name = variable.originalName.split('/').at(-1) ?? '';
    weights.set(name, (await variable.read().data()) as Float32Array);
  }
  return weights;
}

/** A weight that the layer must have. */
export function weight(weights: LayerWeights, name: string): Float32Array {
  const values = weights.get(name);
  if (values === undefined) throw new Error(`a layer has no weight '${name}'`);
  return values;
}

/** The only input, where it keeps positions. */
export function onePositions({ inputs }: LayerCall): PositionsNode | undefined {
  const [input] = inputs;
  return inputs.length === 1 && input?.kind === 'positions' ? input : undefined;
}

/** Numbers of an option along the heights and along the positions; 1 for heights that there are not. */
export function pairOf(value: unknown): [number, number] | undefined {
  if (typeof value === 'number') return [1, value];
  if (!Array.isArray(value)) return undefined;
  const numbers = value as readonly unknown[];
  const [first, second] = numbers.length === 1 ? [1, numbers[0]] : numbers;
  return typeof first === 'number' && typeof second === 'number' ? [first, second] : undefined;
}

/** A node that keeps positions, in the rank that the network has there. */
export function positions(
  { layer, exampleShape }: LayerCall,
  inputs: readonly LocalNode[],
  shape: PositionShape,
  open: (memory: LocalMemory, weights: LayerWeights) => LocalStep,
): PositionsNode {
  return {
    kind: 'positions',
    layer: layer.name,
    shape,
    exampleShape,
    inputs,
    open: async (memory) => open(memory, await readLayerWeights(layer)),
  };
}
