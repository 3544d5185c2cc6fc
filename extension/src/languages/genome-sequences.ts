import { InputError } from 'tatabox/core/errors.ts';
import type { FastaFile } from 'tatabox/formats/fasta.ts';
import { matchContigName } from 'tatabox/sequence/contig-names.ts';
import { decodeTokens } from 'tatabox/sequence/encode-sequence.ts';
import type { Interval } from 'tatabox/sequence/interval.ts';
import { genomeOnDisk, type GenomeFile } from '../host/genome-file.ts';

/** A FASTA file of more bytes is not read whole for want of an index. */
const LARGEST_UNINDEXED = 1 << 24;

interface OpenGenome {
  readonly key: string;
  readonly written: number;
  readonly fasta: Promise<FastaFile>;
}

/** Sequences of the genome that was asked last; it stays open until another one is asked for. */
export class GenomeSequences {
  #open: OpenGenome | undefined;

  /**
   * The first letters of a region on its strand, and the name that its contig has in the genome.
   *
   * @throws InputError for a file that cannot be read or has no index, an unknown contig, a region
   *   beyond its end
   */
  async letters(
    file: string | GenomeFile,
    { chrom, start, end, strand = '.' }: Interval,
    most: number,
  ): Promise<{ readonly letters: string; readonly chrom: string }> {
    const from = typeof file === 'string' ? genomeOnDisk(file) : file;
    const genome = await this.#genome(from);
    const names = genome.contigs.map(({ name }) => name);
    const name = names.includes(chrom) ? chrom : (matchContigName(chrom, names) ?? chrom);
    const length = genome.contigLength(name);
    if (end > length) {
      throw new InputError({
        where: from.name,
        found: `a region up to ${end.toLocaleString('en')} on ${name}`,
        expected: `at most its ${length.toLocaleString('en')} bases`,
        fix: 'The file may belong to another assembly.',
      });
    }
    const shown =
      strand === '-'
        ? { start: Math.max(start, end - most), end }
        : { start, end: Math.min(end, start + most) };
    return {
      letters: decodeTokens(await genome.fetch({ chrom: name, ...shown, strand })),
      chrom: name,
    };
  }

  /** Closes the genome. */
  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await (await open?.fasta.catch(() => undefined))?.close();
  }

  async #genome(file: GenomeFile): Promise<FastaFile> {
    const { mtimeMs, size } = (await file.stamp()) ?? { mtimeMs: 0, size: 0 };
    if (this.#open?.key !== file.key || this.#open.written !== mtimeMs) {
      await this.close();
      this.#open = { key: file.key, written: mtimeMs, fasta: openIndexed(file, size) };
      // The error is given to who waits for it.
      this.#open.fasta.catch(() => undefined);
    }
    return this.#open.fasta;
  }
}

async function openIndexed(file: GenomeFile, size: number): Promise<FastaFile> {
  if (size > LARGEST_UNINDEXED && (await file.stamp('.fai')) === undefined) {
    throw new InputError({
      where: file.name,
      found: 'no index beside it (.fai)',
      fix: 'Open its preview and run Tatabox: Write FASTA Index.',
    });
  }
  return file.open();
}
