import path from 'node:path';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { readWeights, type WeightsByName } from '../../../kernel-lib/src/layers/named-weights.ts';
import { architecture } from '../../../kernel-lib/src/models/registry.ts';
import { Predictor } from '../../../kernel-lib/src/prediction/predictor.ts';
import {
  tokenModelFolder,
  type TrainedTokenModel,
} from '../../../kernel-lib/src/prediction/token-model-folder.ts';
import { loadTokenizer } from '../../../kernel-lib/src/tokenizers/load-tokenizer.ts';
import { TargetTransform } from '../../../kernel-lib/src/datasets/target-transform.ts';

const root = path.join(import.meta.dirname, '../../..');

export const outputs = ['root', 'tip', 'ear'];

/** Random sequences of A, C, G and T. */
export function randomSequences(lengths: readonly number[], seed = 1): string[] {
  const random = new Random(seed);
  return lengths.map((length) =>
    Array.from({ length }, () => 'ACGT'[random.integer(4)] ?? '').join(''),
  );
}

/** Weights large enough that outputs depend on the sequence. */
function enlarge(weights: WeightsByName): WeightsByName {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => {
      const factor = /kernel|tokens|positions/.test(name) ? 8 : 1;
      return [name, { shape, data: Float32Array.from(data, (value) => value * factor) }];
    }),
  );
}

/** A tiny RoBERTa with random weights and the tokenizer of a fixture: 300 tokens of byte-level BPE. */
export async function tinyModel(
  given: {
    readonly task?: string;
    readonly members?: number;
    readonly length?: number;
    readonly window?: TrainedTokenModel['window'];
    readonly truncationSide?: 'left' | 'right';
  } = {},
): Promise<Predictor> {
  const { task = 'regression', members = 1, length = 40, window, truncationSide } = given;
  await useBackend('wasm');
  const tokenizer = await loadTokenizer(
    path.join(root, 'test/parity/golden/huggingface/masked-language'),
  );
  const { configSchema, fitTokenizer, build } = architecture('roberta');
  const config = configSchema.parse(
    fitTokenizer?.(
      {
        length,
        outputs,
        task,
        encoder: {
          hidden_size: 16,
          num_hidden_layers: 2,
          num_attention_heads: 4,
          intermediate_size: 24,
          max_position_embeddings: length + 2,
        },
      },
      tokenizer,
    ),
  );
  const weights = [];
  for (let seed = 0; seed < members; seed++) {
    const model = build(config, { seed });
    weights.push(enlarge(await readWeights(model)));
    model.dispose();
  }
  return Predictor.from(
    tokenModelFolder({
      modelType: 'roberta',
      config,
      members: weights,
      tokenizer,
      target: TargetTransform.fromJSON({
        transform: 'log10',
        pseudocount: 1,
        mean: 0.7,
        standardDeviation: 2,
      }),
      ...(window === undefined ? {} : { window }),
      ...(truncationSide === undefined ? {} : { truncationSide }),
    }),
  );
}
