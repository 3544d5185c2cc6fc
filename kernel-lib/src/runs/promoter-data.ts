import path from 'node:path';
import type { LongWorkOptions } from '../core/progress.ts';
import { checkInputs, requireInputs, type InputCheck } from '../datasets/compatibility-check.ts';
import {
  promoterExpressionDataset,
  type PromoterExpressionDataset,
} from '../datasets/promoter-expression-dataset.ts';
import type { TrainRunConfig } from './schema/train-config.ts';

/** The checked data of a run. */
export interface RunData {
  readonly check: InputCheck;
  readonly data: PromoterExpressionDataset;
}

/**
 * Whether genome, transcripts and table of a run fit each other.
 *
 * @param base folder that the paths of the config start from
 */
export function checkRunData(
  config: TrainRunConfig['data'],
  base: string,
  options: LongWorkOptions = {},
): Promise<InputCheck> {
  return checkInputs({
    fasta: path.resolve(base, config.genome),
    ...(config.transcripts === undefined ? {} : { bed: path.resolve(base, config.transcripts) }),
    table: path.resolve(base, config.table),
    columns: {
      ...config.columns,
      target: config.target.column,
      features: config.features.map(({ column }) => column),
    },
    window: config.window,
    missingTarget: config.target.missing,
    split: config.split,
    ...options,
  });
}

/**
 * Checks that genome, transcripts and table fit each other, then builds the dataset.
 *
 * @param base folder that the paths of the config start from
 * @throws InputError with all that is wrong, before anything is trained
 */
export async function loadRunData(
  config: TrainRunConfig['data'],
  base: string,
  options: LongWorkOptions & { readonly onCheck?: (check: InputCheck) => void },
): Promise<RunData> {
  const { onCheck, ...longWork } = options;
  const check = await checkRunData(config, base, longWork);
  onCheck?.(check);
  requireInputs(check);
  const { id, chrom, strand, tss } = config.columns;
  const data = await promoterExpressionDataset({
    genome: path.resolve(base, config.genome),
    table: path.resolve(base, config.table),
    columns: { id, chrom, strand, tss },
    ...config.window,
    features: config.features,
    target: config.target,
    split: config.split,
    maxShift: config.maxShift,
    mutationRate: config.mutationRate,
    maskRate: config.maskRate,
    ...longWork,
  });
  return { check, data };
}
