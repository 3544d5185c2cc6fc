import type * as tfl from '@tensorflow/tfjs-layers';
import { sizeOf, type LocalStep, type PositionShape } from './local-changes.ts';
import type { GlobalStep } from './local-dense.ts';
import type { LocalMemory } from './local-memory.ts';

/** The tokens themselves, `[length]`. */
export interface TokensNode {
  readonly kind: 'tokens';
  readonly length: number;
}

/** An input that does not depend on the sequence, by its index in the model's inputs. */
export interface OtherInputNode {
  readonly kind: 'input';
  readonly index: number;
  readonly shape: readonly number[];
}

/** Activations that keep positions: recomputed where they change. */
export interface PositionsNode {
  readonly kind: 'positions';
  readonly layer: string;
  readonly shape: PositionShape;
  /** Shape of one example in the network, `shape` without a height of 1 where it has none. */
  readonly exampleShape: readonly number[];
  readonly inputs: readonly LocalNode[];
  /** Reads the weights of the layer. */
  open(memory: LocalMemory): Promise<LocalStep>;
}

/** Activations laid out in one row, one part behind the other. */
export interface FlatNode {
  readonly kind: 'flat';
  readonly parts: readonly LocalNode[];
  readonly size: number;
}

/** A layer that brings changed positions together without computing all of them. */
export interface GlobalNode {
  readonly kind: 'global';
  readonly layer: string;
  readonly parts: readonly LocalNode[];
  readonly size: number;
  open(memory: LocalMemory): Promise<GlobalStep>;
}

/** Any other layer: computed whole. */
export interface WholeNode {
  readonly kind: 'whole';
  readonly layer: tfl.layers.Layer;
  readonly inputs: readonly LocalNode[];
  readonly outputIndex: number;
  readonly exampleShape: readonly number[];
  /** Whether it depends on the sequence. */
  readonly varies: boolean;
}

/** One activation of a network, with how it is recomputed. */
export type LocalNode =
  TokensNode | OtherInputNode | PositionsNode | FlatNode | GlobalNode | WholeNode;

/** Whether a substitution can change the node. */
export function varies(node: LocalNode): boolean {
  if (node.kind === 'input') return false;
  if (node.kind === 'whole') return node.varies;
  if (node.kind === 'flat') return node.parts.some(varies);
  return true;
}

/** Shape of one example of a node, as TensorFlow.js has it. */
export function exampleShapeOf(node: LocalNode): readonly number[] {
  switch (node.kind) {
    case 'tokens':
      return [node.length];
    case 'input':
      return node.shape;
    case 'positions':
    case 'whole':
      return node.exampleShape;
    case 'flat':
    case 'global':
      return [node.size];
  }
}

/** Numbers in one example of a node. */
export function nodeSize(node: LocalNode): number {
  if (node.kind === 'positions') return sizeOf(node.shape);
  return exampleShapeOf(node).reduce((product, size) => product * size, 1);
}

/** A network as nodes, every node behind its inputs. */
export interface LocalGraph {
  readonly nodes: readonly LocalNode[];
  readonly output: LocalNode;
  /** Bases a sequence. */
  readonly length: number;
}
