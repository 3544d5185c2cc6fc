import { InputError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { WeightsByName, WeightValues } from '../layers/named-weights.ts';
import type { NetworkConfig } from './transformer-network-config.ts';
import type { EncoderParts, HuggingFaceWeights } from './transformer-weight-table.ts';

/** Our weight names → those of a checkpoint, for the network of a config. */
export function networkWeightNames<Encoder>(
  { task, pooling, outputs, batch_norm: normalised, encoder }: NetworkConfig<Encoder>,
  weightNames: (encoder: Encoder, parts: EncoderParts) => HuggingFaceWeights,
  part: 'all' | 'encoder' = 'all',
): HuggingFaceWeights {
  if (part === 'encoder') return weightNames(encoder, {});
  if (task === 'masked-language') return weightNames(encoder, { maskedLanguage: true });
  if (task === 'embedding') return weightNames(encoder, { pooler: pooling === 'pooler' });
  const meanPoolHead = { outputs: outputs.length, normalised, gated: task === 'sparse' };
  return weightNames(encoder, { meanPoolHead });
}

/** A matrix with its two axes exchanged. */
function transposed({ shape, data }: WeightValues): WeightValues {
  const [rows = 0, columns = 0] = shape;
  const turned = new Float32Array(data.length);
  // In squares, so that neither side leaves the processor's cache.
  const side = 32;
  for (let row0 = 0; row0 < rows; row0 += side) {
    const rowEnd = Math.min(rows, row0 + side);
    for (let column0 = 0; column0 < columns; column0 += side) {
      const columnEnd = Math.min(columns, column0 + side);
      for (let row = row0; row < rowEnd; row++) {
        for (let column = column0; column < columnEnd; column++) {
          turned[column * rows + row] = data[row * columns + column] as number;
        }
      }
    }
  }
  return { shape: [columns, rows], data: turned };
}

/**
 * Our weights under the names and in the layout of a checkpoint.
 *
 * @throws InputError when a weight is missing
 */
export function toCheckpointWeights(
  weights: WeightsByName,
  table: HuggingFaceWeights,
): WeightsByName {
  const result: Record<string, WeightValues> = {};
  for (const [ours, { name, transposed: turned }] of table) {
    const values = weights[ours];
    if (values === undefined) throw missing(weights, ours, 'weights of the network', table.keys());
    result[name] = turned ? transposed(values) : values;
  }
  return result;
}

/**
 * Weights of a checkpoint under our names and in our layout, to be given to `writeWeights`. Names may
 * lack `prefix`, as in a checkpoint of the encoder alone. What belongs to other heads, and copies of
 * tied weights, is left out.
 *
 * @param where what the weights come from, for error messages
 * @param prefix with which names of the encoder begin, for example `roberta.`
 * @throws InputError when a weight is missing or of another shape than the config says
 */
export function fromCheckpointWeights(
  weights: WeightsByName,
  table: HuggingFaceWeights,
  where: string,
  prefix: string,
): WeightsByName {
  const bare = Object.keys(weights).some((name) => name.startsWith('embeddings.'));
  const given = (name: string): string =>
    bare && name.startsWith(prefix) ? name.slice(prefix.length) : name;
  const result: Record<string, WeightValues> = {};
  for (const [ours, { name, otherName, transposed: turned, shape }] of table) {
    const values =
      weights[given(name)] ?? (otherName === undefined ? undefined : weights[given(otherName)]);
    if (values === undefined) {
      const names = Array.from(table.values(), (weight) => given(weight.name));
      throw missing(weights, given(name), where, names);
    }
    if (values.shape.join() !== shape.join()) {
      throw new InputError({
        where,
        found: `weight '${given(name)}' of shape [${values.shape.join(', ')}]`,
        expected: `[${shape.join(', ')}], as the config says`,
        fix: 'Config and weights are of different models: take both from one folder.',
      });
    }
    result[ours] = turned ? transposed(values) : values;
  }
  return result;
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

/** The names in use are passed over: the same weight of another layer is none that was misspelt. */
function missing(
  weights: WeightsByName,
  name: string,
  where: string,
  used: Iterable<string>,
): InputError {
  const known = new Set(used);
  const near = nearest(
    name,
    Object.keys(weights).filter((each) => !known.has(each)),
  );
  const advice =
    'Config and weights are of different models or tasks: take both from one folder, with the task that it was trained for.';
  return new InputError({
    where,
    found: `no weight '${name}'`,
    expected: 'every weight of the network that the config describes',
    fix: near === undefined ? advice : `Did you mean '${near}'? ${advice}`,
  });
}
