import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Random } from '../../../kernel-lib/src/core/random.ts';

const data = new URL('../../../notebooks/data/yeast_R64/', import.meta.url);
const CONTIG = 'chrI';
/** Bases of a read, and of the words by which a gene must differ from all else. */
const [READ, WORD] = [75, 31];

/** A gene of the simulation: one transcript on the chromosome. */
export interface SimulatedGene {
  readonly id: string;
  readonly strand: string;
  /** 0-based, half-open, by position. */
  readonly exons: readonly (readonly [number, number])[];
  /** Bases of its exons. */
  readonly length: number;
}

const complements: Readonly<Record<string, string>> = { A: 'T', C: 'G', G: 'C', T: 'A' };

export function reverseComplement(sequence: string): string {
  return [...sequence]
    .reverse()
    .map((base) => complements[base] ?? 'N')
    .join('');
}

export async function readChromosome(): Promise<string> {
  const text = gunzipSync(await readFile(new URL('sacCer3.fa.gz', data))).toString();
  const start = text.indexOf(`>${CONTIG}\n`) + CONTIG.length + 2;
  const end = text.indexOf('\n>', start);
  return text.slice(start, end).replaceAll('\n', '').toUpperCase();
}

/**
 * Genes of the chromosome that overlap no other and share no word with the rest of it, so that it is
 * known on which gene a read must be counted. Every third long one gets an intron between a GT and
 * an AG.
 */
export async function chooseGenes(chromosome: string): Promise<SimulatedGene[]> {
  const lines = (await readFile(new URL('sacCer3_transcripts.bed', data), 'utf8')).split('\n');
  const all = lines
    .map((line) => line.split('\t'))
    .filter(([contig]) => contig === CONTIG)
    .map(([, start, end, id, , strand]) => ({
      id: id!,
      strand: strand!,
      start: Number(start),
      end: Number(end),
    }));
  const seen = new Map<string, number>();
  const opposite = reverseComplement(chromosome);
  for (const strand of [chromosome, opposite]) {
    for (let i = 0; i + WORD <= strand.length; i++) {
      const word = strand.slice(i, i + WORD);
      seen.set(word, (seen.get(word) ?? 0) + 1);
    }
  }
  const genes: SimulatedGene[] = [];
  for (const gene of all) {
    const { id, strand, start, end } = gene;
    if (end - start < 400) continue;
    if (all.some((other) => other !== gene && other.start < end && start < other.end)) continue;
    let isUnique = true;
    for (let i = start; i + WORD <= end && isUnique; i++) {
      isUnique = seen.get(chromosome.slice(i, i + WORD)) === 1;
    }
    if (!isUnique) continue;
    const exons = genes.length % 3 === 0 ? withIntron(chromosome, start, end, strand) : undefined;
    const all2 = exons ?? [[start, end] as const];
    const length = all2.reduce((sum, [from, to]) => sum + to - from, 0);
    genes.push({ id, strand, exons: all2, length });
  }
  return genes;
}

function withIntron(chromosome: string, start: number, end: number, strand: string) {
  const [donor, acceptor] = strand === '+' ? ['GT', 'AG'] : ['CT', 'AC'];
  if (end - start < 900) return undefined;
  const from = chromosome.indexOf(donor!, start + 250);
  const to = chromosome.indexOf(acceptor!, from + 200) + 2;
  if (from < 0 || to < 2 || end - to < 250) return undefined;
  return [[start, from] as const, [to, end] as const];
}

export function gtf(genes: readonly SimulatedGene[]): string {
  const lines = genes.flatMap(({ id, strand, exons }) =>
    exons.map(
      ([start, end]) =>
        `${CONTIG}\tsimulation\texon\t${start + 1}\t${end}\t.\t${strand}\t.\tgene_id "${id}"; transcript_id "${id}.1";\n`,
    ),
  );
  return lines.join('');
}

export function gff3(genes: readonly SimulatedGene[]): string {
  const lines = genes.flatMap(({ id, strand, exons }) => {
    const line = (type: string, start: number, end: number, attributes: string) =>
      `${CONTIG}\tsimulation\t${type}\t${start + 1}\t${end}\t.\t${strand}\t.\t${attributes}\n`;
    const [start, end] = [exons[0]![0], exons.at(-1)![1]];
    return [
      line('gene', start, end, `ID=${id}`),
      line('mRNA', start, end, `ID=${id}.1;Parent=${id}`),
      ...exons.map(([from, to]) => line('exon', from, to, `Parent=${id}.1`)),
    ];
  });
  return `##gff-version 3\n${lines.join('')}`;
}

/** What sequencers put behind short fragments (Illumina TruSeq, both directions). */
export const ADAPTERS = {
  first: 'AGATCGGAAGAGCACACGTCTGAACTCCAGTCAC',
  second: 'AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGT',
} as const;

export interface SimulationOptions {
  readonly seed: number;
  /** Fragments in all, about. */
  readonly fragments: number;
  /** Share of wrong bases. */
  readonly errors: number;
  /** Share of fragments that are shorter than a read, so that it runs into the adapter. */
  readonly short: number;
}

/**
 * Simulates pairs of reads. The two files are written gzipped.
 *
 * @returns fragments of each gene
 */
export async function simulateReads(
  chromosome: string,
  genes: readonly SimulatedGene[],
  files: readonly [string, string],
  options: SimulationOptions,
): Promise<number[]> {
  const random = new Random(options.seed);
  const weights = genes.map(({ length }) => length * Math.exp(1.2 * random.normal()));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const counts = weights.map((weight) => Math.round((weight / total) * options.fragments));
  const reads: [string, string][] = [];
  const quality = 'I'.repeat(READ);
  const sequenced = (fragment: string, adapter: string) => {
    const full = (fragment + adapter + 'A'.repeat(READ)).slice(0, READ);
    if (options.errors === 0) return full;
    return [...full]
      .map((base) =>
        random.uniform() < options.errors
          ? 'ACGT'[('ACGT'.indexOf(base) + 1 + random.integer(3)) % 4]!
          : base,
      )
      .join('');
  };
  for (const [index, { id, strand, exons }] of genes.entries()) {
    const spliced = exons.map(([start, end]) => chromosome.slice(start, end)).join('');
    const transcript = strand === '+' ? spliced : reverseComplement(spliced);
    for (let i = 0; i < counts[index]!; i++) {
      const isShort = random.uniform() < options.short;
      const size = isShort ? 55 + random.integer(15) : 150 + random.integer(150);
      const start = random.integer(transcript.length - size + 1);
      const fragment = transcript.slice(start, start + size);
      const mates = random.uniform() < 0.5 ? fragment : reverseComplement(fragment);
      const name = `${id}:${i}`;
      reads.push([
        `@${name}/1\n${sequenced(mates, ADAPTERS.first)}\n+\n${quality}\n`,
        `@${name}/2\n${sequenced(reverseComplement(mates), ADAPTERS.second)}\n+\n${quality}\n`,
      ]);
    }
  }
  for (const [mate, file] of files.entries()) {
    await writeFile(file, gzipSync(reads.map((pair) => pair[mate]!).join('')));
  }
  return counts;
}

/** Adapters in the form in which Trimmomatic finds them in pairs ("palindrome"). */
export function adapterFasta(): string {
  return [
    '>PrefixPE/1\nTACACTCTTTCCCTACACGACGCTCTTCCGATCT',
    '>PrefixPE/2\nGTGACTGGAGTTCAGACGTGTGCTCTTCCGATCT',
    '',
  ].join('\n');
}

/** Tools of the workflow that this machine lacks. */
export function absentTools(): string[] {
  return [
    'TrimmomaticPE',
    'TrimmomaticSE',
    'hisat2',
    'hisat2-build',
    'samtools',
    'featureCounts',
  ].filter((program) => {
    try {
      execFileSync('which', [program], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
}

export const place = (folder: string, name: string) => path.join(folder, name);
