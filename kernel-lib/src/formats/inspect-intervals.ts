import { formatCell } from '../core/table-view.ts';
import type { GenomeContigs } from './inspect-genome.ts';
import { MOST_ROWS, type Inspection, type InspectedContig } from './inspect-report.ts';
import { WholeNumberSummary } from './inspect-statistics.ts';
import { countOf, percent } from './inspect-views.ts';

/** An interval of a record, and where it stands. */
export interface PlacedInterval {
  readonly chrom: string;
  readonly start: number;
  readonly end: number;
  readonly strand?: string;
}

interface ContigSummary {
  readonly name: string;
  records: number;
  bases: number;
  start: number;
  end: number;
  /** Start of the record before. */
  last: number;
  /** Records beyond the end of the genome's contig, and the first of them. */
  beyond: number;
  firstBeyond: string;
}

/** What intervals without end of their own are called, and how they must lie. */
export interface IntervalRules {
  /** What a record is called: `region`, `variant`, … */
  readonly unit: string;
  /** Whether a file that is not sorted is wrong. */
  readonly mustBeSorted: boolean;
  /** Whether records that overlap are wrong. */
  readonly mayOverlap: boolean;
}

/** Lengths, strands, order, overlaps and contigs of the records of a file, in flat memory. */
export class IntervalSummary {
  readonly contigs = new Map<string, ContigSummary>();
  readonly lengths = new WholeNumberSummary();
  readonly #inspection: Inspection;
  readonly #genome: GenomeContigs | undefined;
  readonly #rules: IntervalRules;
  readonly #strands = new Map<string, number>();
  #count = 0;
  #otherContigs = 0;
  #current: ContigSummary | undefined;
  #unsorted = 0;
  #firstUnsorted = '';
  #overlapping = 0;
  #firstOverlap = '';

  constructor(
    inspection: Inspection,
    genome: GenomeContigs | undefined,
    rules: Partial<IntervalRules> = {},
  ) {
    this.#inspection = inspection;
    this.#genome = genome;
    this.#rules = { unit: 'region', mustBeSorted: false, mayOverlap: true, ...rules };
  }

  get count(): number {
    return this.#count;
  }

  /** @param where gives the place of the record, for messages */
  add({ chrom, start, end, strand }: PlacedInterval, where: () => string): void {
    this.#count++;
    this.lengths.add(end - start);
    if (strand !== undefined) this.#strands.set(strand, (this.#strands.get(strand) ?? 0) + 1);
    let contig = this.#current;
    if (contig?.name !== chrom) {
      contig = this.contigs.get(chrom);
      // A contig that comes back: its records are not in one piece.
      if (contig !== undefined) this.#markUnsorted(where);
      else if (this.contigs.size >= MOST_ROWS) {
        this.#otherContigs++;
        return;
      } else {
        contig = this.#newContig(chrom, start);
        this.contigs.set(chrom, contig);
      }
      this.#current = contig;
    } else if (start < contig.last) this.#markUnsorted(where);
    if (contig.records > 0 && start < contig.end && end > start) {
      this.#overlapping++;
      if (this.#overlapping === 1) this.#firstOverlap = where();
    }
    contig.records++;
    contig.bases += end - start;
    contig.start = Math.min(contig.start, start);
    contig.end = Math.max(contig.end, end);
    contig.last = start;
    const length = this.#genome?.lengths.get(chrom);
    if (length !== undefined && end > length) {
      contig.beyond++;
      if (contig.beyond === 1) contig.firstBeyond = where();
    }
  }

  /** Adds the facts, the contigs and the problems to the report. */
  finish(): void {
    const inspection = this.#inspection;
    const { unit } = this.#rules;
    inspection.records = this.#count;
    inspection.fact(`${unit}s`, this.#count);
    if (this.#count === 0) return;
    const more = this.#otherContigs > 0 ? 'more than ' : '';
    inspection.fact('contigs', `${more}${formatCell(this.contigs.size)}`);
    inspection.fact('lengths', this.lengths.text(' bases'));
    if (this.#strands.size > 0) {
      const strands = [...this.#strands].sort(([a], [b]) => (a < b ? -1 : 1));
      inspection.fact(
        'strands',
        strands
          .map(
            ([strand, count]) =>
              `${strand === '-' ? '−' : strand} ${formatCell(count)} (${percent(count, this.#count)})`,
          )
          .join(', '),
      );
    }
    this.#finishOrder();
    inspection.lists.contigs = [...this.contigs.values()].map(
      ({ name, records, bases, start, end }): InspectedContig => ({
        name,
        records,
        bases,
        start,
        end,
        ...lengthOf(this.#genome, name),
      }),
    );
    for (const contig of this.contigs.values()) this.#reportBeyond(contig);
  }

  #newContig(name: string, start: number): ContigSummary {
    return {
      name,
      records: 0,
      bases: 0,
      start,
      end: 0,
      last: start,
      beyond: 0,
      firstBeyond: '',
    };
  }

  #markUnsorted(where: () => string): void {
    this.#unsorted++;
    if (this.#unsorted === 1) this.#firstUnsorted = where();
  }

  #finishOrder(): void {
    const inspection = this.#inspection;
    const { unit, mustBeSorted, mayOverlap } = this.#rules;
    const place = shortPlace(inspection.name, this.#firstUnsorted);
    if (this.#unsorted === 0) inspection.fact('sorted', 'by contig and start');
    else inspection.fact('sorted', `no, first at ${place}`);
    if (this.#unsorted > 0 && mustBeSorted) {
      inspection.problem({
        where: this.#firstUnsorted,
        found: `${countOf(this.#unsorted, unit)} out of order, this one first`,
        expected: 'each contig in one piece, sorted by start',
        fix: 'Sort the file.',
      });
    }
    if (this.#unsorted > 0) return;
    inspection.fact(
      'overlaps',
      this.#overlapping === 0
        ? 'none'
        : `${countOf(this.#overlapping, unit)} (${percent(this.#overlapping, this.#count)}) ${this.#overlapping === 1 ? 'overlaps' : 'overlap'} one before`,
    );
    if (mayOverlap || this.#overlapping === 0) return;
    inspection.problem({
      where: this.#firstOverlap,
      found: `${countOf(this.#overlapping, unit)} that ${this.#overlapping === 1 ? 'overlaps' : 'overlap'} one before, this one first`,
      expected: 'one value for each base',
      fix: 'Merge what overlaps.',
    });
  }

  #reportBeyond({ name, beyond, firstBeyond }: ContigSummary): void {
    if (beyond === 0) return;
    const length = this.#genome?.lengths.get(name) ?? 0;
    this.#inspection.problem({
      where: firstBeyond,
      found: `${countOf(beyond, this.#rules.unit)} beyond the end of ${name}, this one first`,
      expected: `ends of at most ${formatCell(length)}, the length in ${this.#genome?.name ?? ''}`,
      fix: 'The file may belong to another assembly.',
    });
  }
}

function lengthOf(genome: GenomeContigs | undefined, name: string): { length?: number } {
  const length = genome?.lengths.get(name);
  return length === undefined ? {} : { length };
}

function shortPlace(file: string, where: string): string {
  return where.startsWith(`${file}, `) ? where.slice(file.length + 2) : where;
}
