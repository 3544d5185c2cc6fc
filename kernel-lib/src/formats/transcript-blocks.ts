import type { GffRecord } from './gff.ts';
import type { CodingBlock, Transcript, TranscriptBlock } from './gene.ts';

/** What a feature says of its transcript. */
type Part = 'exon' | 'coding' | 'stopCodon' | 'untranslated';

const parts: Readonly<Record<string, Part>> = {
  exon: 'exon',
  pseudogenic_exon: 'exon',
  noncoding_exon: 'exon',
  coding_exon: 'exon',
  CDS: 'coding',
  stop_codon: 'stopCodon',
  UTR: 'untranslated',
  '5UTR': 'untranslated',
  '3UTR': 'untranslated',
  five_prime_utr: 'untranslated',
  three_prime_utr: 'untranslated',
  five_prime_UTR: 'untranslated',
  three_prime_UTR: 'untranslated',
};

/** What a feature of this type says of its transcript; undefined for other features. */
export function transcriptPart(type: string): Part | undefined {
  return Object.hasOwn(parts, type) ? parts[type] : undefined;
}

/** Collects the parts of a transcript. */
export class TranscriptBlocks {
  readonly #exons: TranscriptBlock[] = [];
  readonly #coding: CodingBlock[] = [];
  readonly #stopCodons: CodingBlock[] = [];
  readonly #untranslated: TranscriptBlock[] = [];

  get isEmpty(): boolean {
    return (
      this.#exons.length + this.#coding.length + this.#untranslated.length === 0 &&
      this.#stopCodons.length === 0
    );
  }

  add(part: Part, { start, end, phase }: Pick<GffRecord, 'start' | 'end' | 'phase'>): void {
    if (part === 'exon') this.#exons.push({ start, end });
    else if (part === 'untranslated') this.#untranslated.push({ start, end });
    else {
      const block = phase === undefined ? { start, end } : { start, end, phase };
      (part === 'coding' ? this.#coding : this.#stopCodons).push(block);
    }
  }

  /**
   * Ends, exons and coding stretches by position.
   *
   * @param feature the transcript itself, where the file has it
   */
  finish(
    strand: GffRecord['strand'],
    feature: TranscriptBlock | undefined,
  ): Pick<Transcript, 'start' | 'end' | 'exons' | 'coding'> {
    const coding = withStopCodons(this.#coding, this.#stopCodons, strand);
    const exons =
      this.#exons.length > 0
        ? distinct(this.#exons)
        : stretched(union([...coding, ...this.#untranslated]), feature);
    const start = exons[0]?.start ?? feature?.start ?? 0;
    const end = exons.reduce((furthest, exon) => Math.max(furthest, exon.end), start);
    return { start, end, exons, coding };
  }
}

function byPosition(a: TranscriptBlock, b: TranscriptBlock): number {
  return a.start - b.start || a.end - b.end;
}

/** Sorted, without repetitions. */
function distinct(blocks: readonly TranscriptBlock[]): TranscriptBlock[] {
  const sorted = [...blocks].sort(byPosition);
  return sorted.filter(({ start, end }, i) => {
    const before = sorted[i - 1];
    return before === undefined || before.start !== start || before.end !== end;
  });
}

/** The stretches that the blocks cover. */
function union(blocks: readonly TranscriptBlock[]): TranscriptBlock[] {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of [...blocks].sort(byPosition)) {
    const last = joined.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  return joined;
}

/** The first and the last exon made to reach the ends of the transcript. */
function stretched(
  exons: readonly TranscriptBlock[],
  feature: TranscriptBlock | undefined,
): TranscriptBlock[] {
  if (feature === undefined) return [...exons];
  if (exons.length === 0) return [{ start: feature.start, end: feature.end }];
  return exons.map(({ start, end }, i) => ({
    start: i === 0 ? Math.min(start, feature.start) : start,
    end: i === exons.length - 1 ? Math.max(end, feature.end) : end,
  }));
}

/**
 * Coding stretches that contain the stop codon: its bases join the stretch that they touch; a piece
 * in an exon of its own is a stretch of its own.
 */
function withStopCodons(
  coding: readonly CodingBlock[],
  stopCodons: readonly CodingBlock[],
  strand: GffRecord['strand'],
): CodingBlock[] {
  if (stopCodons.length === 0) return [...coding].sort(byPosition);
  const pieces = [
    ...coding.map((block) => ({ block, isStop: false })),
    ...stopCodons.map((block) => ({ block, isStop: true })),
  ].sort((a, b) => byPosition(a.block, b.block));
  const joined: typeof pieces = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    const touches = last !== undefined && piece.block.start <= last.block.end;
    if (!touches || !(last.isStop || piece.isStop)) {
      joined.push(piece);
      continue;
    }
    const start = last.block.start;
    const end = Math.max(last.block.end, piece.block.end);
    // The phase is that of the piece at the 5' end, of the coding stretch where both begin there.
    const both = last.isStop ? [piece, last] : [last, piece];
    const first = both.find(({ block }) =>
      strand === '-' ? block.end === end : block.start === start,
    );
    const phase = first?.block.phase;
    joined.splice(-1, 1, {
      block: phase === undefined ? { start, end } : { start, end, phase },
      isStop: last.isStop && piece.isStop,
    });
  }
  return joined.map(({ block }) => block);
}
