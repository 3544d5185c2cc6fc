import type { BertConfig } from './bert-config.ts';
import {
  WeightTable,
  type EncoderParts,
  type HuggingFaceWeights,
} from './transformer-weight-table.ts';

/** Our weight names → those of `BertModel` and `BertForMaskedLM`, in the order of the checkpoint. */
export function bertWeightNames(config: BertConfig, parts: EncoderParts = {}): HuggingFaceWeights {
  const table = new WeightTable();
  table.postNormEncoder('bert', config);
  table.heads('bert', config, parts, {
    dense: 'cls.predictions.transform.dense',
    norm: 'cls.predictions.transform.LayerNorm',
    bias: 'cls.predictions.bias',
    otherBias: 'cls.predictions.decoder.bias',
    decoder: 'cls.predictions.decoder.weight',
  });
  return table.names;
}
