import { Option, type Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import { runCommand, type GlobalOptions } from '../command-context.ts';
import { requiredOption } from '../required-option.ts';

interface ExpressionOptions extends GlobalOptions {
  readonly out?: string;
  readonly promoters?: string[];
  readonly tissues?: string;
  readonly genePrefix?: string;
  readonly minimum: number;
  readonly missing: 'error' | 'nan';
  readonly folds?: string;
  readonly clusters?: string;
  readonly cultivars?: string;
  readonly trainingTables?: string;
  readonly leaveOutBroken?: boolean;
  readonly quality?: string;
}

function tpm(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (Number.isFinite(value)) return value;
  throw new UsageError({ where: 'option --minimum', found: `'${text}'`, expected: 'TPM from 0' });
}

/** `CULTIVAR=FILE`, or a file that names its cultivar itself. */
function tableSource(text: string): { file: string; cultivar?: string } {
  const [, cultivar, file] = /^([\w.+-]+)=(.+)$/.exec(text) ?? [];
  return cultivar === undefined || file === undefined ? { file: text } : { file, cultivar };
}

function tissueList(text: string | undefined): readonly string[] | 'all' | undefined {
  if (text === undefined || text === 'all') return text;
  return text.split(',').map((tissue) => tissue.trim());
}

/** `tatabox expression`: filters expression tables, looks at their quality, labels promoters. */
export function addExpressionCommand(program: Command): void {
  program
    .command('expression')
    .description('filter expression tables, look at their quality, and label promoters with them')
    .argument('<table...>', 'tables of TPM values, one a cultivar: FILE or CULTIVAR=FILE')
    .option('--out <file>', 'table to write: .tsv, .txt or .csv, also with .gz')
    .option('--promoters <file...>', 'label these promoters: FASTA, or tables of gene and sequence')
    .option(
      '--tissues <list>',
      'tissues with commas between, or all (default: the eight of FloraBERT)',
    )
    .option('--gene-prefix <text>', 'only genes that begin with this, for example Zm')
    .option('--minimum <tpm>', 'TPM that a gene reaches in one tissue at least', tpm, 1)
    .addOption(
      new Option('--missing <what>', 'empty cells and NA: an error, or genes that are left out')
        .choices(['error', 'nan'])
        .default('error'),
    )
    .option('--folds <file>', 'table with gene_id and fold')
    .option('--clusters <file>', 'clusters (representative, member) to deal to folds')
    .option('--cultivars <file>', 'table with cultivar, subpopulation and gene_prefix')
    .option('--training-tables <folder>', 'also train.tsv, eval.tsv, test.tsv (needs folds)')
    .option('--leave-out-broken', 'leave tables out that are broken')
    .option('--quality <file>', 'also write the quality of each tissue as a table')
    .addHelpText(
      'after',
      `
A table has a row a tissue and a column a gene (with a column organism_part), or a row a gene and a
column a tissue. Measurements of one tissue are averaged. Without --promoters the table of expressed
genes is written, with it one row a promoter: gene, cultivar, region, fold, TPM, sequence.

Examples:
  $ tatabox expression B73_TPM.txt.gz NC358_TPM.txt.gz --out expressed.tsv.gz
  $ tatabox expression B73_TPM.txt.gz --promoters B73.promoters.fa --clusters clusters.tsv \\
      --out promoters_tpm.tsv.gz --training-tables training
  $ tatabox expression yeast=tpm.tsv --tissues all --minimum 0.5 --out expressed.tsv`,
    )
    .action(async (tables: string[], options: ExpressionOptions) => {
      await runCommand(options, async ({ signal, progress }) => {
        const out = requiredOption(options.out, '--out <file>');
        const { genePrefix, minimum, missing, folds, clusters, cultivars } = options;
        const { trainingTables, promoters, leaveOutBroken = false } = options;
        if (trainingTables !== undefined && (folds ?? clusters) === undefined) {
          throw new UsageError({
            where: 'option --training-tables',
            found: 'no folds',
            expected: '--folds FILE or --clusters FILE, and --promoters FILE',
          });
        }
        const { checkFileWritable, checkFolderWritable } =
          await import('../../core/file-writer.ts');
        const { describeDropped, prepareExpression } =
          await import('../../preparation/expression-preparation.ts');
        const output = await import('../../preparation/expression-output.ts');
        const { qualityJson, writeExpressionQuality } =
          await import('../../preparation/expression-quality-file.ts');
        for (const file of [out, ...(options.quality === undefined ? [] : [options.quality])]) {
          output.tableFileLayout(file);
          await checkFileWritable(file);
        }
        if (trainingTables !== undefined) await checkFolderWritable(trainingTables);
        const tissues = tissueList(options.tissues);
        const prepared = await prepareExpression({
          tables: tables.map(tableSource),
          minimum,
          missing,
          leaveOutBroken,
          ...(tissues === undefined ? {} : { tissues }),
          ...(genePrefix === undefined ? {} : { genePrefix }),
          ...(promoters === undefined ? {} : { promoters }),
          ...(folds === undefined ? {} : { folds }),
          ...(clusters === undefined ? {} : { clusters }),
          ...(cultivars === undefined ? {} : { cultivars }),
          signal,
          progress,
        });
        const { quality, labelling, leftOut } = prepared;
        const files: Record<string, string> = { out };
        const lines = [quality.view.toText()];
        if (leftOut.length > 0) lines.push(`left out as broken: ${leftOut.join(', ')}`);
        const json: Record<string, unknown> = { files, leftOut, quality: qualityJson(quality) };
        if (labelling === undefined) {
          const genes = await output.writeExpressionTables(out, prepared.tables);
          json['genes'] = genes;
          lines.push(`${out}: ${genes.toLocaleString('en-US')} expressed genes`);
        } else {
          const counts = await output.writeLabelledPromoters(out, labelling);
          json['counts'] = counts;
          lines.push(
            `${out}: ${counts.labelled.toLocaleString('en-US')} labelled promoters; left out: ${describeDropped(counts)}`,
          );
        }
        if (trainingTables !== undefined) {
          const training = await output.writeTrainingTables(out, trainingTables, {}, { signal });
          Object.assign(files, training.files);
          json['trainingRows'] = training.rows;
          lines.push(
            `${trainingTables}: ${Object.entries(training.rows)
              .map(([part, rows]) => `${part}.tsv ${rows.toLocaleString('en-US')}`)
              .join(', ')}`,
          );
        }
        if (options.quality !== undefined) {
          await writeExpressionQuality(options.quality, quality);
          files['quality'] = options.quality;
          lines.push(`${options.quality}: quality of each tissue`);
        }
        return { text: lines.join('\n'), json };
      });
    });
}
