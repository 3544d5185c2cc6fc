import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, UsageError } from '../core/errors.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { fieldNumber, fieldText, scanFields } from '../formats/wide-table.ts';
import { duplicateGene } from './expression-cells.ts';
import type { ExpressionTable } from './expression-table.ts';

/** What was added before the logarithm of the files of the maize study. */
const PSEUDOCOUNT = 0.001;

/** Genes of one measurement with their log2 values. */
export interface NormalisedExpression {
  readonly source: string;
  readonly genes: readonly string[];
  /** log2(reads per million and base + pseudocount). */
  readonly values: Float64Array;
}

/**
 * Reads a file `normalized_tpm_*.tabular`: a gene and its value a line, no heading. Despite the
 * name the values are log2(RPM per base + 0.001); {@link normalisedToTpm} gives TPM.
 *
 * @throws InputError for a duplicate gene, a line without two fields, a value that is no number
 */
export async function readNormalisedExpression(source: FileSource): Promise<NormalisedExpression> {
  const file = sourceName(source);
  const genes: string[] = [];
  const seen = new Set<string>();
  let values = new Float64Array(1024);
  await scanFields(
    source,
    {
      field: (bytes, start, end, column, line) => {
        const where = () => `${file}, line ${String(line)}, column ${String(column + 1)}`;
        if (column === 0) {
          const gene = fieldText(bytes, start, end, where);
          if (gene === '') {
            throw new InputError({ where: where(), found: 'no name', expected: 'a gene' });
          }
          if (seen.has(gene)) throw duplicateGene(where(), gene);
          seen.add(gene);
          genes.push(gene);
        } else if (column === 1) {
          const value = fieldNumber(bytes, start, end);
          if (!Number.isFinite(value)) {
            throw new InputError({
              where: where(),
              found: `'${fieldText(bytes, start, end, where).slice(0, 60)}'`,
              expected: 'a number: log2 of the normalised count',
            });
          }
          if (genes.length > values.length) {
            const larger = new Float64Array(2 * values.length);
            larger.set(values);
            values = larger;
          }
          values[genes.length - 1] = value;
        }
      },
      endLine: (columns, line) => {
        if (columns === 2) return;
        throw new InputError({
          where: `${file}, line ${String(line)}`,
          found: `${columns.toLocaleString('en-US')} ${columns === 1 ? 'field' : 'fields'}`,
          expected: 'two: gene and value, separated by a tab',
          fix: 'A table of several tissues is read by readExpressionTable.',
        });
      },
    },
    { delimiter: '\t' },
  );
  if (genes.length === 0) {
    throw new InputError({
      where: file,
      found: 'no lines',
      expected: 'a gene and its value a line',
    });
  }
  return { source: file, genes, values: values.slice(0, genes.length) };
}

/**
 * TPM of log2(RPM per base + pseudocount) values: `(2^v − p) / Σ(2^v − p) × 10⁶`. Values at the
 * pseudocount, within the six decimals that the files have, are 0.
 *
 * @throws InputError where no gene is above 0, or a value is below that of no expression
 */
export function normalisedToTpm(
  values: ArrayLike<number>,
  options: { readonly pseudocount?: number; readonly where?: string } = {},
): Float64Array {
  checkOptionNames(options, ['pseudocount', 'where'], 'normalisedToTpm');
  const { pseudocount = PSEUDOCOUNT, where = 'normalised expression' } = options;
  if (!(pseudocount > 0)) {
    throw new UsageError({
      where: 'normalisedToTpm, pseudocount',
      found: String(pseudocount),
      expected: 'a number above 0',
    });
  }
  let sum = 0;
  const rates = Float64Array.from(values, (value, index) => {
    const rate = 2 ** value - pseudocount;
    if (!(rate > -1e-5 * pseudocount) || rate === Infinity) {
      throw new InputError({
        where: `${where}, gene ${String(index + 1)}`,
        found: String(value),
        expected: `log2 values from ${Math.log2(pseudocount).toFixed(6)}, that of no expression`,
      });
    }
    return rate < 1e-6 * pseudocount ? 0 : rate;
  });
  for (const rate of rates) sum += rate;
  if (!(sum > 0 && sum < Infinity)) {
    throw new InputError({ where, found: 'no expressed gene', expected: 'counts of reads' });
  }
  return rates.map((rate) => (rate / sum) * 1e6);
}

/** A file `normalized_tpm_*.tabular` and the tissue that was measured. */
export interface NormalisedFile {
  readonly file: FileSource;
  readonly tissue: string;
}

/**
 * The TPM table of several measurements of one cultivar; those of one tissue are averaged.
 *
 * @throws InputError where the files do not have the same genes in the same order
 *
 * @example
 * await normalisedExpressionTable(
 *   [{ file: 'normalized_tpm_ERR1.tabular', tissue: 'root' }, …],
 *   { cultivar: 'B97' },
 * );
 */
export async function normalisedExpressionTable(
  files: readonly NormalisedFile[],
  options: { readonly cultivar?: string; readonly pseudocount?: number } = {},
): Promise<ExpressionTable> {
  checkOptionNames(options, ['cultivar', 'pseudocount'], 'normalisedExpressionTable');
  const { cultivar, pseudocount = PSEUDOCOUNT } = options;
  const tissues = [...new Set(files.map(({ tissue }) => tissue))];
  const replicates = tissues.map((name) => files.filter(({ tissue }) => tissue === name).length);
  const width = tissues.length;
  let genes: readonly string[] | undefined;
  let values = new Float64Array(0);
  for (const { file, tissue } of files) {
    const measured = await readNormalisedExpression(file);
    genes ??= measured.genes;
    checkSameGenes(genes, measured);
    if (values.length === 0) values = new Float64Array(genes.length * width);
    const tpm = normalisedToTpm(measured.values, { pseudocount, where: measured.source });
    const j = tissues.indexOf(tissue);
    for (const [gene, value] of tpm.entries()) {
      const at = gene * width + j;
      values[at] = (values[at] ?? 0) + value / (replicates[j] ?? 1);
    }
  }
  if (genes === undefined) {
    throw new UsageError({
      where: 'normalisedExpressionTable',
      found: 'no files',
      expected: 'a file a measurement',
    });
  }
  const source = files.map(({ file }) => sourceName(file)).join(', ');
  return { source, cultivar, genes, tissues, values, replicates };
}

function checkSameGenes(genes: readonly string[], { source, genes: others }: NormalisedExpression) {
  const at = others.findIndex((gene, index) => gene !== genes[index]);
  if (at < 0 && genes.length === others.length) return;
  const line = at < 0 ? others.length + 1 : at + 1;
  throw new InputError({
    where: `${source}, line ${String(line)}`,
    found:
      others[line - 1] === undefined ? 'the end of the file' : `gene '${others[line - 1] ?? ''}'`,
    expected:
      genes[line - 1] === undefined
        ? 'the end, as in the first file'
        : `'${genes[line - 1] ?? ''}', as in the first file`,
    fix: 'Measurements of one table are counted against the same annotation.',
  });
}
