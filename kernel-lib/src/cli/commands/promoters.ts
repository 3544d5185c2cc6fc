import { Option, type Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import type { GeneIdRule } from '../../preparation/promoter-extraction-genes.ts';
import { runCommand, type GlobalOptions } from '../command-context.ts';
import { requiredOption } from '../required-option.ts';

/** Options of the terminal that say how promoters are cut. */
export interface PromoterOptions {
  readonly upstream: number;
  readonly minLength: number;
  readonly types: string;
  readonly geneId: string;
  readonly geneIdPrefix?: string;
  readonly subtract: boolean;
  readonly missingContigs: 'error' | 'skip';
  readonly repeatedIds: 'first' | 'error';
}

interface PromotersOptions extends GlobalOptions, PromoterOptions {
  readonly genome?: string;
  readonly annotation?: string;
  readonly out?: string;
  readonly report?: string;
}

interface CombineOptions extends GlobalOptions {
  readonly out?: string;
}

const layouts = ['auto', 'ensembl', 'refseq', 'maizegdb', 'gtf'] as const;

/** A parser of whole numbers for an option. */
export function wholeNumberOption(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,12}$/.test(text) ? Number(text) : NaN;
    if (value >= least) return value;
    throw new UsageError({
      where: `option ${option}`,
      found: `'${text}'`,
      expected: `a whole number from ${String(least)}`,
    });
  };
}

/** Adds the options that say how promoters are cut. */
export function addPromoterOptions(command: Command): Command {
  return command
    .option('--upstream <bases>', 'bases before a gene', wholeNumberOption('--upstream', 1), 1000)
    .option(
      '--min-length <bases>',
      'shortest promoter that is kept',
      wholeNumberOption('--min-length', 1),
      1,
    )
    .option('--types <list>', 'types of features that are genes, with commas between', 'gene')
    .option(
      '--gene-id <layout>',
      `where gene ids stand: ${layouts.join(', ')}, or the name of an attribute`,
      'auto',
    )
    .option('--gene-id-prefix <text>', 'taken off ids that begin with it (with an attribute)')
    .option('--no-subtract', 'keep what other genes take')
    .addOption(
      new Option('--missing-contigs <what>', 'genes on contigs that the genome does not have')
        .choices(['error', 'skip'])
        .default('error'),
    )
    .addOption(
      new Option('--repeated-ids <what>', 'a gene id on several lines')
        .choices(['first', 'error'])
        .default('first'),
    );
}

/** What the options of the terminal mean for the library. */
export function promoterSettings(options: PromoterOptions): {
  upstream: number;
  minimumLength: number;
  types: string[];
  geneId: GeneIdRule;
  subtract: 'genes' | 'nothing';
  missingContigs: 'error' | 'skip';
  repeatedIds: 'first' | 'error';
} {
  const { upstream, minLength, types, geneId, geneIdPrefix, subtract } = options;
  const layout = layouts.find((each) => each === geneId);
  if (layout !== undefined && geneIdPrefix !== undefined) {
    throw new UsageError({
      where: 'option --gene-id-prefix',
      found: `a prefix with the layout '${layout}'`,
      expected: 'the name of an attribute as --gene-id, for example ID',
    });
  }
  return {
    upstream,
    minimumLength: minLength,
    types: types
      .split(',')
      .map((type) => type.trim())
      .filter((type) => type !== ''),
    geneId: layout ?? {
      attribute: geneId,
      ...(geneIdPrefix === undefined ? {} : { prefix: geneIdPrefix }),
    },
    subtract: subtract ? 'genes' : 'nothing',
    missingContigs: options.missingContigs,
    repeatedIds: options.repeatedIds,
  };
}

/** `SPECIES=FILE`, or a file whose name is that of the species. */
function speciesSource(text: string): { species: string; file: string } {
  const [, species, file] = /^([\w.+-]+)=(.+)$/.exec(text) ?? [];
  if (species !== undefined && file !== undefined) return { species, file };
  const name = text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1);
  return { species: name.replace(/(\.promoters)?\.\w+(\.gz)?$/i, ''), file: text };
}

/** `tatabox promoters` and `tatabox combine-promoters`. */
export function addPromotersCommand(program: Command): void {
  const promoters = program
    .command('promoters')
    .description('cut the promoters of genes out of a genome')
    .option('--genome <fasta>', 'genome: FASTA, plain, gzip or bgzip')
    .option('--annotation <gff>', 'annotation: GFF3 or GTF, plain or gzip')
    .option('--out <file>', 'file to write: .fa, or .tsv or .csv for a table; also with .gz')
    .option('--report <json>', 'also write which genes have no promoter');
  addPromoterOptions(promoters)
    .addHelpText(
      'after',
      `
The bases before each gene on its strand, clipped at the ends of the contig, without what other genes
take; of several pieces the one nearest to the gene.

Examples:
  $ tatabox promoters --genome Zm-B73.fa.gz --annotation Zm-B73.gff3.gz --out Zm-B73.promoters.fa
  $ tatabox promoters --genome GCF.fna.gz --annotation GCF.gff.gz --gene-id refseq \\
      --upstream 2000 --out promoters.tsv.gz --report report.json`,
    )
    .action(async (options: PromotersOptions) => {
      await runCommand(options, async ({ signal, progress }) => {
        const genome = requiredOption(options.genome, '--genome <fasta>');
        const annotation = requiredOption(options.annotation, '--annotation <gff>');
        const out = requiredOption(options.out, '--out <file>');
        const settings = promoterSettings(options);
        const { checkFileWritable } = await import('../../core/file-writer.ts');
        const { writeFileAtomically } = await import('../../core/write-file.ts');
        const { extractPromoters } = await import('../../preparation/promoter-extraction.ts');
        const { sequenceFileLayout, writePromoters } =
          await import('../../preparation/promoter-file.ts');
        const { describePromoterReport, promoterCounts } =
          await import('../../preparation/promoter-report.ts');
        sequenceFileLayout(out);
        await checkFileWritable(out);
        if (options.report !== undefined) await checkFileWritable(options.report);
        const { promoters: found, report } = await extractPromoters({
          genome,
          annotation,
          ...settings,
          signal,
          progress,
        });
        await writePromoters(out, found);
        if (options.report !== undefined) {
          await writeFileAtomically(options.report, `${JSON.stringify(report, null, 2)}\n`);
        }
        return {
          text: describePromoterReport(out, report),
          json: { file: out, ...promoterCounts(report) },
        };
      });
    });

  program
    .command('combine-promoters')
    .description('put the promoters of several species into one table, each species once')
    .argument('<species=file...>', 'FASTA or table of each species; default name: that of the file')
    .option('--out <file>', 'table to write: .tsv or .csv, also with .gz')
    .addHelpText(
      'after',
      `
Example:
  $ tatabox combine-promoters zmb73=Zm-B73.promoters.fa osativa=rice.fa.gz --out promoters.csv`,
    )
    .action(async (sources: string[], options: CombineOptions) => {
      await runCommand(options, async ({ signal, progress }) => {
        const out = requiredOption(options.out, '--out <file>');
        const { combinePromoters } = await import('../../preparation/promoter-file-combine.ts');
        const species = await combinePromoters({
          sources: sources.map(speciesSource),
          out,
          signal,
          progress,
        });
        const total = species.reduce((sum, { promoters: count }) => sum + count, 0);
        return {
          text: `${out}: ${total.toLocaleString('en-US')} promoters of ${String(species.length)} species`,
          json: { file: out, promoters: total, species },
        };
      });
    });
}
