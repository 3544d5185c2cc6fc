import * as tfl from '@tensorflow/tfjs-layers';
import { Random } from '../core/random.ts';
import { FirstPosition } from '../layers/first-position.ts';
import { GatherPositions } from '../layers/gather-positions.ts';
import { Linear } from '../layers/linear.ts';
import { TokenMask } from '../layers/token-mask.ts';
import { applyLayer } from './roberta-encoder.ts';
import { meanOfTokens, meanPoolHead } from './roberta-network.ts';
import {
  scoreMaskedTokens,
  type EncodedTokens,
  type MaskedTokenHead,
  type TransformerInputs,
} from './transformer-encoder.ts';
import type { TransformerNetworkConfig } from './transformer-network-config.ts';

/** What every encoder's config says. */
export type EncoderConfig = Omit<MaskedTokenHead, 'hidden_act'> & {
  readonly num_hidden_layers: number;
  readonly pad_token_id: number;
};

/** How an encoder is built. */
export interface EncoderBuilder<Encoder extends EncoderConfig> {
  /** Begin of the networks' names, for example `bert`. */
  readonly name: string;
  encode(config: Encoder, inputs: TransformerInputs, seeds: Random): EncodedTokens;
  /** Activation of the head for masked tokens. */
  headActivation(config: Encoder): MaskedTokenHead['hidden_act'];
  /** Name of the layer that gives the hidden states behind the last one. */
  lastLayer(config: Encoder): string;
}

/** Options of `buildTransformerNetwork`. */
export interface TransformerNetworkOptions {
  /** Seeds initial weights and dropout. Default 0. */
  readonly seed?: number;
  /** Take embeddings as a second input (see `Architecture.buildOnEmbeddings`). Default false. */
  readonly onEmbeddings?: boolean;
}

/**
 * The network of a config. Input: `input_ids` int32 `[batch, length]`; what is not padding is
 * attended to. Output: of masked-language scores `[batch, length or predictions, vocab_size]`, of
 * embedding `[batch, hidden_size]`, else `[batch, outputs]`.
 */
export function buildTransformerNetwork<Encoder extends EncoderConfig>(
  config: TransformerNetworkConfig<Encoder>,
  builder: EncoderBuilder<Encoder>,
  { seed = 0, onEmbeddings = false }: TransformerNetworkOptions = {},
): tfl.LayersModel {
  const { length, task, encoder, predictions } = config;
  const seeds = new Random(seed);
  const ids = tfl.input({ name: 'input_ids', shape: [length], dtype: 'int32' });
  const inputs = [ids];
  let embeddings: tfl.SymbolicTensor | undefined;
  if (onEmbeddings) {
    embeddings = tfl.input({ name: 'token_embeddings', shape: [length, encoder.hidden_size] });
    inputs.push(embeddings);
  }
  const padding = new TokenMask({ name: 'attention_mask', leftOut: [encoder.pad_token_id] });
  const mask = applyLayer(padding, ids);
  const { hidden, embedding } = builder.encode(encoder, { ids, mask, embeddings }, seeds);
  const model = (outputs: tfl.SymbolicTensor): tfl.LayersModel =>
    tfl.model({ name: `${builder.name}_${task.replace('-', '_')}`, inputs, outputs });
  if (task === 'masked-language') {
    let scored = hidden;
    if (predictions !== undefined) {
      const shape = [predictions];
      const positions = tfl.input({ name: 'masked_positions', shape, dtype: 'int32' });
      inputs.push(positions);
      scored = applyLayer(new GatherPositions({ name: 'lm_head_positions' }), [hidden, positions]);
    }
    const head = { ...encoder, hidden_act: builder.headActivation(encoder) };
    return model(scoreMaskedTokens(head, { hidden: scored, embedding }, seeds));
  }
  const pooled = pool(config, ids, hidden, seeds);
  return model(task === 'embedding' ? pooled : meanPoolHead(config, 'classifier', pooled, seeds));
}

/** One vector a sequence, `[batch, hidden_size]`. */
function pool<Encoder extends EncoderConfig>(
  config: TransformerNetworkConfig<Encoder>,
  ids: tfl.SymbolicTensor,
  hidden: tfl.SymbolicTensor,
  seeds: Random,
): tfl.SymbolicTensor {
  const { encoder, left_out_tokens, pooling } = config;
  if (pooling === 'mean') {
    return meanOfTokens({ padding_token: encoder.pad_token_id, left_out_tokens }, ids, hidden);
  }
  const first = applyLayer(new FirstPosition({ name: 'first_token' }), hidden);
  if (pooling === 'first') return first;
  const dense = new Linear({
    name: 'pooler_dense',
    units: encoder.hidden_size,
    initializerRange: encoder.initializer_range,
    seed: seeds.uint32(),
  });
  const tanh = tfl.layers.activation({ name: 'pooler_activation', activation: 'tanh' });
  return applyLayer(tanh, applyLayer(dense, first));
}

/**
 * The network up to what its output is computed from, with the same weights: `[batch, hidden_size]`
 * in front of the output layer of the head, the pooled hidden states of an embedding network, or the
 * mean of those of a masked-language network.
 */
export function transformerEmbedder<Encoder extends EncoderConfig>(
  model: tfl.LayersModel,
  config: TransformerNetworkConfig<Encoder>,
  builder: EncoderBuilder<Encoder>,
): tfl.LayersModel {
  const ids = model.inputs[0] as tfl.SymbolicTensor;
  const { encoder, task, left_out_tokens } = config;
  let outputs: tfl.SymbolicTensor;
  if (task === 'masked-language') {
    const hidden = model.getLayer(builder.lastLayer(encoder)).output as tfl.SymbolicTensor;
    outputs = meanOfTokens({ padding_token: encoder.pad_token_id, left_out_tokens }, ids, hidden);
  } else if (task === 'embedding') {
    outputs = model.outputs[0] as tfl.SymbolicTensor;
  } else {
    outputs = model.getLayer('classifier_activation2').output as tfl.SymbolicTensor;
  }
  return tfl.model({ name: `${builder.name}_embedder`, inputs: ids, outputs });
}
