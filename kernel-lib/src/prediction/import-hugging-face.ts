import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError } from '../core/errors.ts';
import { parseJson } from '../core/parse-json.ts';
import type { WeightsByName } from '../layers/named-weights.ts';
import type { Architecture } from '../models/architecture.ts';
import { architecture, architectureOfHuggingFace } from '../models/registry.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { readCheckpointWeights } from './checkpoint-weights.ts';
import { readModelFolder, type ModelFolder } from './model-folder.ts';
import { loadFolderTokenizer } from './model-tokenizer.ts';
import { tokenModelFolder } from './token-model-folder.ts';

/** Options of `importHuggingFace`. */
export interface ImportHuggingFaceOptions {
  /** Task of the network, for example `masked-language`. Default: what its config says. */
  readonly task?: string;
  /** Tokens of an input. Default: the most for which the network has positions. */
  readonly length?: number;
  /** Names of the outputs. Default: the labels of its config. */
  readonly outputs?: readonly string[];
}

const OPTIONS = ['task', 'length', 'outputs'];

interface Checkpoint {
  readonly json: Readonly<Record<string, unknown>>;
  readonly configFile: string;
  readonly architecture: Architecture<unknown>;
  readonly tokenizer: Tokenizer | undefined;
}

async function readJson(file: string): Promise<Readonly<Record<string, unknown>>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new InputError(
      {
        where: path.dirname(file),
        found: `no ${path.basename(file)}`,
        expected: 'a folder that transformers wrote with save_pretrained',
      },
      { cause },
    );
  }
  const json = parseJson(text, file, { expected: 'the config of a model' });
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    return json as Readonly<Record<string, unknown>>;
  }
  throw new InputError({ where: file, found: 'no JSON object', expected: 'the config of a model' });
}

async function readCheckpointConfig(folder: string): Promise<Checkpoint> {
  const configFile = path.join(folder, 'config.json');
  const json = await readJson(configFile);
  const found = architectureOfHuggingFace(json['model_type'], configFile);
  return { json, configFile, architecture: found, tokenizer: await loadFolderTokenizer(folder) };
}

/**
 * Reads a model that transformers wrote (`save_pretrained`): its config, its weights from
 * `model.safetensors` or `pytorch_model.bin`, and its tokenizer, if it lies there.
 *
 * @throws InputError for an architecture, a key or a head that this library has not, a weight that is
 *   missing or of another shape than the config says, the tokenizer of another model
 * @example
 * const model = await importHuggingFace('florabert', { task: 'masked-language' });
 * await writeModelFolder('my-model', model);
 */
export async function importHuggingFace(
  folder: string,
  options: ImportHuggingFaceOptions = {},
): Promise<ModelFolder> {
  checkOptionNames(options, OPTIONS, 'importHuggingFace');
  const checkpoint = await readCheckpointConfig(folder);
  const { huggingFace, modelType } = checkpoint.architecture;
  if (huggingFace === undefined) throw new Error(`no Hugging Face form of ${modelType}`);
  const { json, configFile, tokenizer } = checkpoint;
  const config = huggingFace.fromConfig(json, {
    where: configFile,
    ...options,
    ...(tokenizer === undefined ? {} : { tokenizer }),
  });
  const { file, weights } = await readCheckpointWeights(folder);
  const members = [huggingFace.fromWeights(weights, config, { where: file })];
  return tokenModelFolder({
    modelType,
    config,
    members,
    ...(tokenizer === undefined ? {} : { tokenizer }),
  });
}

/** The encoder of a pre-trained model. */
export interface PretrainedEncoder {
  /** Architecture of this library. */
  readonly modelType: string;
  /** Config of the network that it comes from. */
  readonly config: unknown;
  /** Weights of the encoder under our names; the head is not among them. */
  readonly weights: WeightsByName;
  /** The tokenizer beside the model, if there is one. */
  readonly tokenizer: Tokenizer | undefined;
}

/**
 * Loads the encoder of a model of any task for fine-tuning: a model folder of this library, or one
 * that transformers wrote. Give it to `warmStart`.
 *
 * @param options.member which network of an ensemble; default 0
 * @throws InputError where the folder holds no such model
 * @example
 * const encoder = await loadPretrainedEncoder('runs/pretrain/model');
 * const model = architecture('roberta').build(config, { seed: 1 });
 * warmStart(model, encoder);
 */
export async function loadPretrainedEncoder(
  folder: string,
  options: { readonly member?: number } = {},
): Promise<PretrainedEncoder> {
  checkOptionNames(options, ['member'], 'loadPretrainedEncoder');
  const json = await readJson(path.join(folder, 'config.json'));
  if (json['library'] === 'tatabox') return encoderOfFolder(folder, options.member ?? 0);
  const { configFile, architecture: found, tokenizer } = await readCheckpointConfig(folder);
  const { huggingFace, modelType } = found;
  if (huggingFace === undefined) throw new Error(`no Hugging Face form of ${modelType}`);
  const config = huggingFace.fromConfig(json, {
    where: configFile,
    task: 'embedding',
    ...(tokenizer === undefined ? {} : { tokenizer }),
  });
  const { file, weights } = await readCheckpointWeights(folder);
  return {
    modelType,
    config,
    weights: huggingFace.fromWeights(weights, config, { where: file, part: 'encoder' }),
    tokenizer,
  };
}

async function encoderOfFolder(folder: string, member: number): Promise<PretrainedEncoder> {
  const { config, members, tokenizer } = await readModelFolder(folder);
  const { huggingFace, configSchema, modelType } = architecture(config.model_type);
  const weights = members[member];
  if (huggingFace === undefined || weights === undefined) {
    throw new InputError({
      where: folder,
      found:
        huggingFace === undefined
          ? `a model of type ${modelType}`
          : `${String(members.length)} networks, of which ${String(member)} was asked for`,
      expected:
        huggingFace === undefined
          ? 'a model with an encoder of tokens'
          : `a number from 0 to ${String(members.length - 1)}`,
    });
  }
  const network = configSchema.parse(config.architecture);
  const stored = huggingFace.toWeights(weights, network);
  return {
    modelType,
    config: network,
    weights: huggingFace.fromWeights(stored, network, { where: folder, part: 'encoder' }),
    tokenizer,
  };
}
