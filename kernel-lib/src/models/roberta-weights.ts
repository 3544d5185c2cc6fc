import { InputError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { WeightsByName, WeightValues } from '../layers/named-weights.ts';
import type { RobertaConfig } from './roberta-config.ts';
import type { RobertaNetworkConfig } from './roberta-network-config.ts';

/** A weight in a Hugging Face checkpoint. */
export interface HuggingFaceWeight {
  readonly name: string;
  /** Whether it is stored as `[outputs, inputs]` there, and `[inputs, outputs]` here. */
  readonly transposed: boolean;
  /** Shape in the checkpoint. */
  readonly shape: readonly number[];
  /** Another name under which checkpoints may have it. */
  readonly otherName?: string;
}

/** Our weight names → those of a checkpoint, in the order of the checkpoint. */
export type HuggingFaceWeights = ReadonlyMap<string, HuggingFaceWeight>;

/** Which network a table of weights is for. */
export interface RobertaWeightsOptions {
  /** The head for masked language modelling. Default true. */
  readonly head?: boolean;
}

/** Fills a table of weights. */
export class WeightTable {
  readonly names = new Map<string, HuggingFaceWeight>();

  plain(ours: string, name: string, shape: readonly number[], otherName?: string): void {
    this.names.set(ours, {
      name,
      transposed: false,
      shape,
      ...(otherName === undefined ? {} : { otherName }),
    });
  }

  norm(ours: string, theirs: string, size: number): void {
    this.plain(`${ours}/gamma`, `${theirs}.weight`, [size]);
    this.plain(`${ours}/beta`, `${theirs}.bias`, [size]);
  }

  linear(ours: string, theirs: string, inputs: number, outputs: number): void {
    const name = `${theirs}.weight`;
    this.names.set(`${ours}/kernel`, { name, transposed: true, shape: [outputs, inputs] });
    this.plain(`${ours}/bias`, `${theirs}.bias`, [outputs]);
  }

  /** FloraBERT's head. */
  meanPoolHead(
    ours: string,
    theirs: string,
    { size, outputs, normalised }: { size: number; outputs: number; normalised: boolean },
  ): void {
    this.linear(`${ours}_dense`, `${theirs}.dense`, size, size);
    this.linear(`${ours}_dense2`, `${theirs}.dense2`, size, size);
    this.linear(`${ours}_out_proj`, `${theirs}.out_proj`, size, outputs);
    if (!normalised) return;
    this.norm(`${ours}_batch_norm`, `${theirs}.batch_norm`, size);
    this.plain(`${ours}_batch_norm/moving_mean`, `${theirs}.batch_norm.running_mean`, [size]);
    this.plain(`${ours}_batch_norm/moving_variance`, `${theirs}.batch_norm.running_var`, [size]);
  }
}

/**
 * Our weight names → those of `RobertaModel` and `RobertaForMaskedLM` in Hugging Face's transformers,
 * in the order of the checkpoint.
 */
export function robertaWeightNames(
  config: RobertaConfig,
  { head = true }: RobertaWeightsOptions = {},
): HuggingFaceWeights {
  const table = new WeightTable();
  const { hidden_size: size, intermediate_size: wide, vocab_size: tokens } = config;
  const base = 'roberta.embeddings';
  table.plain('embeddings/tokens', `${base}.word_embeddings.weight`, [tokens, size]);
  table.plain('embeddings/positions', `${base}.position_embeddings.weight`, [
    config.max_position_embeddings,
    size,
  ]);
  if (config.type_vocab_size > 0) {
    const shape = [config.type_vocab_size, size];
    table.plain('embeddings/types', `${base}.token_type_embeddings.weight`, shape);
  }
  table.norm('embeddings_norm', `${base}.LayerNorm`, size);
  for (let index = 0; index < config.num_hidden_layers; index++) {
    const [ours, theirs] = [`layer_${String(index)}`, `roberta.encoder.layer.${String(index)}`];
    for (const part of ['query', 'key', 'value']) {
      table.linear(`${ours}_attention/${part}`, `${theirs}.attention.self.${part}`, size, size);
    }
    table.linear(`${ours}_attention/output`, `${theirs}.attention.output.dense`, size, size);
    table.norm(`${ours}_attention_norm`, `${theirs}.attention.output.LayerNorm`, size);
    table.linear(`${ours}_intermediate`, `${theirs}.intermediate.dense`, size, wide);
    table.linear(`${ours}_output`, `${theirs}.output.dense`, wide, size);
    table.norm(`${ours}_output_norm`, `${theirs}.output.LayerNorm`, size);
  }
  if (head) {
    table.plain('lm_head_scores/bias', 'lm_head.bias', [tokens], 'lm_head.decoder.bias');
    table.linear('lm_head_dense', 'lm_head.dense', size, size);
    table.norm('lm_head_norm', 'lm_head.layer_norm', size);
    if (!config.tie_word_embeddings) {
      table.plain('lm_head_scores/kernel', 'lm_head.decoder.weight', [tokens, size]);
    }
  }
  return table.names;
}

/**
 * Our weight names → those of FloraBERT's networks, whose heads lie behind the mean of the tokens
 * (`classifier.dense`, `classifier.dense2`, `classifier.out_proj`).
 *
 * @param options.part `encoder` leaves the head out
 */
export function robertaNetworkWeightNames(
  config: RobertaNetworkConfig,
  { part = 'all' }: { readonly part?: 'all' | 'encoder' } = {},
): HuggingFaceWeights {
  const { task, encoder, batch_norm: normalised, outputs } = config;
  const withHead = part === 'all';
  const names = new Map(
    robertaWeightNames(encoder, { head: withHead && task === 'masked-language' }),
  );
  if (!withHead || task === 'masked-language' || task === 'embedding') return names;
  const table = new WeightTable();
  const size = encoder.hidden_size;
  const head = (ours: string, theirs: string): void => {
    table.meanPoolHead(ours, theirs, { size, outputs: outputs.length, normalised });
  };
  if (task === 'sparse') {
    for (const each of ['classification', 'regression']) {
      head(`classifier_${each}`, `classifier.${each}_head`);
    }
  } else head('classifier', 'classifier');
  return new Map([...names, ...table.names]);
}

/** A matrix with its two axes exchanged. */
export function transposed({ shape, data }: WeightValues): WeightValues {
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

/**
 * Our weights of an encoder, with or without the head for masked tokens, under the names and in the
 * layout of Hugging Face.
 *
 * @throws InputError when a weight is missing
 */
export function robertaToHuggingFace(
  weights: WeightsByName,
  config: RobertaConfig,
  options?: RobertaWeightsOptions,
): WeightsByName {
  return toCheckpointWeights(weights, robertaWeightNames(config, options));
}

/**
 * Weights of a Hugging Face checkpoint under our names and in our layout, to be given to
 * `writeWeights`. Names may begin with `roberta.` or, as in a checkpoint of the encoder alone, not.
 *
 * @param where what the weights come from, for error messages
 * @throws InputError when a weight is missing or of another shape
 */
export function robertaFromHuggingFace(
  weights: WeightsByName,
  config: RobertaConfig,
  where: string,
  options?: RobertaWeightsOptions,
): WeightsByName {
  return fromCheckpointWeights(weights, robertaWeightNames(config, options), where, 'roberta.');
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
