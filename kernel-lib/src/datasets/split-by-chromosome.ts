import { UsageError } from '../core/errors.ts';
import { contigNameAdvice } from '../sequence/contig-names.ts';
import { splitFromParts, type Split, type SplitPart } from './split.ts';

/** Chromosomes that are held out; all others train. */
export interface ChromosomeSplitOptions {
  readonly test: readonly string[];
  /** Default none. */
  readonly validation?: readonly string[];
}

/**
 * Holds out whole chromosomes, the usual split in regulatory genomics: neighbouring genes, whose
 * windows overlap, never stand on both sides. Paralogs on other chromosomes still may: see
 * `clusterBySimilarity`.
 *
 * @param chroms chromosome of each example
 * @throws UsageError for a chromosome that no example has, or that is in both lists
 *
 * @example
 * splitByChromosome(['chrI', 'chrII', 'chrIV'], { test: ['chrIV'], validation: ['chrII'] });
 */
export function splitByChromosome(
  chroms: readonly string[],
  options: ChromosomeSplitOptions,
): Split {
  const known = [...new Set(chroms)];
  const partOf = new Map<string, SplitPart>();
  for (const part of ['validation', 'test'] as const) {
    for (const name of options[part] ?? []) {
      if (!known.includes(name)) {
        throw new UsageError({
          where: `splitByChromosome, ${part}`,
          found: `'${name}', which no example has`,
          expected: 'a chromosome of the examples',
          fix: contigNameAdvice(name, known),
        });
      }
      const other = partOf.get(name);
      if (other !== undefined && other !== part) {
        throw new UsageError({
          where: 'splitByChromosome',
          found: `'${name}' in both ${other} and ${part}`,
          expected: 'every chromosome in one part only',
        });
      }
      partOf.set(name, part);
    }
  }
  const wanted: SplitPart[] = ['train', 'test'];
  if ((options.validation ?? []).length > 0) wanted.push('validation');
  const parts = chroms.map((chrom) => partOf.get(chrom) ?? 'train');
  return splitFromParts('splitByChromosome', parts, wanted);
}
