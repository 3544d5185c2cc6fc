import { BamIndex } from './bam-index.ts';
import { parseBgzfIndex } from './bgzf-index.ts';
import { openSource } from './byte-source.ts';
import { parseFastaIndex } from './fasta-index.ts';
import { checkContigs, type GenomeContigs } from './inspect-genome.ts';
import { MOST_ROWS, type Inspection } from './inspect-report.ts';
import { readBytes } from './read-bytes.ts';
import { TabixIndex } from './tabix-index.ts';

/** An index on its own: `.fai`, `.gzi`, `.tbi`, `.csi`, `.bai`. */
export async function inspectIndexFile(
  inspection: Inspection,
  genome: GenomeContigs | undefined,
): Promise<void> {
  const { source, name } = inspection;
  if (/\.gzi$/i.test(name)) {
    const bytes = openSource(source);
    try {
      const stored = await bytes.read(0, await bytes.size());
      inspection.fact('index of', 'a bgzip file');
      inspection.fact('blocks', parseBgzfIndex(stored, name).compressed.length);
    } finally {
      await bytes.close();
    }
    return;
  }
  const bytes = Buffer.from(await readBytes(source));
  const magic = bytes.toString('latin1', 0, 3);
  if (magic === 'BAI') return inspectBai(inspection);
  // A CSI index of a text has its columns in 28 bytes and more, that of a BAM file nothing there.
  if (magic === 'CSI' && bytes.length >= 16 && bytes.readInt32LE(12) < 28) {
    return inspectBai(inspection);
  }
  if (magic === 'TBI' || magic === 'CSI') {
    const { names, columns } = new TabixIndex(bytes, name);
    inspection.fact('index of', columns.preset === 'vcf' ? 'a VCF file' : 'a text in columns');
    inspection.fact('contigs', names.length);
    inspection.lists.contigs = names.slice(0, MOST_ROWS).map((each) => ({ name: each }));
    return;
  }
  const entries = parseFastaIndex(bytes.toString(), name);
  inspection.fact('index of', 'a FASTA file');
  inspection.fact('contigs', entries.length);
  inspection.fact(
    'bases',
    entries.reduce((sum, { length }) => sum + length, 0),
  );
  inspection.lists.contigs = entries
    .slice(0, MOST_ROWS)
    .map(({ name: contig, length }) => ({ name: contig, length }));
  checkContigs(inspection, entries, genome);
}

async function inspectBai(inspection: Inspection): Promise<void> {
  const { contigs } = await BamIndex.read(inspection.source);
  inspection.fact('index of', 'a BAM file');
  inspection.fact('contigs', contigs);
}
