import path from 'node:path';
import {
  writeExpressionTables,
  writeLabelledPromoters,
  writeTrainingTables,
} from '../preparation/expression-output.ts';
import {
  describeDropped,
  prepareExpression,
  type PreparedExpression,
} from '../preparation/expression-preparation.ts';
import { qualityJson, writeExpressionQuality } from '../preparation/expression-quality-file.ts';
import type { RunMode } from './run-mode.ts';
import type { ExpressionTableRunConfig } from './schema/expression-table-config.ts';

/**
 * The mode `expression-table`: filters expression tables, reports on their quality, and, with
 * promoters, writes one table of labelled promoters and the tables that the original study trains
 * on.
 */
export const expressionTableRun: RunMode<ExpressionTableRunConfig, PreparedExpression> = {
  computes: false,

  async prepare(config, checks) {
    const { tissues, rename, genePrefix, missing, minimum, leaveOutBroken, clusterFolds } = config;
    const { folds, clusters, cultivars } = config;
    const prepared = await prepareExpression({
      tables: config.tables.map((table) =>
        'file' in table
          ? {
              file: checks.resolve(table.file),
              ...(table.cultivar === undefined ? {} : { cultivar: table.cultivar }),
            }
          : {
              cultivar: table.cultivar,
              normalised: table.normalised.map(({ file, tissue }) => ({
                file: checks.resolve(file),
                tissue,
              })),
            },
      ),
      tissues,
      rename,
      missing,
      minimum,
      leaveOutBroken,
      promoters: config.promoters.map((file) => checks.resolve(file)),
      ...(genePrefix === undefined ? {} : { genePrefix }),
      ...(folds === undefined ? {} : { folds: checks.resolve(folds) }),
      ...(clusters === undefined ? {} : { clusters: checks.resolve(clusters) }),
      ...(clusterFolds === undefined ? {} : { clusterFolds }),
      ...(cultivars === undefined ? {} : { cultivars: checks.resolve(cultivars) }),
      ...(checks.signal === undefined ? {} : { signal: checks.signal }),
      ...(checks.progress === undefined ? {} : { progress: checks.progress }),
    });
    checks.log(prepared.quality.view.toText());
    return prepared;
  },

  async execute(config, { tables, quality, leftOut, labelling }, context) {
    const { folder, signal, progress } = context;
    const files: Record<string, string> = {};
    const place = (name: string, file: string) => (files[name] = folder.file(file));
    const lines = [quality.view.toText()];
    if (leftOut.length > 0) lines.push(`left out as broken: ${leftOut.join(', ')}`);
    await writeExpressionQuality(place('quality', 'quality.tsv'), quality);
    const genes = await writeExpressionTables(place('expression', 'expression.tsv.gz'), tables);
    lines.push(`${genes.toLocaleString('en-US')} expressed genes`);
    const json: Record<string, unknown> = { files, genes, leftOut, quality: qualityJson(quality) };
    if (labelling !== undefined) {
      const labelled = place('promoters', 'promoters_tpm.tsv.gz');
      const counts = await writeLabelledPromoters(labelled, {
        ...labelling,
        ...(signal === undefined ? {} : { signal }),
        ...(progress === undefined ? {} : { progress }),
      });
      json['counts'] = counts;
      lines.push(
        `${counts.labelled.toLocaleString('en-US')} labelled promoters; left out: ${describeDropped(counts)}`,
      );
      if (config.trainingTables && labelling.folds !== undefined) {
        const training = await writeTrainingTables(labelled, path.join(folder.path, 'training'));
        Object.assign(files, training.files);
        json['trainingRows'] = training.rows;
      }
    }
    lines.push(...Object.values(files));
    const seconds = (performance.now() - context.started) / 1000;
    return { text: lines.join('\n'), json: { ...json, seconds } };
  },
};
