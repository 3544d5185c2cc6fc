import { Option, type Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import type { QuantifyOptions } from '../../preparation/quantify-options.ts';
import { runCommand, type GlobalOptions } from '../command-context.ts';
import { requiredOption } from '../required-option.ts';

interface QuantifyCommandOptions extends GlobalOptions {
  readonly genome?: string;
  readonly index?: string;
  readonly annotation?: string;
  readonly annotationFormat?: 'gtf' | 'gff3';
  readonly featureType?: string;
  readonly geneAttribute?: string;
  readonly strandedness: 'unstranded' | 'forward' | 'reverse';
  readonly adapters?: string;
  readonly keepBothMates?: boolean;
  readonly minLength: number;
  readonly dropTrimmed?: boolean;
  readonly threads?: number;
  readonly verbose?: boolean;
  readonly out?: string;
}

interface EnaOptions extends GlobalOptions {
  readonly runs?: string;
  readonly allRuns?: boolean;
  readonly reads?: string;
  readonly out?: string;
}

function wholeNumber(option: string): (text: string) => number {
  return (text) => {
    if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
    throw new UsageError({
      where: `option ${option}`,
      found: `'${text}'`,
      expected: 'a whole number from 1',
    });
  };
}

/** The options of the call as those of the library. */
function libraryOptions(samples: string, options: QuantifyCommandOptions): QuantifyOptions {
  const { genome, index, annotationFormat, featureType, geneAttribute, adapters, threads } =
    options;
  return {
    samples,
    folder: requiredOption(options.out, '--out <folder>'),
    annotation: requiredOption(options.annotation, '--annotation <file>'),
    ...(genome === undefined ? {} : { genome }),
    ...(index === undefined ? {} : { index }),
    ...(annotationFormat === undefined ? {} : { annotationFormat }),
    ...(featureType === undefined ? {} : { featureType }),
    ...(geneAttribute === undefined ? {} : { geneAttribute }),
    strandedness: options.strandedness,
    ...(adapters === undefined ? {} : { adapters }),
    trimming: {
      keepBothMates: options.keepBothMates === true,
      minimumLength: options.minLength,
    },
    keepTrimmed: options.dropTrimmed !== true,
    ...(threads === undefined ? {} : { threads }),
  };
}

/** `tatabox quantify`: RNA-seq reads to counts and TPM. */
export function addQuantifyCommand(program: Command): void {
  program
    .command('quantify')
    .description('count RNA-seq reads on genes and give TPM, with the tools that are installed')
    .argument('<samples>', 'TSV: name, fastq_1, and where there are any fastq_2, cultivar, tissue')
    .option('--genome <fasta>', 'genome, plain or gzip, from which the index is built')
    .option('--index <prefix>', 'HISAT2 index in place of the genome, without .1.ht2')
    .option('--annotation <file>', 'genes with their exons: GTF or GFF3, plain or gzip')
    .addOption(
      new Option('--annotation-format <format>', 'default: by the name of the file').choices([
        'gtf',
        'gff3',
      ]),
    )
    .option('--feature-type <type>', 'features of a GTF that are counted (default: exon)')
    .option('--gene-attribute <name>', 'attribute of a GTF that is the gene (default: gene_id)')
    .addOption(
      new Option('--strandedness <which>', 'strand that the reads come from')
        .choices(['unstranded', 'forward', 'reverse'])
        .default('unstranded'),
    )
    .option('--adapters <fasta>', 'adapters to cut off, for example TruSeq3-PE.fa')
    .option('--keep-both-mates', 'keep both mates of fragments shorter than a read')
    .option('--min-length <bases>', 'shorter reads are dropped', wholeNumber('--min-length'), 36)
    .option('--drop-trimmed', 'remove the trimmed reads once they are aligned')
    .option(
      '--threads <number>',
      'of each tool (default: cores, at most 8)',
      wholeNumber('--threads'),
    )
    .option('--verbose', 'show what the tools say')
    .option('--out <folder>', 'folder of tables and stages; the same again goes on')
    .addHelpText(
      'after',
      `
Examples:
  $ tatabox quantify samples.tsv --genome genome.fa.gz --annotation genes.gtf.gz --out expression
  $ tatabox quantify samples.tsv --index hisat2/genome --annotation genes.gff3 \\
      --adapters /usr/share/trimmomatic/TruSeq3-PE.fa --threads 8 --out expression

Needs Trimmomatic, HISAT2, samtools and featureCounts; on Debian and Ubuntu as root:
  apt-get install trimmomatic hisat2 samtools subread
Started again with the same --out it runs only what is missing or has changed.`,
    )
    .action(async (samples: string, options: QuantifyCommandOptions) => {
      await runCommand(options, async ({ signal, progress, log }) => {
        const call = libraryOptions(samples, options);
        const { quantify } = await import('../../preparation/quantify.ts');
        const { quantificationResult } = await import('../../runs/quantify-run.ts');
        const result = await quantify({
          ...call,
          signal,
          progress,
          log,
          ...(options.verbose === true ? { toolLog: log } : {}),
        });
        return quantificationResult(result);
      });
    });
  addEnaRunsCommand(program);
}

/** `tatabox ena-runs`: from file reports of an archive to links and samples. */
function addEnaRunsCommand(program: Command): void {
  program
    .command('ena-runs')
    .description('turn file reports of the European Nucleotide Archive into links and samples')
    .argument('<report...>', 'TSV with run_accession, submitted_ftp, fastq_ftp, fastq_md5')
    .option('--runs <file>', 'TSV of wanted runs: run_accession, cultivar, organism_part')
    .option('--all-runs', 'all runs; default: the first of each tissue of each line')
    .option('--reads <folder>', 'where the reads are downloaded to (default: reads in --out)')
    .option('--out <folder>', 'folder for links.tsv, samples.tsv and runs.tsv')
    .addHelpText(
      'after',
      `
Line and tissue are read from the names of the submitted files, LINE_AGE_TISSUE_…, unless --runs says them.

Example:
  $ tatabox ena-runs filereport_read_run_PRJEB00000_tsv.txt --out maize
  $ tatabox download maize/links.tsv --out maize/reads
  $ tatabox quantify maize/samples.tsv --genome B73.fa.gz --annotation B73.gtf.gz --out expression`,
    )
    .action(async (reports: string[], options: EnaOptions) => {
      await runCommand(options, async () => {
        const out = requiredOption(options.out, '--out <folder>');
        const { prepareEnaRuns } = await import('../../preparation/ena-runs.ts');
        const made = await prepareEnaRuns(reports, {
          folder: out,
          allRuns: options.allRuns === true,
          ...(options.runs === undefined ? {} : { runs: options.runs }),
          ...(options.reads === undefined ? {} : { reads: options.reads }),
        });
        return {
          text: `${String(made.runs)} of ${String(made.runsInReports)} runs, ${String(made.links)} files: ${Object.values(made.files).join(', ')}`,
          json: made,
        };
      });
    });
}
