import { TableView } from '../core/table-view.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import type { Random } from '../core/random.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { kmerFlip, positionBuckets } from '../datasets/kmer-flip.ts';
import {
  maskedLanguageDataset,
  maskedPositions,
  type Sequences,
} from '../datasets/masked-language-dataset.ts';
import type { LeakageAudit } from '../datasets/leakage-audit.ts';
import { openSequenceCorpus, type SequenceCorpus } from '../datasets/sequence-corpus.ts';
import { someSequences, splitByContent } from '../datasets/split-by-content.ts';
import { tokenStatistics, type TokenStatistics } from '../datasets/token-statistics.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { auditFile, auditPartOf, auditRunParts, sequencesWithout } from './run-audit.ts';
import type { PretrainRunConfig } from './schema/pretrain-config.ts';

/** The sequences of a pre-training, on both sides of its split. */
export interface PretrainData {
  readonly train: Sequences;
  readonly validation: Sequences;
  readonly trainTokens: TokenStatistics;
  readonly validationTokens: TokenStatistics;
  /** Shorter ones that were left out. */
  readonly tooShort: number;
  /** The table that a person reads. */
  readonly view: TableView;
  close(): void;
}

/** Sequences, and what they share with those that judge the network. */
export interface AuditedPretrainData {
  readonly data: PretrainData;
  /** Undefined where the config does not ask for it. */
  readonly audit: LeakageAudit | undefined;
}

/** Reads the sequences of a pre-training, audits them where asked for, and counts their tokens. */
export async function loadPretrainData(
  config: PretrainRunConfig,
  tokenizer: Tokenizer,
  resolve: (file: string) => string,
  longWork: LongWorkOptions,
): Promise<AuditedPretrainData> {
  const { data, maxLength, seed } = config;
  const open = (files: readonly string[]): Promise<SequenceCorpus> =>
    openSequenceCorpus(files.map(resolve), {
      minimumLength: data.minimumLength,
      letterCase: data.case,
      ...(data.window === undefined ? {} : { window: data.window }),
      ...longWork,
    });
  const corpora = [await open(data.sequences)];
  const close = (): void => {
    for (const corpus of corpora) corpus.close();
  };
  try {
    const [first] = corpora as [SequenceCorpus];
    let train: Sequences = first;
    let validation: Sequences = first;
    if (typeof data.validation === 'number') {
      const split = splitByContent(first, { share: data.validation, seed });
      train = someSequences(first, split.train);
      validation = someSequences(first, split.validation);
    } else {
      const second = await open(data.validation);
      corpora.push(second);
      validation = second;
    }
    const audit = await auditPretrain(config, train, validation, resolve, longWork);
    if (config.audit?.drop === true) {
      train = sequencesWithout(train, audit?.drop[TRAINING] ?? []);
    }
    const statistics = { maxLength, ...longWork };
    const trainTokens = await tokenStatistics(train, tokenizer, statistics);
    const validationTokens = await tokenStatistics(validation, tokenizer, statistics);
    const tooShort = corpora.reduce((sum, corpus) => sum + corpus.tooShort, 0);
    const view = corpusView({ training: trainTokens, validation: validationTokens }, tooShort);
    const read = { train, validation, trainTokens, validationTokens, tooShort, view, close };
    return { data: read, audit };
  } catch (error) {
    close();
    throw error;
  }
}

/** The part of an audit that is trained on. */
const TRAINING = 'training';

async function auditPretrain(
  { audit }: PretrainRunConfig,
  train: Sequences,
  validation: Sequences,
  resolve: (file: string) => string,
  longWork: LongWorkOptions,
): Promise<LeakageAudit | undefined> {
  if (audit === undefined) return undefined;
  const others = Object.entries(audit.against).map(
    ([name, file]) => [name, auditFile(resolve(file))] as const,
  );
  // The largest last: it alone is not held in memory.
  const parts = {
    validation: auditPartOf(validation),
    ...Object.fromEntries(others),
    [TRAINING]: auditPartOf(train),
  };
  return auditRunParts(parts, ['validation', ...Object.keys(audit.against)], audit, longWork);
}

function corpusView(parts: Readonly<Record<string, TokenStatistics>>, tooShort: number): TableView {
  const rows = Object.entries(parts).map(([part, each]) => ({
    part,
    sequences: each.sequences,
    letters: each.letters,
    tokens: each.tokens,
    'letters a token': each.tokens === 0 ? 'none' : (each.letters / each.tokens).toFixed(2),
    longest: each.longest,
    'cut off': each.truncated,
    unknown: each.unknown,
  }));
  const left = tooShort === 0 ? '' : `; ${tooShort.toLocaleString('en-US')} too short`;
  return new TableView(`Sequences${left}`, Object.keys(rows[0] ?? {}), rows);
}

/** Examples of a pre-training, and how many positions of each are scored. */
export interface PretrainDatasets {
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly predictions: number;
}

/** Examples with hidden tokens from the sequences of a pre-training. */
export function pretrainDatasets(
  config: PretrainRunConfig,
  data: PretrainData,
  tokenizer: Tokenizer,
): PretrainDatasets {
  const { masking, maxLength, augmentation, seed } = config;
  const predictions = maskedPositions(maxLength, masking.probability);
  const shared = { tokenizer, maxLength, masking, predictions, seed };
  const flip = augmentation.kmerFlip;
  const buckets = positionBuckets(flip?.buckets ?? []);
  const augment = (sequence: string, random: Random): string =>
    flip === undefined
      ? sequence
      : kmerFlip(sequence, { k: flip.k, countFrom: flip.countFrom, buckets, random }).sequence;
  return {
    train: maskedLanguageDataset({
      ...shared,
      sequences: data.train,
      ...(flip === undefined ? {} : { augment }),
    }),
    // All of them masked: a token that stays as it is would be guessed by copying it, which alone
    // brings the perplexity far below that of the unigram baseline.
    validation: maskedLanguageDataset({
      ...shared,
      sequences: data.validation,
      masking: { probability: masking.probability, masked: 1, random: 0 },
    }),
    predictions,
  };
}
