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

/** What a table of an encoder's weights depends on. */
export interface EncoderShape {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly intermediate_size: number;
  readonly max_position_embeddings: number;
}

/** Which parts behind the encoder a table of weights has. */
export interface EncoderParts {
  /** The head for masked language modelling. Default false. */
  readonly maskedLanguage?: boolean;
  /** The map of the first hidden state, `pooler.dense`. Default false. */
  readonly pooler?: boolean;
  /** The head on the mean hidden state, `classifier.*`; absent for none. */
  readonly meanPoolHead?: MeanPoolHeadWeights;
}

/** The head on the mean hidden state. */
export interface MeanPoolHeadWeights {
  readonly outputs: number;
  /** With batch normalisation. */
  readonly normalised: boolean;
  /** Two heads: one for the scores, one for the values. Default false. */
  readonly gated?: boolean;
}

/** Names of the head for masked tokens in a checkpoint. */
export interface MaskedTokenHeadNames {
  readonly dense: string;
  readonly norm: string;
  readonly bias: string;
  /** Another name of the bias. */
  readonly otherBias?: string;
  readonly decoder: string;
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

  /**
   * The layers of an encoder.
   *
   * @param norms our name → theirs, of the normalisations of attention and of the affine maps
   */
  layers(
    prefix: string,
    { hidden_size: size, intermediate_size: wide, num_hidden_layers: count }: EncoderShape,
    [attentionNorm, [ourNorm, theirNorm]]: readonly [string, readonly [string, string]],
  ): void {
    for (let index = 0; index < count; index++) {
      const ours = `layer_${String(index)}`;
      const theirs = `${prefix}.encoder.layer.${String(index)}`;
      for (const part of ['query', 'key', 'value']) {
        this.linear(`${ours}_attention/${part}`, `${theirs}.attention.self.${part}`, size, size);
      }
      this.linear(`${ours}_attention/output`, `${theirs}.attention.output.dense`, size, size);
      this.norm(`${ours}_attention_norm`, `${theirs}.${attentionNorm}`, size);
      this.linear(`${ours}_intermediate`, `${theirs}.intermediate.dense`, size, wide);
      this.linear(`${ours}_output`, `${theirs}.output.dense`, wide, size);
      this.norm(`${ours}_${ourNorm}`, `${theirs}.${theirNorm}`, size);
    }
  }

  /** Embeddings and layers as BERT and RoBERTa have them. */
  postNormEncoder(prefix: string, config: EncoderShape & { readonly type_vocab_size: number }) {
    const { hidden_size: size, type_vocab_size: types } = config;
    const base = `${prefix}.embeddings`;
    const rows = (ours: string, theirs: string, count: number): void => {
      this.plain(`embeddings/${ours}`, `${base}.${theirs}_embeddings.weight`, [count, size]);
    };
    rows('tokens', 'word', config.vocab_size);
    rows('positions', 'position', config.max_position_embeddings);
    if (types > 0) rows('types', 'token_type', types);
    this.norm('embeddings_norm', `${base}.LayerNorm`, size);
    this.layers(prefix, config, [
      'attention.output.LayerNorm',
      ['output_norm', 'output.LayerNorm'],
    ]);
  }

  /** The parts behind an encoder. */
  heads(
    prefix: string,
    config: EncoderShape & { readonly tie_word_embeddings: boolean },
    { pooler = false, maskedLanguage = false, meanPoolHead }: EncoderParts,
    names: MaskedTokenHeadNames,
  ): void {
    const { hidden_size: size, vocab_size: tokens } = config;
    if (pooler) this.linear('pooler_dense', `${prefix}.pooler.dense`, size, size);
    if (maskedLanguage) {
      this.plain('lm_head_scores/bias', names.bias, [tokens], names.otherBias);
      this.linear('lm_head_dense', names.dense, size, size);
      this.norm('lm_head_norm', names.norm, size);
      if (!config.tie_word_embeddings) {
        this.plain('lm_head_scores/kernel', names.decoder, [tokens, size]);
      }
    }
    if (meanPoolHead === undefined) return;
    if (meanPoolHead.gated !== true) this.#meanPoolHead('', '', size, meanPoolHead);
    else {
      for (const part of ['classification', 'regression']) {
        this.#meanPoolHead(`_${part}`, `.${part}_head`, size, meanPoolHead);
      }
    }
  }

  #meanPoolHead(
    ourPart: string,
    theirPart: string,
    size: number,
    { outputs, normalised }: MeanPoolHeadWeights,
  ): void {
    const [ours, theirs] = [`classifier${ourPart}`, `classifier${theirPart}`];
    this.linear(`${ours}_dense`, `${theirs}.dense`, size, size);
    this.linear(`${ours}_dense2`, `${theirs}.dense2`, size, size);
    this.linear(`${ours}_out_proj`, `${theirs}.out_proj`, size, outputs);
    if (!normalised) return;
    const [ourNorm, theirNorm] = [`${ours}_batch_norm`, `${theirs}.batch_norm`];
    this.norm(ourNorm, theirNorm, size);
    this.plain(`${ourNorm}/moving_mean`, `${theirNorm}.running_mean`, [size]);
    this.plain(`${ourNorm}/moving_variance`, `${theirNorm}.running_var`, [size]);
  }
}

/** Names of the head for masked tokens of RoBERTa and ESM. */
export const maskedTokenHeadNames: MaskedTokenHeadNames = Object.freeze({
  dense: 'lm_head.dense',
  norm: 'lm_head.layer_norm',
  bias: 'lm_head.bias',
  decoder: 'lm_head.decoder.weight',
});
