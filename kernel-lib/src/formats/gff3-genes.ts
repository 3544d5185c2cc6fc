import { InputError } from '../core/errors.ts';
import { firstValue, geneNames, transcriptNames } from './gene-names.ts';
import type { Gene, Transcript } from './gene.ts';
import type { GffRecord } from './gff.ts';
import type { LinePlace } from './line-place.ts';
import { TranscriptBlocks, transcriptPart } from './transcript-blocks.ts';

/** Genes have a handful of generations. */
const MOST_ANCESTORS = 1000;

/** A feature that may have parts or be the parent of others. */
interface Node {
  readonly record: GffRecord;
  readonly line: number;
  readonly blocks: TranscriptBlocks;
}

/** An exon, a coding stretch or an untranslated region, for its parents. */
interface Leaf extends Pick<GffRecord, 'chrom' | 'start' | 'end' | 'phase'> {
  readonly part: NonNullable<ReturnType<typeof transcriptPart>>;
  readonly parents: readonly string[];
  readonly line: number;
}

/** Joins the features of a GFF3 file to genes by `ID` and `Parent`, which may come in any order. */
export class Gff3GeneBuilder {
  readonly #file: string;
  readonly #nodes = new Map<string, Node>();
  readonly #leaves: Leaf[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  add(record: GffRecord, { line }: LinePlace): void {
    const { attributes, chrom, start, end, phase } = record;
    const id = firstValue(attributes, 'ID');
    const parents = attributes.Parent ?? [];
    const part = transcriptPart(record.type);
    if (part !== undefined && parents.length > 0) {
      this.#leaves.push({ part, parents, chrom, start, end, phase, line });
    } else if (id !== undefined) {
      // A feature may lie on several lines; for a gene or a transcript the first one names it.
      let node = this.#nodes.get(id);
      if (node === undefined) {
        node = { record, line, blocks: new TranscriptBlocks() };
        this.#nodes.set(id, node);
      }
      // Gene finders for bacteria write coding stretches without a gene.
      if (part !== undefined) node.blocks.add(part, record);
    }
  }

  genes(): Gene[] {
    for (const leaf of this.#leaves) this.#handOut(leaf);
    const genes = new Map<Node, Transcript[]>();
    for (const [id, node] of this.#nodes) {
      const isGene = /(^|_)(gene|pseudogene)$/i.test(node.record.type);
      if (isGene && parentsOf(node).length === 0) listOf(genes, node);
      if (node.blocks.isEmpty) continue;
      for (const gene of this.#genesOf(node)) listOf(genes, gene).push(finishTranscript(id, node));
    }
    return Array.from(genes, ([node, transcripts]) => finishGene(node, transcripts));
  }

  #handOut(leaf: Leaf): void {
    for (const parent of leaf.parents) {
      const node = this.#parent(parent, leaf.line);
      if (node.record.chrom !== leaf.chrom) {
        throw new InputError({
          where: `${this.#file}, line ${String(leaf.line)}`,
          found: `a part on ${leaf.chrom} of '${parent}', which is on ${node.record.chrom}`,
          expected: 'both on one sequence',
        });
      }
      node.blocks.add(leaf.part, leaf);
    }
  }

  #parent(id: string, line: number): Node {
    const node = this.#nodes.get(id);
    if (node !== undefined) return node;
    throw new InputError({
      where: `${this.#file}, line ${String(line)}`,
      found: `the parent '${id}', which is not in the file`,
      expected: `a feature with ID=${id}`,
      fix: 'The file may be cut short, or features were filtered out of it.',
    });
  }

  /** The features at the top above a transcript, mostly one gene; itself where there is none. */
  #genesOf(transcript: Node): Iterable<Node> {
    const tops = new Set<Node>();
    const seen = new Set<Node>([transcript]);
    // The set grows while it is walked, and takes each feature once: a circle of parents ends.
    for (const node of seen) {
      const parents = parentsOf(node);
      if (parents.length === 0) tops.add(node);
      for (const parent of parents) seen.add(this.#parent(parent, node.line));
      if (seen.size > MOST_ANCESTORS) break;
    }
    if (tops.size > 0 && seen.size <= MOST_ANCESTORS) return tops;
    throw new InputError({
      where: `${this.#file}, line ${String(transcript.line)}`,
      found:
        seen.size > MOST_ANCESTORS
          ? `a feature with more than ${String(MOST_ANCESTORS)} ancestors`
          : 'a feature that is its own ancestor',
      expected: 'parents up to a gene without parent',
    });
  }
}

function parentsOf({ record }: Node): readonly string[] {
  return record.attributes.Parent ?? [];
}

function listOf(genes: Map<Node, Transcript[]>, gene: Node): Transcript[] {
  let list = genes.get(gene);
  if (list === undefined) {
    list = [];
    genes.set(gene, list);
  }
  return list;
}

function finishTranscript(id: string, { record, blocks }: Node): Transcript {
  const { chrom, strand, type, attributes } = record;
  return {
    id: firstValue(attributes, 'transcript_id') ?? id,
    ...transcriptNames(attributes),
    type,
    chrom,
    strand,
    ...blocks.finish(strand, record),
    attributes,
  };
}

function finishGene({ record }: Node, transcripts: readonly Transcript[]): Gene {
  const { chrom, strand, attributes } = record;
  return {
    id: firstValue(attributes, 'gene_id') ?? firstValue(attributes, 'ID') ?? '',
    ...geneNames(attributes),
    chrom,
    start: transcripts.reduce((least, { start }) => Math.min(least, start), record.start),
    end: transcripts.reduce((most, { end }) => Math.max(most, end), record.end),
    strand,
    transcripts,
    attributes,
  };
}
