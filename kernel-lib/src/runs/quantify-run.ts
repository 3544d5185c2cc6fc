import path from 'node:path';
import { checkFolderFree } from '../core/folder-lock.ts';
import {
  prepareQuantification,
  type PreparedQuantification,
} from '../preparation/quantify-prepare.ts';
import type { QuantifyOptions } from '../preparation/quantify-options.ts';
import {
  executeQuantification,
  quantificationTable,
  type Quantification,
} from '../preparation/quantify.ts';
import type { RunMode } from './run-mode.ts';
import type { RunResult } from './run-result.ts';
import type { QuantifyRunConfig } from './schema/quantify-config.ts';

/** Folder of the stages in the run folder. */
const FOLDER = 'quantification';

/** What a quantification has made, as text and for programs. */
export function quantificationResult(result: Quantification): RunResult {
  const { folder, files, genes, samples, stagesRun, stagesKept } = result;
  return {
    text: `${quantificationTable(result).toText()}\n${files.counts}, ${path.basename(files.tpm)}, ${path.basename(files.wide)}`,
    json: { folder, files, genes, samples, stagesRun, stagesKept },
  };
}

/**
 * The mode `quantify`: RNA-seq reads to counts and TPM. Its stages lie in the folder `quantification`
 * of the run, or where `folder` says, so that several runs can share them.
 */
export const quantifyRun: RunMode<QuantifyRunConfig, PreparedQuantification> = {
  computes: false,
  async prepare(config, checks) {
    const { samples, genome, index, annotation, adapters, folder, trimming } = config;
    const { annotationFormat, featureType, geneAttribute, threads } = config;
    const options: QuantifyOptions = {
      samples: checks.resolve(samples),
      ...(genome === undefined ? {} : { genome: checks.resolve(genome) }),
      ...(index === undefined ? {} : { index: checks.resolve(index) }),
      annotation: checks.resolve(annotation),
      ...(annotationFormat === undefined ? {} : { annotationFormat }),
      ...(featureType === undefined ? {} : { featureType }),
      ...(geneAttribute === undefined ? {} : { geneAttribute }),
      strandedness: config.strandedness,
      ...(adapters === undefined ? {} : { adapters: checks.resolve(adapters) }),
      trimming,
      // In the run folder, which is checked by then, unless the config names another.
      folder: checks.resolve(folder ?? config.output ?? '.'),
      ...(threads === undefined ? {} : { threads }),
      keepTrimmed: config.keepTrimmed,
      log: (line) => {
        checks.log(line);
      },
      ...(checks.signal === undefined ? {} : { signal: checks.signal }),
      ...(checks.progress === undefined ? {} : { progress: checks.progress }),
    };
    if (folder !== undefined) await checkFolderFree(options.folder);
    return prepareQuantification(options);
  },
  async execute(config, prepared, context) {
    const folder =
      config.folder === undefined ? context.folder.file(FOLDER) : context.resolve(config.folder);
    let logged = Promise.resolve();
    const result = await executeQuantification(
      { ...prepared, folder },
      {
        // What the tools say is in the logs of the samples.
        log: (line) => {
          logged = logged.then(() => context.folder.log(line));
        },
        ...(context.signal === undefined ? {} : { signal: context.signal }),
        ...(context.progress === undefined ? {} : { progress: context.progress }),
      },
    ).finally(() => logged);
    if (result.stagesKept.length > 0) {
      await context.folder.log(`finished before: ${result.stagesKept.join(', ')}`);
    }
    return quantificationResult(result);
  },
};
