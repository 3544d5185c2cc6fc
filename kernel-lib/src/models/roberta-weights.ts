import { InputError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { WeightsByName, WeightValues } from '../layers/named-weights.ts';
import type { RobertaConfig } from './roberta-config.ts';

/** A weight in a Hugging Face checkpoint. */
export interface HuggingFaceWeight {
  readonly name: string;
  /** Whether it is stored as `[outputs, inputs]` there, and `[inputs, outputs]` here. */
  readonly transposed: boolean;
}

/** Which network a table of weights is for. */
export interface RobertaWeightsOptions {
  /** The head for masked language modelling. Default true. */
  readonly head?: boolean;
}

/**
 * Our weight names → those of `RobertaModel` and `RobertaForMaskedLM` in Hugging Face's transformers,
 * in the order of the checkpoint.
 */
export function robertaWeightNames(
  config: RobertaConfig,
  { head = true }: RobertaWeightsOptions = {},
): ReadonlyMap<string, HuggingFaceWeight> {
  const names = new Map<string, HuggingFaceWeight>();
  const plain = (ours: string, theirs: string): void => {
    names.set(ours, { name: theirs, transposed: false });
  };
  const norm = (ours: string, theirs: string): void => {
    plain(`${ours}/gamma`, `${theirs}.weight`);
    plain(`${ours}/beta`, `${theirs}.bias`);
  };
  const linear = (ours: string, theirs: string): void => {
    names.set(`${ours}/kernel`, { name: `${theirs}.weight`, transposed: true });
    plain(`${ours}/bias`, `${theirs}.bias`);
  };
  const base = 'roberta.embeddings';
  plain('embeddings/tokens', `${base}.word_embeddings.weight`);
  plain('embeddings/positions', `${base}.position_embeddings.weight`);
  if (config.type_vocab_size > 0) {
    plain('embeddings/types', `${base}.token_type_embeddings.weight`);
  }
  norm('embeddings_norm', `${base}.LayerNorm`);
  for (let index = 0; index < config.num_hidden_layers; index++) {
    const [ours, theirs] = [`layer_${String(index)}`, `roberta.encoder.layer.${String(index)}`];
    for (const part of ['query', 'key', 'value']) {
      linear(`${ours}_attention/${part}`, `${theirs}.attention.self.${part}`);
    }
    linear(`${ours}_attention/output`, `${theirs}.attention.output.dense`);
    norm(`${ours}_attention_norm`, `${theirs}.attention.output.LayerNorm`);
    linear(`${ours}_intermediate`, `${theirs}.intermediate.dense`);
    linear(`${ours}_output`, `${theirs}.output.dense`);
    norm(`${ours}_output_norm`, `${theirs}.output.LayerNorm`);
  }
  if (head) {
    plain('lm_head_scores/bias', 'lm_head.bias');
    linear('lm_head_dense', 'lm_head.dense');
    norm('lm_head_norm', 'lm_head.layer_norm');
    if (!config.tie_word_embeddings) plain('lm_head_scores/kernel', 'lm_head.decoder.weight');
  }
  return names;
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
 * Our weights under the names and in the layout of Hugging Face.
 *
 * @throws InputError when a weight is missing
 */
export function robertaToHuggingFace(
  weights: WeightsByName,
  config: RobertaConfig,
  options?: RobertaWeightsOptions,
): WeightsByName {
  const result: Record<string, WeightValues> = {};
  for (const [ours, { name, transposed: turned }] of robertaWeightNames(config, options)) {
    const values = required(weights, ours, 'weights of a RoBERTa network');
    result[name] = turned ? transposed(values) : values;
  }
  return result;
}

/**
 * Weights of a Hugging Face checkpoint under our names and in our layout, to be given to
 * `writeWeights`. Names may begin with `roberta.` or, as in a checkpoint of the encoder alone, not.
 * What belongs to other heads, and copies of tied weights, is left out.
 *
 * @param where what the weights come from, for error messages
 * @throws InputError when a weight is missing
 */
export function robertaFromHuggingFace(
  weights: WeightsByName,
  config: RobertaConfig,
  where: string,
  options?: RobertaWeightsOptions,
): WeightsByName {
  const bare = Object.keys(weights).some((name) => name.startsWith('embeddings.'));
  const result: Record<string, WeightValues> = {};
  for (const [ours, { name, transposed: turned }] of robertaWeightNames(config, options)) {
    const values = required(weights, bare ? name.replace(/^roberta\./, '') : name, where);
    result[ours] = turned ? transposed(values) : values;
  }
  return result;
}

function required(weights: WeightsByName, name: string, where: string): WeightValues {
  const values = weights[name];
  if (values !== undefined) return values;
  throw new InputError({
    where,
    found: `no weight '${name}'`,
    fix: suggestion(name, Object.keys(weights)),
  });
}
