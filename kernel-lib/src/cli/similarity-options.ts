import { Option, type Command } from 'commander';
import { UsageError } from '../core/errors.ts';

/** Options that say what makes two sequences alike. */
export interface SimilarityFlags {
  readonly identity: number;
  readonly coverage: number;
  readonly identityOver: 'alignment' | 'shorter';
  readonly coverageOf: 'both' | 'shorter';
  readonly strand: 'both' | 'plus';
}

/** Reads the value of an option that is a share. */
export const shareOption =
  (option: string) =>
  (text: string): number => {
    if (/^(0(\.\d+)?|1(\.0+)?|\.\d+)$/.test(text)) return Number(text);
    throw new UsageError({
      where: `option ${option}`,
      found: `'${text}'`,
      expected: 'a share from 0 to 1, for example 0.8',
    });
  };

/** Adds the options that say what makes two sequences alike, and where they stand in a table. */
export function addSimilarityOptions(command: Command): Command {
  return command
    .option('--identity <share>', 'least share of equal bases', shareOption('--identity'), 0.8)
    .option('--coverage <share>', 'least share that is aligned', shareOption('--coverage'), 0.6)
    .addOption(
      new Option('--identity-over <what>', 'what equal bases are divided by')
        .choices(['alignment', 'shorter'])
        .default('shorter'),
    )
    .addOption(
      new Option('--coverage-of <which>', 'which sequence must be covered')
        .choices(['both', 'shorter'])
        .default('both'),
    )
    .addOption(
      new Option('--strand <which>', 'strands that are compared')
        .choices(['both', 'plus'])
        .default('both'),
    )
    .option('--sequence-column <name>', 'column of a table with the sequences')
    .option('--id-column <name>', 'column of a table with names (default: its first)');
}
