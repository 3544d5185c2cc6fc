import { InputError, throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop } from '../core/progress.ts';
import {
  readLabelledPromoters,
  selectTargets,
  type LabelledPromoters,
} from './tissue-expression-labels.ts';
import {
  TissueExpressionExamples,
  tokenBatch,
  type TissueExpressionStore,
  type TokenRows,
} from './tissue-expression-examples.ts';
import {
  foldCrossValidation,
  splitByFolds,
  type FoldCrossValidationOptions,
} from './tissue-expression-folds.ts';
import {
  checkTissueExpressionOptions,
  maxLengthOf,
  type TissueExpressionOptions,
} from './tissue-expression-options.ts';
import { checkSplit, type Split } from './split.ts';
import { TargetTransforms } from './target-transforms.ts';

/** Promoters that were left out, and why. */
export interface DroppedPromoters {
  /** Shorter than `minimumLength`. */
  readonly tooShort: number;
  /** In another shard. */
  readonly otherShard: number;
  /** Nothing but special tokens. */
  readonly empty: number;
  /** Not above `threshold` in every tissue. */
  readonly belowThreshold: number;
}

/** Tokenised promoters and expression in several tissues, split and transformed. */
export interface TissueExpressionDataset {
  /** All promoters that were kept. */
  readonly dataset: TissueExpressionExamples;
  readonly train: TissueExpressionExamples;
  readonly validation: TissueExpressionExamples;
  readonly test: TissueExpressionExamples;
  readonly split: Split;
  readonly targetNames: readonly string[];
  /** Fitted on train; undefined for classification. */
  readonly transforms: TargetTransforms | undefined;
  /** Measured, row-major `promoters × targets`. */
  readonly measured: Float64Array;
  /**
   * On the scale of metrics and plots: transformed, not standardised; 0 or 1 for classification.
   * Row-major `promoters × targets`.
   */
  readonly observed: Float64Array;
  /** Mean of `observed` over train, by target: what a model that knows nothing else predicts. */
  readonly trainMeans: Float64Array;
  /** Fold of each promoter, where the table has them. */
  readonly folds: readonly string[] | undefined;
  readonly dropped: DroppedPromoters;
}

/** What does not depend on the split. */
interface Loaded {
  readonly promoters: LabelledPromoters;
  readonly rows: TokenRows;
  readonly tokens: Uint16Array | Int32Array;
  readonly dropped: DroppedPromoters;
}

const BATCH = 256;

/**
 * Builds the dataset of the expression-in-tissues study: promoters as rows of tokens (input
 * `input_ids`, upper-cased before), and the transformed expression in each tissue as target. In
 * this order: promoters that are too short and those of other shards are left out, the rest is
 * tokenised, the empty ones and those below the threshold are left out, and the transforms are
 * fitted on train.
 *
 * @throws InputError for a table that cannot be read, or of which nothing is left; UsageError for
 *   options that contradict each other
 *
 * @example
 * const data = await tissueExpressionDataset({
 *   table: 'maize_nam_promoters_tpm.tsv.gz',
 *   tokenizer,
 *   maxLength: 256,
 *   transform: 'log10',
 *   pseudocount: 1,
 * });
 * data.train.example(0).inputs.input_ids; // Int32Array(256)
 */
export async function tissueExpressionDataset(
  options: TissueExpressionOptions,
): Promise<TissueExpressionDataset> {
  checkTissueExpressionOptions(options);
  const loaded = await load(options);
  return build(loaded, splitOf(loaded, options), options);
}

/**
 * One dataset a fold for cross-validation: each of the folds (`train_0` … `train_4` by default) is
 * tested once, the next validates, the others train; other folds, such as `test`, stay unseen. The
 * table is read and tokenised once; the transforms are fitted on each train part.
 *
 * @param cross which folds
 *
 * @example
 * for (const { train, validation, test } of await tissueExpressionCrossValidation(options)) { … }
 */
export async function tissueExpressionCrossValidation(
  options: Omit<TissueExpressionOptions, 'split'>,
  cross: FoldCrossValidationOptions = {},
): Promise<TissueExpressionDataset[]> {
  checkTissueExpressionOptions(options);
  const loaded = await load(options);
  return foldCrossValidation(foldsOf(loaded.promoters), cross).map((split) =>
    build(loaded, split, options),
  );
}

async function load(options: TissueExpressionOptions): Promise<Loaded> {
  const { tokenizer, paddingSide, truncationSide, dropEmpty = true, threshold } = options;
  const rows = { tokenizer, maxLength: maxLengthOf(options), paddingSide, truncationSide };
  const all = await tableOf(options);
  const { minimumLength = 0, shard = { index: 0, count: 1 } } = options;
  const long = [...all.ids.keys()].filter((row) => sequence(all, row).length >= minimumLength);
  const sharded = long.filter((_, i) => i % shard.count === shard.index);
  const sequences = sharded.map((row) => sequence(all, row).toUpperCase());
  const { tokens, counts } = await tokenise(sequences, rows, options);
  const special = tokenizer.encode('', { maxLength: rows.maxLength }).length;
  const filled = [...sharded.keys()].filter((i) => !dropEmpty || (counts[i] ?? 0) > special);
  const width = all.targetNames.length;
  const kept = filled.filter((i) => {
    if (threshold === undefined) return true;
    const at = (sharded[i] ?? 0) * width;
    return all.targets.subarray(at, at + width).every((value) => value > threshold);
  });
  if (kept.length === 0) {
    throw new InputError({
      where: all.source,
      found: `none of ${all.ids.length.toLocaleString('en-US')} promoters is left`,
      expected: 'promoters that pass minimumLength, dropEmpty, shard and threshold',
    });
  }
  for (const [to, from] of kept.entries()) {
    tokens.copyWithin(to * rows.maxLength, from * rows.maxLength, (from + 1) * rows.maxLength);
  }
  return {
    promoters: selectRows(
      all,
      kept.map((i) => sharded[i] ?? 0),
    ),
    rows,
    tokens: tokens.slice(0, kept.length * rows.maxLength),
    dropped: {
      tooShort: all.ids.length - long.length,
      otherShard: long.length - sharded.length,
      empty: sharded.length - filled.length,
      belowThreshold: filled.length - kept.length,
    },
  };
}

async function tableOf(options: TissueExpressionOptions): Promise<LabelledPromoters> {
  const { table, targetColumns, signal, progress } = options;
  if (isLabelledPromoters(table)) {
    return targetColumns === undefined ? table : selectTargets(table, targetColumns);
  }
  const { sequenceColumn, idColumn, labelNames, foldColumn } = options;
  const given = { sequenceColumn, idColumn, targetColumns, labelNames, foldColumn };
  return readLabelledPromoters(table, {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    ...(signal === undefined ? {} : { signal }),
    ...(progress === undefined ? {} : { progress }),
  });
}

function isLabelledPromoters(table: TissueExpressionOptions['table']): table is LabelledPromoters {
  return typeof table === 'object' && 'targetNames' in table;
}

function sequence(promoters: LabelledPromoters, row: number): string {
  return promoters.sequences[row] ?? '';
}

function selectRows(promoters: LabelledPromoters, rows: readonly number[]): LabelledPromoters {
  const width = promoters.targetNames.length;
  const targets = new Float64Array(rows.length * width);
  for (const [i, row] of rows.entries()) {
    targets.set(promoters.targets.subarray(row * width, (row + 1) * width), i * width);
  }
  const pick = (values: readonly string[] | undefined) =>
    values && rows.map((r) => values[r] ?? '');
  return {
    ...promoters,
    ids: rows.map((row) => promoters.ids[row] ?? ''),
    sequences: rows.map((row) => sequence(promoters, row).toUpperCase()),
    targets,
    folds: pick(promoters.folds),
    cultivars: pick(promoters.cultivars),
  };
}

/** Tokens of all sequences, and how many each has without padding. */
async function tokenise(
  sequences: readonly string[],
  rows: TokenRows,
  { signal, progress }: TissueExpressionOptions,
): Promise<{ tokens: Uint16Array | Int32Array; counts: Uint32Array }> {
  const { maxLength, tokenizer } = rows;
  const length = sequences.length * maxLength;
  const tokens =
    tokenizer.vocabularySize <= 65_536 ? new Uint16Array(length) : new Int32Array(length);
  const counts = new Uint32Array(sequences.length);
  for (let start = 0; start < sequences.length; start += BATCH) {
    throwIfAborted(signal, 'tokenising promoters');
    const batch = tokenBatch(sequences.slice(start, start + BATCH), rows);
    tokens.set(batch.inputIds, start * maxLength);
    for (const [at, shown] of batch.attentionMask.entries()) {
      const row = start + Math.floor(at / maxLength);
      counts[row] = (counts[row] ?? 0) + shown;
    }
    const done = Math.min(start + BATCH, sequences.length);
    progress?.({ task: 'tokenising', done, total: sequences.length, unit: 'promoters' });
    await yieldToEventLoop();
  }
  return { tokens, counts };
}

function foldsOf({ folds, source }: LabelledPromoters): readonly string[] {
  if (folds !== undefined) return folds;
  throw new UsageError({
    where: source,
    found: 'no column of folds',
    expected: 'the fold of each promoter',
    fix: 'Name the column (option foldColumn), or give a split.',
  });
}

function splitOf({ promoters }: Loaded, { split }: TissueExpressionOptions): Split {
  if (split === 'none') {
    const all = Uint32Array.from(promoters.ids.keys());
    return { train: all, validation: new Uint32Array(0), test: new Uint32Array(0) };
  }
  if (split !== undefined && 'train' in split && split.train instanceof Uint32Array) {
    checkSplit(split as Split, promoters.ids.length);
    return split as Split;
  }
  return splitByFolds(foldsOf(promoters), split as Exclude<typeof split, Split>);
}

function build(
  { promoters, rows, tokens, dropped }: Loaded,
  split: Split,
  options: TissueExpressionOptions,
): TissueExpressionDataset {
  const { transform = 'none', pseudocount = 0, standardise = false, expressedThreshold } = options;
  const { targetNames, targets: measured, ids, sequences, folds } = promoters;
  const transforms =
    expressedThreshold === undefined
      ? TargetTransforms.fit(measured, {
          names: targetNames,
          transform,
          pseudocount,
          standardise,
          train: split.train,
        })
      : undefined;
  const observed =
    transforms?.transform(measured) ??
    measured.map((value) => (value >= (expressedThreshold ?? 0) ? 1 : 0));
  const store: TissueExpressionStore = {
    ids,
    sequences,
    tokens,
    rows,
    targetNames,
    targets: Float32Array.from(transforms?.standardise(observed) ?? observed),
    kmerFlip: options.kmerFlip,
  };
  const width = targetNames.length;
  const trainMeans = new Float64Array(width);
  for (const row of split.train) {
    for (let j = 0; j < width; j++) {
      trainMeans[j] =
        (trainMeans[j] ?? 0) + (observed[row * width + j] ?? NaN) / split.train.length;
    }
  }
  const dataset = new TissueExpressionExamples(store, Uint32Array.from(ids.keys()));
  return {
    dataset,
    train: dataset.subset(split.train),
    validation: dataset.subset(split.validation),
    test: dataset.subset(split.test),
    split,
    targetNames,
    transforms,
    measured,
    observed,
    trainMeans,
    folds,
    dropped,
  };
}
