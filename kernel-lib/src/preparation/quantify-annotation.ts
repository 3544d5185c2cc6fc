import { InputError, throwIfAborted } from '../core/errors.ts';
import { writeInPieces } from '../core/file-writer.ts';
import { suggestion } from '../core/nearest.ts';
import { readGenes } from '../formats/genes.ts';
import { streamGff } from '../formats/gff.ts';

/** How an annotation is read. */
export interface AnnotationOptions {
  readonly format: 'gtf' | 'gff3';
  /** Features of a GTF that are counted. */
  readonly featureType: string;
  /** Attribute of a GTF that joins features to genes. */
  readonly geneAttribute: string;
  readonly signal?: AbortSignal | undefined;
}

/** What an annotation holds of what is counted. */
export interface AnnotationContent {
  readonly genes: number;
  readonly contigs: ReadonlySet<string>;
}

/** The format that the name of an annotation shows. */
export function annotationFormat(file: string): 'gtf' | 'gff3' {
  return /\.gff3?(\.b?gz)?$/i.test(file) ? 'gff3' : 'gtf';
}

/**
 * Looks through an annotation before it is used: hours later featureCounts would say the same.
 *
 * @throws InputError for what is no GTF or GFF3, and where there is nothing to count
 */
export async function checkAnnotation(
  file: string,
  options: AnnotationOptions,
): Promise<AnnotationContent> {
  return options.format === 'gff3' ? checkGff3(file, options) : checkGtf(file, options);
}

async function checkGff3(file: string, options: AnnotationOptions): Promise<AnnotationContent> {
  const genes = await readGenes(file, { dialect: 'gff3' });
  throwIfAborted(options.signal, `reading ${file}`);
  const counted = genes.filter(({ transcripts }) =>
    transcripts.some(({ exons }) => exons.length > 0),
  );
  if (counted.length === 0) {
    throw new InputError({ where: file, found: 'no gene with exons', expected: 'at least one' });
  }
  return { genes: counted.length, contigs: new Set(counted.map(({ chrom }) => chrom)) };
}

/** Records between two looks at the signal. */
const STRIDE = 10_000;

async function checkGtf(file: string, options: AnnotationOptions): Promise<AnnotationContent> {
  const { featureType, geneAttribute, signal } = options;
  const wanted = new Set(featureType.split(','));
  const genes = new Set<string>();
  const contigs = new Set<string>();
  const types = new Set<string>();
  const attributes = new Set<string>();
  let records = 0;
  for await (const record of streamGff(file, { dialect: 'gtf' })) {
    if (++records % STRIDE === 0) throwIfAborted(signal, `reading ${file}`);
    types.add(record.type);
    if (!wanted.has(record.type)) continue;
    const gene = Object.hasOwn(record.attributes, geneAttribute)
      ? record.attributes[geneAttribute]?.[0]
      : undefined;
    if (gene === undefined) {
      for (const name of Object.keys(record.attributes)) attributes.add(name);
      continue;
    }
    genes.add(gene);
    contigs.add(record.chrom);
  }
  if (genes.size > 0) return { genes: genes.size, contigs };
  const hasType = featureType.split(',').some((type) => types.has(type));
  throw new InputError({
    where: file,
    found: hasType
      ? `no attribute '${geneAttribute}' on features '${featureType}'`
      : `no feature '${featureType}'`,
    expected: 'features with the gene that they belong to',
    fix: `${suggestion(hasType ? geneAttribute : featureType, hasType ? attributes : types)} A GFF3 file is read with the annotation format gff3.`,
  });
}

/**
 * Makes sure that genome and annotation name their chromosomes alike.
 *
 * @returns contigs with genes that the genome lacks
 * @throws InputError where none is the same
 */
export function checkSharedContigs(
  genome: { readonly file: string; readonly names: readonly string[] },
  annotation: { readonly file: string; readonly contigs: ReadonlySet<string> },
): string[] {
  const known = new Set(genome.names);
  const absent = [...annotation.contigs].filter((name) => !known.has(name));
  if (absent.length < annotation.contigs.size) return absent;
  const some = (names: Iterable<string>) => [...names].slice(0, 3).join(', ');
  throw new InputError({
    where: annotation.file,
    found: `chromosomes ${some(annotation.contigs)}, …, none of which is in ${genome.file} (${some(genome.names)}, …)`,
    expected: 'the same names in both',
    fix: 'Take genome and annotation from the same release, or rename the chromosomes of one.',
  });
}

/**
 * Writes the exons of a GFF3 file as SAF, featureCounts' own table: GeneID, Chr, Start, End, Strand
 * with 1-based closed positions (Subread Users Guide, "In-built annotations").
 *
 * @returns genes written
 */
export async function writeSaf(gff3: string, saf: string): Promise<number> {
  const genes = await readGenes(gff3, { dialect: 'gff3' });
  return writeInPieces(saf, async (writer) => {
    await writer.write('GeneID\tChr\tStart\tEnd\tStrand\n');
    let written = 0;
    for (const { id, transcripts } of genes) {
      const lines = new Set<string>();
      for (const { chrom, strand, exons } of transcripts) {
        for (const { start, end } of exons) {
          lines.add(`${id}\t${chrom}\t${String(start + 1)}\t${String(end)}\t${strand}\n`);
        }
      }
      if (lines.size === 0) continue;
      written++;
      await writer.write([...lines].join(''));
    }
    return written;
  });
}
