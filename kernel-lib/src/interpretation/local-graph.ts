import type * as tfl from '@tensorflow/tfjs-layers';
import { recogniseLayer } from './local-layers.ts';
import { varies, type LocalGraph, type LocalNode, type WholeNode } from './local-nodes.ts';
import { LocalLookup } from './local-pointwise.ts';

/** Layers whose result says more than its values: what they mask is not seen here. */
function hidesPositions(layer: tfl.layers.Layer): boolean {
  const name = layer.getClassName();
  return name === 'Masking' || (name === 'Embedding' && layer.getConfig()['maskZero'] === true);
}

const isStateful = (layer: tfl.layers.Layer): boolean =>
  (layer as { stateful?: boolean }).stateful === true;

/** One-hot rows of A, C, G, T and unknown. */
const ONE_HOT = Float32Array.from({ length: 20 }, (_, i) => (i % 5 === 0 && i < 16 ? 1 : 0));

/**
 * Follows a network from its output to its inputs, and says of each layer how a substitution changes
 * it. Undefined where nothing is gained (no layer keeps positions) or where layers could not be run
 * one by one (several outputs, masks, states kept between batches).
 *
 * @param sequenceInput index of the input that takes the sequence
 */
export function analyseNetwork(model: tfl.LayersModel, sequenceInput = 0): LocalGraph | undefined {
  const [output] = model.outputs;
  const sequence = model.inputs[sequenceInput];
  const length = sequence?.shape[1];
  if (output === undefined || model.outputs.length > 1 || typeof length !== 'number') {
    return undefined;
  }
  const known = new Map<number, LocalNode>();
  const nodes: LocalNode[] = [];
  let isPlain = true;

  function visit(tensor: tfl.SymbolicTensor): LocalNode {
    const found = known.get(tensor.id);
    if (found !== undefined) return found;
    const node = build(tensor);
    known.set(tensor.id, node);
    // Dropout and the like are the node before them.
    if (!nodes.includes(node)) nodes.push(node);
    return node;
  }

  function build(tensor: tfl.SymbolicTensor): LocalNode {
    const input = model.inputs.findIndex(({ id }) => id === tensor.id);
    const exampleShape = tensor.shape.slice(1).map((size) => size ?? NaN);
    if (exampleShape.some(Number.isNaN)) isPlain = false;
    if (input >= 0 && input === sequenceInput) return sequenceNode(exampleShape);
    if (input >= 0) return { kind: 'input', index: input, shape: exampleShape };
    const layer = tensor.sourceLayer;
    if (hidesPositions(layer) || isStateful(layer) || tensor.inputs.length === 0) isPlain = false;
    const inputs = tensor.inputs.map(visit);
    const depends = inputs.some(varies);
    const whole: WholeNode = {
      kind: 'whole',
      layer,
      inputs,
      outputIndex: tensor.outputTensorIndex ?? 0,
      exampleShape,
      varies: depends,
    };
    return depends ? (recogniseLayer(layer, inputs, exampleShape) ?? whole) : whole;
  }

  function sequenceNode(exampleShape: readonly number[]): LocalNode {
    const [size = 0, letters] = exampleShape;
    if (exampleShape.length === 1) return { kind: 'tokens', length: size };
    if (exampleShape.length !== 2 || letters !== 4) isPlain = false;
    return {
      kind: 'positions',
      layer: 'one-hot sequence',
      shape: { height: 1, width: size, channels: 4 },
      exampleShape,
      inputs: [],
      open: (memory) => Promise.resolve(new LocalLookup(memory, ONE_HOT, size)),
    };
  }

  const last = visit(output);
  const gains = nodes.some((node) => node.kind === 'positions' && node.inputs.length > 0);
  return isPlain && gains ? { nodes, output: last, length } : undefined;
}
