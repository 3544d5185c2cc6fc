import { EnvironmentError } from '../core/errors.ts';
import type { ExternalTool } from './external-tool.ts';

/** The aligner. */
export const hisat2: ExternalTool = {
  name: 'HISAT2',
  commands: [['hisat2']],
  debianPackage: 'hisat2',
  // The first with --new-summary
  minimumVersion: '2.1.0',
  versionArguments: ['--version'],
  versionPattern: /\bversion (\d+(?:\.\d+)+)/,
};

/** The program that builds its index. */
export const hisat2Build: ExternalTool = {
  ...hisat2,
  name: 'hisat2-build',
  commands: [['hisat2-build']],
};

/** Sorts alignments. */
export const samtools: ExternalTool = {
  name: 'samtools',
  commands: [['samtools']],
  debianPackage: 'samtools',
  minimumVersion: '1.9',
  versionArguments: ['--version'],
  versionPattern: /^samtools (\d+(?:\.\d+)+)/m,
};

/** Names in the folder of an alignment. */
export const ALIGNED = { bam: 'aligned.bam', summary: 'summary.txt' } as const;

/**
 * Arguments of HISAT2. Its wrapper hands names to a shell between double quotes: give relative names
 * that are ours, never a user's.
 *
 * @param reads one file of single reads, or two of pairs
 */
export function hisat2Arguments(
  index: string,
  reads: readonly string[],
  options: { readonly threads: number; readonly qualityOffset: 33 | 64 },
): string[] {
  const [first = '', second] = reads;
  return [
    // Its wrapper's own arguments: named pipes in /tmp would outlive a wrapper that is ended.
    '--temp-directory',
    '.',
    ...(second === undefined ? ['-U', first] : ['-1', first, '-2', second]),
    '--',
    '-p',
    String(options.threads),
    `--phred${String(options.qualityOffset)}`,
    '--new-summary',
    '--summary-file',
    ALIGNED.summary,
    '-x',
    index,
  ];
}

/** Arguments of samtools that sort what comes in by position. */
export function samtoolsSortArguments(threads: number): string[] {
  // -@ counts threads beside the main one.
  const more = String(Math.max(0, threads - 1));
  return ['sort', '-@', more, '-T', 'sorting', '-O', 'bam', '-o', ALIGNED.bam, '-'];
}

/** How reads, or pairs, were aligned. */
export interface AlignmentCounts {
  /** Reads, or pairs, that HISAT2 was given. */
  readonly input: number;
  /** Share of reads, mates counted one by one, that were aligned: HISAT2's overall rate, 0 to 1. */
  readonly alignedShare: number;
  /** Reads, or pairs, aligned (pairs: as a pair) at one place. */
  readonly unique: number;
}

/**
 * Reads the file that HISAT2 writes with `--new-summary --summary-file`.
 *
 * @throws EnvironmentError for what it never writes
 */
export function parseHisat2Summary(
  text: string,
  isPaired: boolean,
  where: string,
): AlignmentCounts {
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? NaN);
  const input = number(isPaired ? /Total pairs: (\d{1,15})\b/ : /Total reads: (\d{1,15})\b/);
  const unique = number(
    isPaired ? /Aligned concordantly 1 time: (\d{1,15})\b/ : /^\s*Aligned 1 time: (\d{1,15})\b/m,
  );
  const percent = number(/Overall alignment rate: (\d+(?:\.\d+)?)%/);
  if (unique <= input && percent <= 100) return { input, unique, alignedShare: percent / 100 };
  throw new EnvironmentError({
    where,
    found: `a summary of HISAT2 that cannot be read: '${text.slice(0, 200)}'`,
    expected: `'Total ${isPaired ? 'pairs' : 'reads'}: N' and 'Overall alignment rate: N%'`,
    fix: 'Check with hisat2 --version that the installed program is HISAT2.',
  });
}
