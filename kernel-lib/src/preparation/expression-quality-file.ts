import type { ExpressionQuality } from './expression-quality.ts';
import { tableFileLayout } from './expression-output.ts';
import { tableLine, writeTextPieces } from './promoter-file.ts';

/**
 * Writes a quality report as a table with a row a cultivar and tissue, with the status and the
 * findings of the cultivar on each.
 *
 * @param file `.tsv`, `.txt` or `.csv`, also with `.gz`
 */
export async function writeExpressionQuality(
  file: string,
  { cultivars }: ExpressionQuality,
): Promise<void> {
  const { layout, isGzip } = tableFileLayout(file);
  function* lines(): Generator<string> {
    yield tableLine(
      [
        ...['cultivar', 'tissue', 'status', 'genes', 'kept', 'replicates', 'zero_share'],
        ...['variance', 'variance_of_kept', 'mean_of_kept', 'sum', 'largest_tpm', 'largest_gene'],
        ...['correlation', 'missing_values', 'findings'],
      ],
      layout,
    );
    for (const { cultivar, status, genes, kept, flags, tissues } of cultivars) {
      for (const each of tissues) {
        yield tableLine(
          [
            ...[cultivar, each.tissue, status, genes, kept, each.replicates, each.zeroShare],
            ...[each.variance, each.varianceOfKept, each.meanOfKept, each.sum],
            ...[each.largest.tpm, each.largest.gene, each.correlation, each.missingValues],
            flags.join('; '),
          ],
          layout,
        );
      }
    }
  }
  await writeTextPieces(file, lines(), isGzip);
}

/** A quality report as plain objects, without its views. */
export function qualityJson({ cultivars, broken }: ExpressionQuality): object {
  return { broken, cultivars };
}
