import type { RunMode } from './run-mode.ts';
import type { RunConfig } from './schema/run-config.ts';

/** A mode is loaded when a run asks for it. */
const modes: {
  readonly [Mode in RunConfig['mode']]: () => Promise<
    RunMode<Extract<RunConfig, { mode: Mode }>, unknown>
  >;
} = {
  interpret: async () => (await import('./interpret-tokens-run.ts')).interpretRun,
  train: async () => (await import('./train-run.ts')).trainRun,
  pretrain: async () => (await import('./pretrain-run.ts')).pretrainRun,
  finetune: async () => (await import('./finetune-run.ts')).finetuneRun,
  download: async () => (await import('./download-run.ts')).downloadRun,
  'extract-promoters': async () => (await import('./extract-promoters-run.ts')).extractPromotersRun,
  'expression-table': async () => (await import('./expression-table-run.ts')).expressionTableRun,
  quantify: async () => (await import('./quantify-run.ts')).quantifyRun,
  cluster: async () => (await import('./cluster-run.ts')).clusterRun,
  audit: async () => (await import('./audit-run.ts')).auditRun,
  'train-tokenizer': async () => (await import('./train-tokenizer-run.ts')).trainTokenizerRun,
  tokenize: async () => (await import('./tokenize-run.ts')).tokenizeRun,
};

/** What a mode of run configs does. */
export async function runMode(mode: RunConfig['mode']): Promise<RunMode<RunConfig, unknown>> {
  return (await modes[mode]()) as unknown as RunMode<RunConfig, unknown>;
}
