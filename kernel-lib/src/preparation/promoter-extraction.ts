import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, UsageError } from '../core/errors.ts';
import { longWorkOf, type LongWorkOptions } from '../core/progress.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import type { GffDialect } from '../formats/gff.ts';
import { checkWholeNumber } from '../sequence/check-interval.ts';
import { contigNameAdvice } from '../sequence/contig-names.ts';
import type { Interval } from '../sequence/interval.ts';
import {
  lettersOnStrand,
  readContigStretches,
  type LetterRequest,
  type ReadContig,
} from './promoter-extraction-fasta.ts';
import { readGeneLoci, type GeneIdRule, type GeneLocus } from './promoter-extraction-genes.ts';
import { UpstreamFinder, type UpstreamRegion } from './promoter-extraction-regions.ts';

/** The promoter of a gene: 0-based, half-open. */
export interface Promoter extends Interval {
  readonly gene: string;
  /** `GENE::contig:start-end(strand)`, with the 0-based start. */
  readonly name: string;
  readonly strand: '+' | '-';
  /** In the direction of transcription; lower case where the genome is soft-masked. */
  readonly sequence: string;
}

/** Options of {@link extractPromoters}. */
export interface ExtractPromotersOptions extends LongWorkOptions {
  /** FASTA: plain, gzip or bgzip; no index is needed. */
  readonly genome: FileSource;
  /** GFF3 or GTF: plain, gzip or bgzip. */
  readonly annotation: FileSource;
  /** Bases before the start of a gene. Default 1,000. */
  readonly upstream?: number;
  /** Shortest promoter that is kept, in bases. Default 1. */
  readonly minimumLength?: number;
  /** Types of features that are genes. Default `['gene']`. */
  readonly types?: readonly string[];
  /** Where the ids of genes stand. Default `auto`. */
  readonly geneId?: GeneIdRule;
  /** Format of the annotation. Default: found out. */
  readonly dialect?: GffDialect;
  /**
   * What is cut out of the upstream regions: `genes` (default), what any gene takes on either
   * strand, and of several pieces the one nearest to the gene is kept; or `nothing`.
   */
  readonly subtract?: 'genes' | 'nothing';
  /** Genes on contigs that the genome does not have: `error` (default), or `skip` and count them. */
  readonly missingContigs?: 'error' | 'skip';
  /** A gene id on several lines: the `first` line counts (default), or an `error`. */
  readonly repeatedIds?: 'first' | 'error';
}

/** What became of the genes of an annotation. */
export interface PromoterReport {
  /** Features of the wanted types. */
  readonly genes: number;
  readonly promoters: number;
  /** Genes with nothing upstream: at the end of their contig, or covered by other genes. */
  readonly withoutUpstream: readonly string[];
  /** Genes whose promoter is shorter than `minimumLength`. */
  readonly tooShort: readonly string[];
  /** Genes without a strand, which have no upstream. */
  readonly withoutStrand: readonly string[];
  /** Ids that stand on several lines, of which the first counts. */
  readonly repeatedIds: readonly string[];
  /** Contigs that the genome does not have, with the number of genes that were left out. */
  readonly missingContigs: readonly { readonly contig: string; readonly genes: number }[];
}

/** Promoters in the order of the annotation. */
export interface ExtractedPromoters {
  readonly promoters: readonly Promoter[];
  readonly report: PromoterReport;
}

const OPTIONS = [
  'genome',
  'annotation',
  'upstream',
  'minimumLength',
  'types',
  'geneId',
  'dialect',
  'subtract',
  'missingContigs',
  'repeatedIds',
  'signal',
  'progress',
];

function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  const expected = choices.join(' or ');
  throw new UsageError({ where: `option ${name}`, found: `'${value}'`, expected });
}

/** A gene with the stretch that is wanted of its contig, and the letters once they are read. */
interface Wanted {
  readonly gene: GeneLocus;
  readonly region: UpstreamRegion;
  letters: string;
}

/**
 * Cuts the promoters of genes out of a genome, as `bedtools flank -s`, `subtract` and `getfasta -s
 * -name+` do together: the bases before each gene on its strand, clipped at the ends of the contig,
 * without what other genes take; of several pieces the one nearest to the gene. The genome is read
 * once from start to end; memory holds the promoters.
 *
 * @throws InputError for what is no annotation or genome, genes beyond the end of their contig, and
 *   contigs that the genome does not have unless they are to be skipped; UsageError for options
 *
 * @example
 * const { promoters, report } = await extractPromoters({
 *   genome: 'Zm-B73.fa.gz',
 *   annotation: 'Zm-B73.gff3.gz',
 *   upstream: 1000,
 * });
 * await writePromoters('Zm-B73.promoters.fa', promoters);
 */
export async function extractPromoters(
  options: ExtractPromotersOptions,
): Promise<ExtractedPromoters> {
  checkOptionNames(options, OPTIONS, 'extractPromoters');
  const { genome, annotation, upstream = 1000, minimumLength = 1, types, geneId } = options;
  const { subtract = 'genes', missingContigs = 'error', repeatedIds = 'first' } = options;
  const { dialect, signal, progress } = options;
  checkWholeNumber(upstream, 'option upstream', 1);
  checkWholeNumber(minimumLength, 'option minimumLength', 1);
  checkChoice('subtract', subtract, ['genes', 'nothing']);
  checkChoice('missingContigs', missingContigs, ['error', 'skip']);
  checkChoice('repeatedIds', repeatedIds, ['first', 'error']);
  const genes = await readGeneLoci(annotation, {
    ...(types === undefined ? {} : { types }),
    ...(geneId === undefined ? {} : { geneId }),
    ...(dialect === undefined ? {} : { dialect }),
    ...(signal === undefined ? {} : { signal }),
  });
  const { first, repeated } = firstOfEach(genes);
  const [repeatedId] = repeated;
  if (repeatedIds === 'error' && repeatedId !== undefined) {
    throw new InputError({
      where: sourceName(annotation),
      found: `the gene id '${repeatedId}' for a second time (${String(repeated.length)} ids in all)`,
      expected: 'each id once',
      fix: "Name another attribute with geneId, or take the first of each with repeatedIds: 'first'.",
    });
  }
  const finder = new UpstreamFinder(upstream, subtract === 'genes' ? genes : []);
  const wanted: Wanted[] = [];
  const none = new Set<string>();
  for (const gene of first) {
    if (gene.strand === '.') continue;
    const region = finder.find(gene);
    if (region === undefined) none.add(gene.id);
    else wanted.push({ gene, region, letters: '' });
  }
  const contigs = await readContigStretches(
    genome,
    requestsOf(wanted),
    longWorkOf({ signal, progress }),
  );
  const missing = checkContigs(genes, contigs, options, missingContigs);

  const promoters: Promoter[] = [];
  const tooShort: string[] = [];
  for (const { gene, region, letters } of wanted) {
    if (missing.has(gene.chrom)) continue;
    if (letters.length === 0) none.add(gene.id);
    else if (letters.length < minimumLength) tooShort.push(gene.id);
    else promoters.push(makePromoter(gene, region.start, letters, sourceName(genome)));
  }
  const placed = first.filter(({ chrom }) => !missing.has(chrom));
  const report = {
    genes: genes.length,
    promoters: promoters.length,
    withoutUpstream: placed.filter(({ id }) => none.has(id)).map(({ id }) => id),
    tooShort,
    withoutStrand: placed.filter(({ strand }) => strand === '.').map(({ id }) => id),
    repeatedIds: repeated,
    missingContigs: Array.from(missing, ([contig, count]) => ({ contig, genes: count })),
  };
  return { promoters, report };
}

/** The first gene of each id, and the ids that others have as well. */
function firstOfEach(genes: readonly GeneLocus[]): { first: GeneLocus[]; repeated: string[] } {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  const first = genes.filter(({ id }) => {
    if (seen.has(id)) {
      repeated.add(id);
      return false;
    }
    seen.add(id);
    return true;
  });
  return { first, repeated: [...repeated] };
}

function requestsOf(wanted: readonly Wanted[]): Map<string, LetterRequest[]> {
  const requests = new Map<string, LetterRequest[]>();
  for (const each of wanted) {
    const { start, end } = each.region;
    const request = {
      start,
      end,
      onLetters: (letters: string): void => {
        each.letters = letters;
      },
    };
    const list = requests.get(each.gene.chrom);
    if (list === undefined) requests.set(each.gene.chrom, [request]);
    else list.push(request);
  }
  return requests;
}

/** Genes by the contigs that the genome lacks; throws where that, or a gene's place, is an error. */
function checkContigs(
  genes: readonly GeneLocus[],
  contigs: readonly ReadContig[],
  { genome, annotation }: ExtractPromotersOptions,
  missingContigs: 'error' | 'skip',
): Map<string, number> {
  const lengths = new Map(contigs.map(({ name, length }) => [name, length]));
  const missing = new Map<string, number>();
  for (const { id, chrom, end } of genes) {
    const length = lengths.get(chrom);
    if (length === undefined) missing.set(chrom, (missing.get(chrom) ?? 0) + 1);
    else if (end > length) {
      throw new InputError({
        where: sourceName(annotation),
        found: `gene '${id}' up to base ${String(end)} of ${chrom}, which has ${String(length)} in ${sourceName(genome)}`,
        expected: 'genes within their contigs',
        fix: 'Take the annotation of this very assembly.',
      });
    }
  }
  const [contig] = missing.keys();
  const count = [...missing.values()].reduce((sum, each) => sum + each, 0);
  if (contig === undefined || (missingContigs === 'skip' && count < genes.length)) return missing;
  throw new InputError({
    where: sourceName(genome),
    found: `no contig '${contig}', which ${sourceName(annotation)} names; ${String(missing.size)} such contigs with ${String(count)} of ${String(genes.length)} genes`,
    expected: 'every contig of the annotation',
    fix: `${contigNameAdvice(contig, [...lengths.keys()])}${count < genes.length ? " Leave their genes out with missingContigs: 'skip'." : ''}`,
  });
}

function makePromoter(gene: GeneLocus, start: number, letters: string, file: string): Promoter {
  const { id, chrom } = gene;
  const strand = gene.strand === '-' ? '-' : '+';
  const end = start + letters.length;
  const place = `${chrom}:${String(start)}-${String(end)}`;
  const sequence = lettersOnStrand(letters, strand, `${file}, ${place}`);
  return { gene: id, name: `${id}::${place}(${strand})`, chrom, start, end, strand, sequence };
}
