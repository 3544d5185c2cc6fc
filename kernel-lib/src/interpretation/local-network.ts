import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import {
  ChunkLoader,
  splice,
  writeExample,
  type Changes,
  type LoadedChunk,
  type LocalStep,
  type ReferenceBatch,
  type SequenceStep,
  type SubstitutionChunk,
} from './local-changes.ts';
import type { GlobalStep, PartReference } from './local-dense.ts';
import { analyseNetwork } from './local-graph.ts';
import { LocalMemory } from './local-memory.ts';
import {
  exampleShapeOf,
  nodeSize,
  type LocalGraph,
  type LocalNode,
  type TokensNode,
  type WholeNode,
} from './local-nodes.ts';

/** How the layers of a network are recomputed for a substitution. */
export interface LayerLocality {
  readonly layer: string;
  /**
   * `positions`: only where it changes; `sums`: its sums change by what changed inputs contribute;
   * `whole`: computed anew; `fixed`: does not depend on the sequence.
   */
  readonly recomputed: 'positions' | 'sums' | 'whole' | 'fixed';
}

/**
 * A network that scores substitutions by recomputing what they change. The analysis is done once;
 * `open` reads the weights and computes the unchanged sequences.
 */
export class LocalNetwork {
  readonly #graph: LocalGraph;
  readonly #outputs: number;

  private constructor(graph: LocalGraph) {
    this.#graph = graph;
    this.#outputs = nodeSize(graph.output);
  }

  /**
   * Undefined where nothing would be gained or the network cannot be followed layer by layer.
   *
   * @param sequenceInput index of the input that takes the sequence, as tokens or one-hot
   */
  static of(model: tfl.LayersModel, sequenceInput = 0): LocalNetwork | undefined {
    const graph = analyseNetwork(model, sequenceInput);
    return graph === undefined ? undefined : new LocalNetwork(graph);
  }

  /** Numbers that the network gives for one sequence. */
  get outputs(): number {
    return this.#outputs;
  }

  /** How each layer is recomputed, in the order of computation. */
  get layers(): LayerLocality[] {
    return this.#graph.nodes.flatMap((node): LayerLocality[] => {
      if (node.kind === 'positions') return [{ layer: node.layer, recomputed: 'positions' }];
      if (node.kind === 'global') return [{ layer: node.layer, recomputed: 'sums' }];
      if (node.kind !== 'whole') return [];
      return [{ layer: node.layer.name, recomputed: node.varies ? 'whole' : 'fixed' }];
    });
  }

  /**
   * Computes the unchanged sequences.
   *
   * @param others `[count, …]` values of the inputs that do not take the sequence, by input index
   */
  async open(
    batch: ReferenceBatch,
    others: ReadonlyMap<number, Float32Array>,
  ): Promise<OpenNetwork> {
    const network = new OpenNetwork(this.#graph, batch, others);
    try {
      await network.prepare();
      return network;
    } catch (error) {
      network.dispose();
      throw error;
    }
  }
}

/** Values of nodes while one chunk, or the unchanged sequences, go through the network. */
interface Pass {
  readonly count: number;
  /** Unchanged sequence of each row; undefined for the unchanged sequences themselves. */
  readonly chunk: LoadedChunk | undefined;
  readonly changes: Map<LocalNode, Changes>;
  readonly sums: Map<LocalNode, Float32Array>;
}

/** A network with its unchanged sequences, ready for substitutions in them. */
export class OpenNetwork {
  readonly #graph: LocalGraph;
  readonly #memory = new LocalMemory();
  readonly #chunks: ChunkLoader;
  readonly #batch: ReferenceBatch;
  readonly #others: ReadonlyMap<number, Float32Array>;
  readonly #steps = new Map<LocalNode, LocalStep>();
  readonly #globals = new Map<LocalNode, GlobalStep>();
  /** Values of the unchanged sequences. */
  readonly #references = new Map<LocalNode, PartReference>();
  /** Whether something computed whole reads the sequence itself. */
  #readsAll = false;
  #outputs: Float32Array = new Float32Array(0);

  constructor(graph: LocalGraph, batch: ReferenceBatch, others: ReadonlyMap<number, Float32Array>) {
    this.#graph = graph;
    this.#chunks = new ChunkLoader(this.#memory);
    this.#batch = batch;
    this.#others = others;
  }

  /** Outputs `[count, outputs]` of the unchanged sequences. */
  get references(): Float32Array {
    return this.#outputs;
  }

  async prepare(): Promise<void> {
    const { nodes, output } = this.#graph;
    const pass: Pass = {
      count: this.#batch.count,
      chunk: undefined,
      changes: new Map(),
      sums: new Map(),
    };
    for (const node of nodes) {
      if (node.kind === 'input') {
        this.#references.set(node, this.#others.get(node.index) ?? new Float32Array(0));
      } else if (node.kind === 'positions') {
        const step = await node.open(this.#memory);
        this.#steps.set(node, step);
        const inputs = node.inputs.map((input) => Number(this.#references.get(input) ?? 0));
        this.#references.set(node, step.reference(inputs, this.#batch));
      } else if (node.kind === 'global') {
        const step = await node.open(this.#memory);
        this.#globals.set(node, step);
        const inputs = node.parts.map((part) => this.#references.get(part) ?? 0);
        const values = step.reference(inputs, this.#batch.count);
        this.#references.set(node, values);
        pass.sums.set(node, values);
      } else if (node.kind === 'whole') {
        if (node.varies && node.inputs.some(({ kind }) => kind === 'tokens')) this.#readsAll = true;
        // Later parts may need it as a number that does not change.
        if (!node.varies) this.#references.set(node, await this.#evaluate(node, pass));
      }
    }
    this.#outputs = await this.#evaluate(output, pass);
  }

  /** Whether a substitution there can change an output at all. */
  reaches(position: number): boolean {
    if (this.#readsAll) return true;
    for (const step of this.#steps.values()) {
      if ((step as Partial<SequenceStep>).reaches?.(position) === true) return true;
    }
    return false;
  }

  /** Outputs `[chunk.count, outputs]` of the changed sequences. */
  async score(substitutions: SubstitutionChunk): Promise<Float32Array> {
    const chunk = this.#chunks.load(substitutions);
    const pass: Pass = { count: chunk.count, chunk, changes: new Map(), sums: new Map() };
    for (const node of this.#graph.nodes) {
      const step = this.#steps.get(node);
      if (node.kind === 'positions' && step !== undefined) {
        const inputs = node.inputs.flatMap((input) => pass.changes.get(input) ?? []);
        pass.changes.set(node, step.update(chunk, inputs));
      }
      const global = this.#globals.get(node);
      if (node.kind === 'global' && global !== undefined) {
        const parts = node.parts.map((part) => pass.changes.get(part));
        pass.sums.set(node, global.update(chunk, parts));
      }
    }
    return this.#evaluate(this.#graph.output, pass);
  }

  /** The values of one node, what is computed whole before it included. */
  async #evaluate(node: LocalNode, pass: Pass): Promise<Float32Array> {
    const ready = pass.sums.get(node);
    if (ready !== undefined) return ready;
    const result = tf.tidy(() => this.#tensor(node, pass, new Map()));
    try {
      return (await result.data()) as Float32Array;
    } finally {
      result.dispose();
    }
  }

  #tensor(node: LocalNode, pass: Pass, known: Map<LocalNode, tf.Tensor>): tf.Tensor {
    const found = known.get(node);
    if (found !== undefined) return found;
    const tensor = this.#makeTensor(node, pass, known);
    known.set(node, tensor);
    return tensor;
  }

  #makeTensor(node: LocalNode, pass: Pass, known: Map<LocalNode, tf.Tensor>): tf.Tensor {
    if (node.kind === 'tokens') return this.#tokens(node, pass.chunk);
    const isFixed = node.kind === 'whole' && !node.varies && this.#references.has(node);
    if (node.kind === 'whole' && !isFixed) return this.#apply(node, pass, known);
    const shape = [pass.count, ...exampleShapeOf(node)];
    return tf.tensor(this.#values(node, pass), shape);
  }

  /** Layers of TensorFlow.js, in prediction. */
  #apply(node: WholeNode, pass: Pass, known: Map<LocalNode, tf.Tensor>): tf.Tensor {
    const inputs = node.inputs.map((input) => this.#tensor(input, pass, known));
    const result = node.layer.apply(inputs, { training: false }) as tf.Tensor | tf.Tensor[];
    if (!Array.isArray(result)) return result;
    const output = result[node.outputIndex];
    if (output === undefined) throw new Error(`layer '${node.layer.name}' gave too few outputs`);
    return output;
  }

  #tokens({ length }: TokensNode, chunk: SubstitutionChunk | undefined): tf.Tensor {
    const { tokens, count } = this.#batch;
    if (chunk === undefined) return tf.tensor2d(Int32Array.from(tokens), [count, length], 'int32');
    const changed = new Int32Array(chunk.count * length);
    for (let i = 0; i < chunk.count; i++) {
      const example = (chunk.examples[i] ?? 0) * length;
      changed.set(tokens.subarray(example, example + length), i * length);
      changed[i * length + (chunk.positions[i] ?? 0)] = chunk.bases[i] ?? 0;
    }
    return tf.tensor2d(changed, [chunk.count, length], 'int32');
  }

  /** Whole values `[count, size]` of a node that is not computed by TensorFlow.js. */
  #values(node: LocalNode, pass: Pass): Float32Array {
    const sums = pass.sums.get(node);
    if (sums !== undefined) return sums;
    const size = nodeSize(node);
    const target = new Float32Array(pass.count * size);
    let offset = 0;
    for (const part of node.kind === 'flat' ? node.parts : [node]) {
      this.#writePart(part, pass, target, offset, size);
      offset += nodeSize(part);
    }
    return target;
  }

  #writePart(
    node: LocalNode,
    { chunk, count, changes }: Pass,
    target: Float32Array,
    offset: number,
    stride: number,
  ): void {
    const reference = this.#references.get(node) ?? 0;
    const changed = changes.get(node);
    if (chunk !== undefined && changed !== undefined && typeof reference === 'number') {
      splice(this.#memory, changed, reference, chunk, target, offset, stride);
      return;
    }
    const size = nodeSize(node);
    for (let i = 0; i < count; i++) {
      const row = chunk === undefined ? i : (chunk.examples[i] ?? 0);
      const at = i * stride + offset;
      if (typeof reference !== 'number') {
        target.set(reference.subarray(row * size, (row + 1) * size), at);
      } else if (node.kind === 'positions') {
        writeExample(this.#memory, node.shape, reference, row, target, at);
      }
    }
  }
  /** Gives the memory back. */
  dispose(): void {
    this.#memory.dispose();
  }
}
