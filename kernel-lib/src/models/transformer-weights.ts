import { InputError } from '../core/errors.ts';
import type { WeightsByName, WeightValues } from '../layers/named-weights.ts';
import {
  fromCheckpointWeights,
  type HuggingFaceWeights,
  type WeightTable,
} from './roberta-weights.ts';

/** Which parts behind the encoder a table of weights has. */
export interface EncoderParts {
  /** The head for masked language modelling. Default false. */
  readonly maskedLanguage?: boolean;
  /** The map of the first hidden state, `pooler.dense`. Default false. */
  readonly pooler?: boolean;
  /** The head on the mean hidden state, `classifier.*`; absent for none. */
  readonly meanPoolHead?: { readonly outputs: number; readonly normalised: boolean };
}

/** Adds query, key, value and output of a layer's attention to a table. */
export function addAttention(table: WeightTable, ours: string, theirs: string, size: number): void {
  for (const part of ['query', 'key', 'value']) {
    table.linear(`${ours}/${part}`, `${theirs}.self.${part}`, size, size);
  }
  table.linear(`${ours}/output`, `${theirs}.output.dense`, size, size);
}

/** What a checkpoint is read for. */
export interface CheckpointReading {
  /** What the weights come from, for messages. */
  readonly where: string;
  /** Begin of the encoder's names, `bert.` or `esm.`; a checkpoint of the encoder alone has none. */
  readonly prefix: string;
  /** Names (without the prefix) of the encoder that are no part of the network. */
  readonly leftOut: RegExp;
}

/**
 * Weights of a checkpoint under our names and in our layout, as `fromCheckpointWeights`; old names of
 * normalisations (`LayerNorm.gamma`, `LayerNorm.beta`) are taken as well.
 *
 * @throws InputError when a weight is missing or of another shape, and when the encoder of the
 *   checkpoint has one that the network has not (more layers, another kind of attention)
 */
export function readCheckpoint(
  weights: WeightsByName,
  table: HuggingFaceWeights,
  { where, prefix, leftOut }: CheckpointReading,
): WeightsByName {
  const given: Record<string, WeightValues> = {};
  const theirNames = new Map<string, string>();
  for (const [name, values] of Object.entries(weights)) {
    const renamed = name
      .replace(/\b(LayerNorm|layer_norm)\.gamma$/, '$1.weight')
      .replace(/\b(LayerNorm|layer_norm)\.beta$/, '$1.bias');
    given[renamed] = values;
    theirNames.set(renamed, name);
  }
  const ours = fromCheckpointWeights(given, table, where, prefix);
  const used = new Set<string>();
  for (const { name } of table.values()) {
    used.add(name.startsWith(prefix) ? name.slice(prefix.length) : name);
  }
  for (const [renamed, name] of theirNames) {
    const rest = renamed.startsWith(prefix) ? renamed.slice(prefix.length) : renamed;
    // What has another beginning belongs to a head.
    if (!/^(?:embeddings|encoder)\./.test(rest) || used.has(rest) || leftOut.test(rest)) continue;
    throw new InputError({
      where,
      found: `weight '${name}', which the network of its config does not have`,
      expected: 'the layers that config.json says',
      fix: 'Config and weights are of different models, or it is a variant that is not supported.',
    });
  }
  return ours;
}

/** Weights with a prefix taken off their names. */
export function withoutPrefix(weights: WeightsByName, prefix: string): WeightsByName {
  return Object.fromEntries(
    Object.entries(weights).map(([name, values]) => [
      name.startsWith(prefix) ? name.slice(prefix.length) : name,
      values,
    ]),
  );
}
