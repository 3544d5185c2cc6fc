import { cp, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { makeYeastSubset } from '../cli/yeast-subset.ts';

const root = path.join(import.meta.dirname, '..', '..');
const maize = path.join(root, 'notebooks', 'data', 'maize');

/** What is trained in a run that is to be killed. */
export type StudyName = 'one network' | 'two networks' | 'pre-training' | 'fine-tuning';

/** A small run, in a folder of its own. */
export interface Study {
  /** The run config. */
  readonly config: string;
  /** Where all of it lies; the run folder is runs/crash. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** Checkpoints and records come as thick as they can. */
const training = (more: string): string => `
  epochs: 6
  logEvery: 1
  ema: { decay: 0.9 }
  checkpointEvery: { steps: 1 }
  ${more}`;

async function trainedNetworks(count: number): Promise<Study> {
  const yeast = await makeYeastSubset();
  const seeds = Array.from({ length: count }, (_, i) => i + 1);
  const text = yeast.config({
    name: 'crash',
    training: training('batchSize: 16'),
    seeds: JSON.stringify(seeds),
    backend: 'wasm',
  });
  const config = await yeast.write('crash.tatabox.yaml', `${text}workers: ${String(count)}\n`);
  return { config, folder: yeast.folder, remove: () => yeast.remove() };
}

/** Lines of a packed file. */
async function linesOf(name: string): Promise<string[]> {
  return gunzipSync(await readFile(path.join(maize, name)))
    .toString()
    .trimEnd()
    .split('\n');
}

/** A language model that transformers wrote, with its tokenizer: 300 tokens, 16 hidden states. */
const LANGUAGE_MODEL = path.join(root, 'test', 'parity', 'golden', 'huggingface');

async function languageStudy(text: string, files: Record<string, string>): Promise<Study> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'tatabox-language-')));
  await cp(path.join(LANGUAGE_MODEL, 'masked-language'), path.join(folder, 'language'), {
    recursive: true,
  });
  for (const [name, content] of Object.entries(files)) {
    await writeFile(path.join(folder, name), content);
  }
  const config = path.join(folder, 'crash.tatabox.yaml');
  await writeFile(config, `${text}name: crash\noutput: runs/crash\nbackend: wasm\n`);
  return { config, folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Masks, flips and dropout are drawn anew in each step: a resumed run must draw the same. */
async function preTraining(): Promise<Study> {
  const promoters = (await linesOf('maize_promoters_unlabelled_1.txt.gz')).slice(0, 120);
  return languageStudy(
    `mode: pretrain
data: { sequences: [promoters.txt], validation: 0.1 }
tokenizer: language
maxLength: 18
augmentation: { kmerFlip: { k: 4, countFrom: tss } }
model:
  config:
    encoder: { hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 32 }
training:${training('batchSize: 16\n  accumulate: 2\n  optimizer: lamb')}
`,
    { 'promoters.txt': `${promoters.map((each) => each.slice(-60)).join('\n')}\n` },
  );
}

/** Folds one after the other, then the network itself. */
async function fineTuning(): Promise<Study> {
  const [heading = '', ...rows] = await linesOf('maize_nam_promoters_tpm.tsv.gz');
  const fold = heading.split('\t').indexOf('fold');
  const taken = new Map<string, number>();
  const few = rows.filter((row) => {
    const name = row.split('\t')[fold] ?? '';
    taken.set(name, (taken.get(name) ?? 0) + 1);
    return (taken.get(name) ?? 0) <= 16;
  });
  return languageStudy(
    `mode: finetune
data: { table: promoters.tsv, columns: { targets: [tpm_root, tpm_ear] } }
pretrained: language
seeds: [1]
crossValidation: { folds: [train_0, train_1, train_2] }
evaluation: { baselines: false }
training:${training('batchSize: 16')}
`,
    { 'promoters.tsv': `${[heading, ...few].join('\n')}\n` },
  );
}

/** Sets a study up; the caller removes it. */
export function makeStudy(name: StudyName): Promise<Study> {
  switch (name) {
    case 'one network':
      return trainedNetworks(1);
    case 'two networks':
      return trainedNetworks(2);
    case 'pre-training':
      return preTraining();
    case 'fine-tuning':
      return fineTuning();
  }
}
