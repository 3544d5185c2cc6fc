import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../core/errors.ts';
import { writeError } from '../core/file-writer.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { readLabelledPromoters } from '../datasets/tissue-expression-labels.ts';
import { splitByFolds, type FoldParts } from '../datasets/tissue-expression-folds.ts';
import { splitParts } from '../datasets/split.ts';
import {
  labelPromoters,
  type LabelledPromoterCounts,
  type LabelPromotersOptions,
} from './expression-promoters.ts';
import type { ExpressionTable } from './expression-table.ts';
import { sequenceFileLayout, tableLine, writeTextPieces } from './promoter-file.ts';

/** TSV or CSV by the name of a file. */
export function tableFileLayout(file: string): { layout: 'tsv' | 'csv'; isGzip: boolean } {
  const { layout, isGzip } = sequenceFileLayout(file);
  if (layout !== 'fasta') return { layout, isGzip };
  throw new UsageError({
    where: file,
    found: 'a name of a FASTA file',
    expected: '.tsv, .txt or .csv for a table, also with .gz',
  });
}

/**
 * Writes one table of labelled promoters: gene_id, cultivar, subpopulation (where cultivars are
 * given), region, fold (where folds are), `tpm_<tissue>` …, promoter. `readLabelledPromoters` reads
 * it. The file is complete or not there.
 *
 * @param file `.tsv`, `.txt` or `.csv`, also with `.gz`
 *
 * @example
 * await writeLabelledPromoters('promoters_tpm.tsv.gz', { tables: [b73], promoters: ['B73.fa'] });
 */
export async function writeLabelledPromoters(
  file: string,
  options: LabelPromotersOptions,
): Promise<LabelledPromoterCounts> {
  const { layout, isGzip } = tableFileLayout(file);
  const { tissues, rows, counts } = labelPromoters(options);
  const withGroups = options.cultivars !== undefined;
  const withFolds = options.folds !== undefined;
  async function* lines(): AsyncGenerator<string> {
    yield tableLine(
      [
        ...['gene_id', 'cultivar', ...(withGroups ? ['subpopulation'] : []), 'region'],
        ...[...(withFolds ? ['fold'] : []), ...tissues.map((name) => `tpm_${name}`), 'promoter'],
      ],
      layout,
    );
    for await (const row of rows) {
      yield tableLine(
        [
          ...[row.gene, row.cultivar, ...(withGroups ? [row.subpopulation] : []), row.region],
          ...[...(withFolds ? [row.fold] : []), ...row.values, row.sequence],
        ],
        layout,
      );
    }
  }
  await writeTextPieces(file, lines(), isGzip);
  return counts();
}

/**
 * Writes expression tables as one table with a row a gene: gene_id, cultivar, `tpm_<tissue>` ….
 *
 * @returns genes that were written
 */
export async function writeExpressionTables(
  file: string,
  tables: readonly ExpressionTable[],
): Promise<number> {
  const { layout, isGzip } = tableFileLayout(file);
  const tissues = tables[0]?.tissues ?? [];
  function* lines(): Generator<string> {
    yield tableLine(['gene_id', 'cultivar', ...tissues.map((name) => `tpm_${name}`)], layout);
    for (const { genes, cultivar = '', values } of tables) {
      for (const [row, gene] of genes.entries()) {
        const at = row * tissues.length;
        yield tableLine([gene, cultivar, ...values.subarray(at, at + tissues.length)], layout);
      }
    }
  }
  await writeTextPieces(file, lines(), isGzip);
  return tables.reduce((sum, { genes }) => sum + genes.length, 0);
}

/** A number as Python writes it: `0.0`, `12.5`, `1e-05`. */
export function pythonNumber(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [mantissa = '', exponent = ''] = value.toExponential().split('e');
    return `${mantissa}e${exponent[0] ?? '+'}${exponent.slice(1).padStart(2, '0')}`;
  }
  const text = String(value);
  return Object.is(value, -0) ? '-0.0' : text.includes('.') ? text : `${text}.0`;
}

/** Files of {@link writeTrainingTables} and their rows. */
export interface TrainingTables {
  readonly files: Readonly<Record<'train' | 'eval' | 'test', string>>;
  readonly rows: Readonly<Record<'train' | 'eval' | 'test', number>>;
}

/**
 * Writes the files that the original study trains on, `train.tsv`, `eval.tsv` and `test.tsv` with
 * the columns `sequence` and `labels` (`[1.0, 2.5, …]`, TPM in the order of the tissues): `eval` is
 * the last training fold, unless `parts` says otherwise. `readLabelledPromoters` reads them, too.
 *
 * @param labelled a table of `writeLabelledPromoters` with folds
 * @param folder made where it is not there
 */
export async function writeTrainingTables(
  labelled: string,
  folder: string,
  parts: FoldParts = {},
  longWork: LongWorkOptions = {},
): Promise<TrainingTables> {
  const promoters = await readLabelledPromoters(labelled, longWork);
  const { folds, targets, targetNames, sequences } = promoters;
  if (folds === undefined) {
    throw new UsageError({
      where: labelled,
      found: 'no column fold',
      expected: 'the fold of each promoter',
      fix: 'Label the promoters with folds or clusters.',
    });
  }
  const split = splitByFolds(folds, parts);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw writeError(folder, error);
  });
  const names = { train: 'train', validation: 'eval', test: 'test' } as const;
  const files = { train: '', eval: '', test: '' };
  const rows = { train: 0, eval: 0, test: 0 };
  const width = targetNames.length;
  for (const part of splitParts) {
    const name = names[part];
    function* lines(): Generator<string> {
      yield 'sequence\tlabels\n';
      for (const row of split[part]) {
        const labels = Array.from(targets.subarray(row * width, (row + 1) * width), pythonNumber);
        yield `${sequences[row] ?? ''}\t[${labels.join(', ')}]\n`;
      }
    }
    files[name] = path.join(folder, `${name}.tsv`);
    rows[name] = split[part].length;
    await writeTextPieces(files[name], lines(), false);
  }
  return { files, rows };
}
