import { checkOptionNames } from '../core/check-option-names.ts';
import { EnvironmentError, UsageError } from '../core/errors.ts';
import type { ExternalTool } from './external-tool.ts';

/** Trimmomatic for pairs; bioconda calls it `trimmomatic PE`. */
export const trimmomaticPairs: ExternalTool = {
  name: 'Trimmomatic',
  commands: [['TrimmomaticPE'], ['trimmomatic', 'PE']],
  debianPackage: 'trimmomatic',
  minimumVersion: '0.36',
  versionArguments: ['-version'],
  versionPattern: /^(\d+(?:\.\d+)+)\s*$/m,
};

/** Trimmomatic for single reads; bioconda calls it `trimmomatic SE`. */
export const trimmomaticSingle: ExternalTool = {
  ...trimmomaticPairs,
  commands: [['TrimmomaticSE'], ['trimmomatic', 'SE']],
};

/** How reads are trimmed; the defaults are those of Trimmomatic's manual and of FloraBERT's authors. */
export interface TrimmingOptions {
  /**
   * Seed mismatches, palindrome clip threshold and simple clip threshold of ILLUMINACLIP. Default
   * `[2, 30, 10]`.
   */
  readonly clip?: readonly [seedMismatches: number, palindrome: number, simple: number];
  /**
   * Keeps both mates of pairs whose fragment is shorter than a read. Trimmomatic drops the second one,
   * as it says nothing new, and with it the pair is no longer counted: false is what FloraBERT's
   * authors did, true keeps short fragments. Default false.
   */
  readonly keepBothMates?: boolean;
  /** Bases below this quality are cut off the start. Default 3. */
  readonly leading?: number;
  /** Bases below this quality are cut off the end. Default 3. */
  readonly trailing?: number;
  /** A read is cut where the mean quality of a window of bases falls below. Default `[4, 15]`. */
  readonly slidingWindow?: readonly [bases: number, quality: number];
  /** Shorter reads are dropped. Default 36. */
  readonly minimumLength?: number;
  /** Character code of quality 0 in the FASTQ files. Default 33. */
  readonly qualityOffset?: 33 | 64;
  /**
   * Refuses pairs whose mates have different names, and files of different length. False for files
   * that name their mates in another way than `/1` and `/2` or a number after a space. Default true.
   */
  readonly checkPairs?: boolean;
}

/** Trimming with all defaults filled in. */
export type Trimming = Required<TrimmingOptions>;

const DEFAULTS: Trimming = Object.freeze<Trimming>({
  clip: [2, 30, 10],
  keepBothMates: false,
  leading: 3,
  trailing: 3,
  slidingWindow: [4, 15],
  minimumLength: 36,
  qualityOffset: 33,
  checkPairs: true,
});

/**
 * Fills in the defaults.
 *
 * @throws UsageError
 */
export function resolveTrimming(options: TrimmingOptions = {}): Trimming {
  checkOptionNames(options, Object.keys(DEFAULTS), 'option trimming');
  const trimming = { ...DEFAULTS, ...options };
  const { clip, leading, trailing, slidingWindow, minimumLength, qualityOffset } = trimming;
  const numbers: [string, number, number][] = [
    ...clip.map((value): [string, number, number] => ['clip', value, 0]),
    ['leading', leading, 0],
    ['trailing', trailing, 0],
    ['slidingWindow', slidingWindow[0], 1],
    ['slidingWindow', slidingWindow[1], 0],
    ['minimumLength', minimumLength, 1],
  ];
  for (const [name, value, least] of numbers) {
    if (Number.isInteger(value) && value >= least && value <= 1000) continue;
    throw new UsageError({
      where: `option trimming.${name}`,
      found: String(value),
      expected: `a whole number from ${String(least)} to 1000`,
    });
  }
  if (clip.length !== 3 || slidingWindow.length !== 2) {
    throw new UsageError({
      where: 'option trimming',
      found: `clip with ${String(clip.length)} and slidingWindow with ${String(slidingWindow.length)} numbers`,
      expected: '3 and 2',
    });
  }
  if (![33, 64].includes(qualityOffset)) {
    throw new UsageError({
      where: 'option trimming.qualityOffset',
      found: String(qualityOffset),
      expected: '33 or 64',
    });
  }
  return trimming;
}

/** Names of the files that a stage of trimming has in its folder. */
export const TRIMMED = {
  pairs: ['paired_1.fastq.gz', 'paired_2.fastq.gz'],
  single: ['trimmed.fastq.gz'],
  summary: 'summary.txt',
  /** Trimmomatic splits its steps at colons: the adapters need a name without one. */
  adapters: 'adapters.fa',
} as const;

/** Names of the files with mates whose partner was dropped; they are not aligned. */
export const UNPAIRED = ['unpaired_1.fastq.gz', 'unpaired_2.fastq.gz'] as const;

/** The steps, in the order in which they are done. */
export function trimmingSteps(trimming: Trimming, hasAdapters: boolean): string[] {
  const { clip, keepBothMates, leading, trailing, slidingWindow, minimumLength } = trimming;
  // 8 is the default of the shortest adapter that is recognised; it has to be said before `true`.
  const both = keepBothMates ? ':8:true' : '';
  return [
    ...(hasAdapters ? [`ILLUMINACLIP:${TRIMMED.adapters}:${clip.join(':')}${both}`] : []),
    `LEADING:${String(leading)}`,
    `TRAILING:${String(trailing)}`,
    `SLIDINGWINDOW:${slidingWindow.join(':')}`,
    `MINLEN:${String(minimumLength)}`,
  ];
}

/**
 * Arguments of Trimmomatic 0.36 and later, to be run in the folder that gets its files.
 *
 * @param fastq one file of single reads, or two of pairs
 */
export function trimmomaticArguments(
  fastq: readonly string[],
  trimming: Trimming,
  options: { readonly hasAdapters: boolean; readonly threads: number },
): string[] {
  const isPaired = fastq.length === 2;
  const outputs = isPaired
    ? [TRIMMED.pairs[0], UNPAIRED[0], TRIMMED.pairs[1], UNPAIRED[1]]
    : [...TRIMMED.single];
  return [
    '-threads',
    String(options.threads),
    `-phred${String(trimming.qualityOffset)}`,
    '-summary',
    TRIMMED.summary,
    // Else pairs out of step, and files of different length, go unnoticed.
    ...(isPaired && trimming.checkPairs ? ['-validatePairs'] : []),
    ...fastq,
    ...outputs,
    ...trimmingSteps(trimming, options.hasAdapters),
  ];
}

/**
 * Notes what is wrong in what Trimmomatic says: after a damaged or cut file it reports an exception,
 * then "Completed successfully", and ends with exit code 0.
 *
 * @returns the complaint, undefined for other lines
 */
export function trimmomaticComplaint(line: string): string | undefined {
  return /\bException\b|^\s*Caused by:|^Error:|Pair validation failed|No more (?:forward|reverse) reads/.test(
    line,
  )
    ? line.trim()
    : undefined;
}

/** Reads, or pairs, before and after trimming. */
export interface TrimmingCounts {
  readonly input: number;
  readonly surviving: number;
}

/**
 * Reads the file that Trimmomatic writes with `-summary`.
 *
 * @throws EnvironmentError for what it never writes
 */
export function parseTrimmomaticSummary(
  text: string,
  isPaired: boolean,
  where: string,
): TrimmingCounts {
  const names = isPaired
    ? ['Input Read Pairs', 'Both Surviving Reads']
    : ['Input Reads', 'Surviving Reads'];
  const [input, surviving] = names.map((name) => {
    const line = text.split(/\r?\n/).find((each) => each.startsWith(`${name}: `));
    const value = /^\d{1,15}$/.exec(line?.slice(name.length + 2).trim() ?? '');
    return value === null ? NaN : Number(value[0]);
  });
  if (input !== undefined && surviving !== undefined && surviving <= input) {
    return { input, surviving };
  }
  throw new EnvironmentError({
    where,
    found: `a summary of Trimmomatic that cannot be read: '${text.slice(0, 200)}'`,
    expected: `lines '${names.join(": N' and '")}: N'`,
    fix: 'Check with TrimmomaticPE -version that the installed program is Trimmomatic.',
  });
}
