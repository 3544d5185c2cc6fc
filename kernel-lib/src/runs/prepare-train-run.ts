import { InputError, UsageError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { dataCard, type DataCard } from '../datasets/data-card.ts';
import type { LeakageAudit } from '../datasets/leakage-audit.ts';
import type { PromoterExpressionDataset } from '../datasets/promoter-expression-dataset.ts';
import { resolveArchitectureConfig } from '../models/resolve-config.ts';
import { loadRunData } from './promoter-data.ts';
import { auditRunParts } from './run-audit.ts';
import type { TrainRunConfig } from './schema/train-config.ts';

/** All that a run trains on. */
export interface PreparedTrainRun {
  readonly data: PromoterExpressionDataset;
  readonly card: DataCard;
  /** What the parts of the split share, where the config asks for it. */
  readonly audit: LeakageAudit | undefined;
  /** Config of the architecture, fitted to the data. */
  readonly architecture: unknown;
}

/** Options of `prepareTrainRun`. */
export interface PrepareTrainRunOptions extends LongWorkOptions {
  /** The config file, for messages. */
  readonly where: string;
  /** Is told what was found. */
  readonly log: (line: string) => void;
}

/** What is wrong with the network is wrong in the config file. */
function checkArchitecture(
  model: TrainRunConfig['model'],
  shape: Parameters<typeof resolveArchitectureConfig>[1],
  where: string,
): void {
  try {
    resolveArchitectureConfig(model, shape);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const details = { ...error.details, where: `${where}, ${error.details.where}` };
    throw new InputError(details, { cause: error });
  }
}

async function auditPromoters(
  { audit }: TrainRunConfig,
  { dataset, split, promoterInput }: PromoterExpressionDataset,
  longWork: LongWorkOptions,
): Promise<LeakageAudit | undefined> {
  if (audit === undefined) return undefined;
  const part = (rows: Uint32Array) =>
    Array.from(rows, (row) => {
      const { id, inputs } = dataset.example(row);
      return { id, sequence: inputs[promoterInput] as Uint8Array };
    });
  const { validation, test, train } = split;
  const parts = { validation: part(validation), test: part(test), train: part(train) };
  return auditRunParts(parts, ['validation', 'test'], audit, longWork);
}

/**
 * Checks the network and the data of a run and reads the data; writes nothing.
 *
 * @param base folder that the paths of the config start from
 * @throws InputError, UsageError with all that is wrong, before anything is trained
 */
export async function prepareTrainRun(
  config: TrainRunConfig,
  base: string,
  options: PrepareTrainRunOptions,
): Promise<PreparedTrainRun> {
  const { log, where, ...longWork } = options;
  const { model, data: source } = config;
  const length = source.window.upstream + source.window.downstream;
  const features = source.features.map(({ column }) => column);
  // Before the data are read, which takes longer; the names of the outputs follow from them.
  checkArchitecture(model, { length, features, outputs: [source.target.column] }, where);
  const { data } = await loadRunData(source, base, {
    ...longWork,
    onCheck: (check) => {
      log(check.view.toText());
    },
  });
  const card = await dataCard(data.dataset, {
    split: data.split,
    targetTransform: data.targetTransform,
    ...longWork,
  });
  log(card.view.toText());
  const audit = await auditPromoters(config, data, longWork);
  if (audit !== undefined) log(audit.view.toText());
  const outputs = data.dataset.targetNames;
  return {
    data,
    card,
    audit,
    architecture: resolveArchitectureConfig(model, { length, features, outputs }),
  };
}
