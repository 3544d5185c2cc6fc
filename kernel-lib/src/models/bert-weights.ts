import type { BertConfig } from './bert-config.ts';
import { WeightTable, type HuggingFaceWeights } from './roberta-weights.ts';
import { addAttention, type EncoderParts } from './transformer-weights.ts';

/** Our weight names → those of `BertModel` and `BertForMaskedLM`, in the order of the checkpoint. */
export function bertWeightNames(config: BertConfig, parts: EncoderParts = {}): HuggingFaceWeights {
  const { hidden_size: size, intermediate_size: wide, vocab_size: tokens } = config;
  const table = new WeightTable();
  const base = 'bert.embeddings';
  const rows = { positions: config.max_position_embeddings, types: config.type_vocab_size };
  table.plain('embeddings/tokens', `${base}.word_embeddings.weight`, [tokens, size]);
  table.plain('embeddings/positions', `${base}.position_embeddings.weight`, [rows.positions, size]);
  table.plain('embeddings/types', `${base}.token_type_embeddings.weight`, [rows.types, size]);
  table.norm('embeddings_norm', `${base}.LayerNorm`, size);
  for (let index = 0; index < config.num_hidden_layers; index++) {
    const [ours, theirs] = [`layer_${String(index)}`, `bert.encoder.layer.${String(index)}`];
    addAttention(table, `${ours}_attention`, `${theirs}.attention`, size);
    table.norm(`${ours}_attention_norm`, `${theirs}.attention.output.LayerNorm`, size);
    table.linear(`${ours}_intermediate`, `${theirs}.intermediate.dense`, size, wide);
    table.linear(`${ours}_output`, `${theirs}.output.dense`, wide, size);
    table.norm(`${ours}_output_norm`, `${theirs}.output.LayerNorm`, size);
  }
  if (parts.pooler === true) table.linear('pooler_dense', 'bert.pooler.dense', size, size);
  if (parts.maskedLanguage === true) {
    const head = 'cls.predictions';
    table.plain('lm_head_scores/bias', `${head}.bias`, [tokens], `${head}.decoder.bias`);
    table.linear('lm_head_dense', `${head}.transform.dense`, size, size);
    table.norm('lm_head_norm', `${head}.transform.LayerNorm`, size);
    if (!config.tie_word_embeddings) {
      table.plain('lm_head_scores/kernel', `${head}.decoder.weight`, [tokens, size]);
    }
  }
  if (parts.meanPoolHead !== undefined) {
    table.meanPoolHead('classifier', 'classifier', { size, ...parts.meanPoolHead });
  }
  return table.names;
}
