import path from 'node:path';
import { readCard } from './card-blocks.ts';
import { modelFacts, tokenizerFacts } from './model-facts.ts';
import type { FactSection, ModelSummary } from './model-protocol.ts';
import type { ModelHeaders } from './open-model.ts';
import { modelFilesOnDisk, type ModelFiles } from './model-files.ts';
import { dtypeShares } from './tensor-table.ts';

const LARGEST = { config: 5_000_000, card: 2_000_000, tokenizer: 20_000_000 } as const;
/** Texts of the header that are shown. */
const MOST_METADATA = 50;

async function readJson(folder: ModelFiles, name: string, largest: number): Promise<unknown> {
  const text = await folder.text(name, largest);
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}

/**
 * What a model folder says beside its weights.
 *
 * @param folder its files; default those on the disk
 */
export async function modelSummary(
  file: string,
  { files, tensors, metadata, problems }: ModelHeaders,
  folder: ModelFiles = modelFilesOnDisk(path.dirname(file)),
): Promise<Omit<ModelSummary, 'canPush'>> {
  const faults = [...problems];
  const sections: FactSection[] = [];
  let hasConfig = false;
  try {
    const config = await readJson(folder, 'config.json', LARGEST.config);
    hasConfig = config !== undefined;
    if (hasConfig) sections.push(...modelFacts(config));
    else
      faults.push('There is no config.json beside the weights: they say nothing of the network.');
  } catch {
    faults.push('config.json is no JSON.');
  }
  try {
    const tokenizer = await readJson(folder, 'tokenizer.json', LARGEST.tokenizer);
    if (tokenizer !== undefined) {
      sections.push({ title: 'Tokenizer', facts: tokenizerFacts(tokenizer) });
    }
  } catch {
    faults.push('tokenizer.json is no JSON.');
  }
  const notes = Object.entries(metadata).slice(0, MOST_METADATA);
  if (notes.length > 0) {
    const facts = notes.map(([key, text]) => [key, text.slice(0, 300)] as const);
    sections.push({ title: 'Notes in the weights file', facts });
  }
  const text = await folder.text('README.md', LARGEST.card);
  const card = text === undefined ? undefined : readCard(text);
  if (card?.problem !== undefined) faults.push(card.problem);
  return {
    title: `${path.basename(path.dirname(file))}/${path.basename(file)}`,
    files,
    tensors: tensors.length,
    parameters: tensors.reduce((sum, { parameters }) => sum + parameters, 0),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    dtypes: dtypeShares(tensors),
    sections,
    cardFacts: card?.facts ?? [],
    card: card?.blocks ?? [],
    hasCard: card !== undefined,
    hasConfig,
    problems: faults,
  };
}
