import { contigNameAdvice } from '../sequence/contig-names.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import { detectFormat } from './detect-format.ts';
import { besideSource } from './fasta-bytes.ts';
import type { Contig } from './fasta-file.ts';
import { buildFastaIndex, parseFastaIndex } from './fasta-index.ts';
import type { Inspection } from './inspect-report.ts';
import { readBytes } from './read-bytes.ts';
import { openTwoBit } from './two-bit.ts';

/** Contigs that are given a nearest name. */
const MOST_ADVICE = 20;

/** The contigs that a file's records should lie on. */
export interface GenomeContigs {
  readonly name: string;
  readonly lengths: ReadonlyMap<string, number>;
}

/**
 * Names and lengths of the contigs of a genome: a FASTA file (its `.fai` where it is there), a `.fai`
 * file itself, or a 2bit file.
 */
export async function readGenomeContigs(genome: FileSource): Promise<GenomeContigs> {
  const name = sourceName(genome);
  const contigs = await contigsOf(genome, name);
  return { name, lengths: new Map(contigs.map((contig) => [contig.name, contig.length])) };
}

async function contigsOf(genome: FileSource, name: string): Promise<readonly Contig[]> {
  if (name.endsWith('.fai')) return parseIndex(genome);
  if ((await detectFormat(genome)).format === '2bit') {
    const file = await openTwoBit(genome);
    await file.close();
    return file.contigs;
  }
  const index = besideSource(genome, '.fai');
  if (index !== undefined) {
    try {
      return await parseIndex(index);
    } catch {
      // Without a good index the file itself says it.
    }
  }
  return buildFastaIndex(genome);
}

async function parseIndex(index: FileSource): Promise<readonly Contig[]> {
  return parseFastaIndex(Buffer.from(await readBytes(index)).toString(), sourceName(index));
}

/** Compares contigs of a file, with the lengths that it says, to those of a genome. */
export function checkContigs(
  inspection: Inspection,
  contigs: Iterable<{ readonly name: string; readonly length?: number }>,
  genome: GenomeContigs | undefined,
): void {
  if (genome === undefined) return;
  let missing = 0;
  let other = 0;
  let count = 0;
  for (const { name, length } of contigs) {
    count++;
    const wanted = genome.lengths.get(name);
    if (wanted === undefined) {
      missing++;
      inspection.problem({
        where: `${inspection.name}, contig '${name}'`,
        found: `a contig that ${genome.name} does not have`,
        // The nearest name takes long to find: only for those that are shown.
        ...(missing > MOST_ADVICE
          ? {}
          : { fix: contigNameAdvice(name, [...genome.lengths.keys()]) }),
      });
    } else if (length !== undefined && length !== wanted) {
      other++;
      inspection.problem({
        where: `${inspection.name}, contig '${name}'`,
        found: `${length.toLocaleString('en-US')} bases`,
        expected: `${wanted.toLocaleString('en-US')} as in ${genome.name}`,
        fix: 'The file belongs to another assembly.',
      });
    }
  }
  const wrong = missing + other;
  inspection.fact(
    'genome',
    wrong === 0
      ? `all ${count.toLocaleString('en-US')} contigs are those of ${genome.name}`
      : `${wrong.toLocaleString('en-US')} of ${count.toLocaleString('en-US')} contigs are not those of ${genome.name}`,
  );
}
