import path from 'node:path';
import { InputError } from 'tatabox/core/errors.ts';
import type { FastaFile } from 'tatabox/formats/fasta.ts';
import { genomeOnDisk, type GenomeFile } from '../host/genome-file.ts';
import { ContigNames } from './tracks-contigs.ts';
import type { Contig, Region } from './track-types.ts';

/** A FASTA without index is read once to make one, which is not done unasked for more bytes. */
const MOST_UNINDEXED = 100_000_000;
/** Bases asked for at once at most. */
const MOST_BASES = 10_000;

/** The genome that tracks lie on. */
export class TracksGenome {
  readonly contigs: readonly Contig[];
  readonly names: ContigNames;
  readonly #fasta: FastaFile;

  private constructor(fasta: FastaFile) {
    this.#fasta = fasta;
    this.contigs = fasta.contigs;
    this.names = new ContigNames(fasta.contigs);
  }

  /** @throws InputError for what is no FASTA, or a large one without index */
  static async open(file: string | GenomeFile): Promise<TracksGenome> {
    const genome = typeof file === 'string' ? genomeOnDisk(file) : file;
    const where = path.basename(genome.name);
    const found = await genome.stamp();
    if (found === undefined) {
      throw new InputError({
        where,
        found: 'no such file',
        fix: 'Choose the genome with Tatabox: Choose Genome FASTA.',
      });
    }
    if (found.size > MOST_UNINDEXED && (await genome.stamp('.fai')) === undefined) {
      throw new InputError({
        where,
        found: 'no index beside it (.fai)',
        fix: 'Open its preview and run Tatabox: Write FASTA Index.',
      });
    }
    return new TracksGenome(await genome.open());
  }

  /** Letters of a region; what lies behind the ends of its contig is N, and none for an unknown one. */
  async bases({ chrom, start, end }: Region): Promise<string> {
    const name = this.names.find(chrom);
    if (name === undefined || end <= start || end - start > MOST_BASES) return '';
    const tokens = await this.#fasta.fetch(
      { chrom: name, start: Math.floor(start), end: Math.ceil(end) },
      { padding: 'unknown' },
    );
    return Array.from(tokens, (token) => 'ACGTN'[token] ?? 'N').join('');
  }

  async close(): Promise<void> {
    await this.#fasta.close();
  }
}
