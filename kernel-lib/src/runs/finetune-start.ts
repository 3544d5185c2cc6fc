import { InputError } from '../core/errors.ts';
import type { ArchitectureChoice } from '../models/resolve-config.ts';
import { loadPretrainedEncoder } from '../prediction/import-hugging-face.ts';
import { loadTokenizer } from '../tokenizers/load-tokenizer.ts';
import type { FinetuneNetwork } from './finetune-split.ts';
import type { RunChecks } from './run-mode.ts';
import type { FinetuneRunConfig } from './schema/finetune-config.ts';

/** What a fine-tuning begins with, and the network that its config names. */
export interface FinetuneStart extends Omit<FinetuneNetwork, 'architecture'> {
  readonly model: ArchitectureChoice & { readonly config: Readonly<Record<string, unknown>> };
}

const DEFAULT_LENGTH = 256;

/** Keys of an encoder that its weights do not depend on. */
const CHANGEABLE = ['hidden_dropout_prob', 'attention_probs_dropout_prob', 'hidden_dropout'];

/** Loads tokenizer and weights of the pre-trained model, or the tokenizer alone. */
export async function loadFinetuneStart(
  config: FinetuneRunConfig,
  checks: RunChecks,
): Promise<FinetuneStart> {
  const { pretrained, tokenizer } = config;
  const { where } = checks;
  if ((pretrained === undefined) === (tokenizer === undefined)) {
    throw new InputError({
      where,
      found: pretrained === undefined ? 'neither pretrained nor tokenizer' : 'both of them',
      expected: 'pretrained (which has its tokenizer), or tokenizer for a network from scratch',
    });
  }
  return pretrained === undefined
    ? startFromScratch(config, tokenizer ?? '', checks)
    : startFromPretrained(config, pretrained, checks);
}

async function startFromScratch(
  { maxLength, paddingSide, truncationSide, model }: FinetuneRunConfig,
  file: string,
  { resolve }: RunChecks,
): Promise<FinetuneStart> {
  const tokenizer = await loadTokenizer(resolve(file), {
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(paddingSide === undefined ? {} : { paddingSide }),
    ...(truncationSide === undefined ? {} : { truncationSide }),
  });
  return {
    modelType: model.type,
    tokenizer,
    maxLength: maxLength ?? tokenizer.defaults.maxLength ?? DEFAULT_LENGTH,
    pretrained: undefined,
    model,
  };
}

async function startFromPretrained(
  config: FinetuneRunConfig,
  pretrained: string,
  { resolve, where }: RunChecks,
): Promise<FinetuneStart> {
  const { model, maxLength } = config;
  if ((config.paddingSide ?? config.truncationSide) !== undefined) {
    throw new InputError({
      where,
      found: 'paddingSide or truncationSide with pretrained',
      expected: 'the sides that the tokenizer of the pre-trained model has',
    });
  }
  const {
    modelType,
    tokenizer,
    weights,
    config: from,
  } = await loadPretrainedEncoder(resolve(pretrained));
  if (tokenizer === undefined || model.preset !== undefined) {
    throw new InputError({
      where: model.preset === undefined ? resolve(pretrained) : where,
      found: model.preset === undefined ? 'no tokenizer' : 'model.preset and pretrained',
      expected: 'a pre-trained model with its tokenizer, which says how the network is built',
    });
  }
  const { length, encoder } = from as { length: number; encoder: Record<string, unknown> };
  const given = (model.config['encoder'] ?? {}) as Record<string, unknown>;
  for (const [key, value] of Object.entries(given)) {
    if (CHANGEABLE.includes(key) || encoder[key] === value) continue;
    throw new InputError({
      where: `${where}, model.config.encoder.${key}`,
      found: JSON.stringify(value),
      expected: `${JSON.stringify(encoder[key])}, as ${resolve(pretrained)} says, or nothing`,
      fix: `Of a pre-trained encoder, only dropout can be changed: ${CHANGEABLE.join(', ')}.`,
    });
  }
  return {
    modelType,
    tokenizer,
    maxLength: maxLength ?? length,
    pretrained: weights,
    model: {
      type: modelType,
      config: { ...model.config, encoder: { ...encoder, ...given } },
    },
  };
}
