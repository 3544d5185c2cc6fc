import { Option, type Command } from 'commander';
import { runCommand, type GlobalOptions } from '../command-context.ts';
import { requiredOption } from '../required-option.ts';
import { addSimilarityOptions, shareOption, type SimilarityFlags } from '../similarity-options.ts';
import { wholeNumberOption } from '../whole-number-option.ts';

interface ClusterOptions extends GlobalOptions, SimilarityFlags {
  readonly out?: string;
  readonly sequenceColumn?: string;
  readonly idColumn?: string;
  readonly mode: 'set-cover' | 'longest-first' | 'connected';
  readonly folds?: string;
  readonly trainShare: number;
  readonly trainFolds: number;
  readonly foldSeed: number;
  readonly deal: 'in-turn' | 'balanced';
}

/** `tatabox cluster`: groups of alike sequences. */
export function addClusterCommand(program: Command): void {
  const command = program
    .command('cluster')
    .description('group sequences by identity, as MMseqs2 and cd-hit do')
    .argument('<file>', 'FASTA, table, or one sequence a line; plain or gzip')
    .option('--out <file>', 'TSV to write: representative, member');
  addSimilarityOptions(command)
    .addOption(
      new Option('--mode <how>', 'how clusters are made of alike pairs')
        .choices(['set-cover', 'longest-first', 'connected'])
        .default('set-cover'),
    )
    .option('--folds <file>', 'TSV to write, too: id, fold (test, train_0, …), clusters whole')
    .option('--train-share <share>', 'share that trains', shareOption('--train-share'), 0.83)
    .option('--train-folds <n>', 'training folds', wholeNumberOption('--train-folds', 1), 5)
    .option('--fold-seed <n>', 'seed of the deal', wholeNumberOption('--fold-seed', 0), 47)
    .addOption(
      new Option('--deal <how>', 'clusters in turn, or to folds of equal size')
        .choices(['in-turn', 'balanced'])
        .default('in-turn'),
    )
    .addHelpText(
      'after',
      `
Modes: set-cover as MMseqs2 easy-cluster, longest-first as cd-hit, connected by single linkage.

Examples:
  $ tatabox cluster promoters.fa --out clusters.tsv
  $ tatabox cluster promoters.tsv.gz --sequence-column promoter --identity 0.9 --out clusters.tsv
  $ tatabox cluster promoters.fa --out clusters.tsv --folds folds.tsv --deal balanced
  $ tatabox cluster all.txt --mode connected --json --out clusters.tsv

As MMseqs2 defines it: --identity-over alignment --coverage 0.8
As cd-hit does: --mode longest-first --coverage-of shorter --coverage 0`,
    )
    .action(async (file: string, options: ClusterOptions) => {
      await runCommand(options, async ({ signal, progress }) => {
        const out = requiredOption(options.out, '--out <file>');
        const { checkFileWritable } = await import('../../core/file-writer.ts');
        await checkFileWritable(out);
        const { folds: foldFile, trainShare, trainFolds, foldSeed: seed, deal } = options;
        if (foldFile !== undefined) await checkFileWritable(foldFile);
        const { clusterToFiles, readNamedSequences } = await import('../../runs/cluster-files.ts');
        const { sequenceColumn, idColumn, identity, coverage, strand, mode } = options;
        const { identityOver, coverageOf } = options;
        const sequences = await readNamedSequences(file, { sequenceColumn, idColumn });
        return clusterToFiles(
          sequences,
          { identity, coverage, strand, mode, identityOver, coverageOf, signal, progress },
          {
            clusters: out,
            ...(foldFile === undefined
              ? {}
              : { folds: { file: foldFile, options: { trainShare, trainFolds, seed, deal } } }),
          },
        );
      });
    });
}
