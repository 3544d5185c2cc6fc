import type { BedRecord } from '../formats/bed.ts';
import type { FastaFile } from '../formats/fasta.ts';
import { matchContigName } from '../sequence/contig-names.ts';
import type { TranscriptionStart } from '../sequence/promoter-interval.ts';
import { repeatedNames } from './repeated-names.ts';

/** How a check ended: `warning` can be trained with, `error` cannot. */
export type InputStatus = 'ok' | 'warning' | 'error';

/** One line of the check table. */
export interface InputCheckRow {
  /** What was looked at. */
  readonly check: string;
  readonly status: InputStatus;
  /** What was found, with counts. */
  readonly found: string;
  readonly expected: string;
  /** The first few names concerned. */
  readonly examples: readonly string[];
}

/** A gene of the table or a transcript of the BED file, as far as it could be read. */
export interface CheckedGene {
  readonly name: string;
  readonly chrom: string;
  readonly strand: string;
  /** 0-based, as in `TranscriptionStart`; NaN where it is missing. */
  readonly tss: number;
}

/** Names shown for a finding. */
const shownExamples = 5;

/** Counts for people: 1,093. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** A row of the check table; no concerned name means that all is well. */
export function checkRow(
  check: string,
  expected: string,
  concerned: readonly string[],
  found: (count: string) => string,
  { total, status }: { total: string; status: 'warning' | 'error' },
): InputCheckRow {
  const distinct = [...new Set(concerned)];
  return concerned.length === 0
    ? { check, status: 'ok', found: total, expected, examples: [] }
    : {
        check,
        status,
        found: found(count(concerned.length)),
        expected,
        examples: distinct.slice(0, shownExamples),
      };
}

/** Whether all chromosomes are contigs of the FASTA, with what they may be called there. */
export function checkContigs(
  source: string,
  chroms: readonly string[],
  fasta: FastaFile,
): InputCheckRow {
  const contigs = fasta.contigs.map(({ name }) => name);
  const known = new Set(contigs);
  const used = [...new Set(chroms)];
  const unknown = used.filter((chrom) => !known.has(chrom));
  const meant = unknown.map((chrom) => {
    const match = matchContigName(chrom, contigs);
    return match === undefined ? chrom : `${chrom} (in the FASTA: ${match})`;
  });
  return checkRow(
    `contigs of the ${source}`,
    `names of the FASTA, such as ${contigs.slice(0, 3).join(', ')}`,
    meant,
    (n) => `${n} of ${count(used.length)} names are not in the FASTA`,
    { total: `${count(used.length)} names, all in the FASTA`, status: 'error' },
  );
}

/** Whether windows stay on their contigs. */
export function checkWindows(
  genes: readonly CheckedGene[],
  window: { upstream: number; downstream: number; padding?: 'error' | 'unknown' },
  fasta: FastaFile,
): InputCheckRow {
  const lengths = new Map(fasta.contigs.map(({ name, length }) => [name, length]));
  const { upstream, downstream } = window;
  const placed = genes.filter(({ chrom, tss }) => lengths.has(chrom) && Number.isFinite(tss));
  const outside = placed.filter(({ chrom, strand, tss }) => {
    const [left, right] = strand === '-' ? [downstream, upstream] : [upstream, downstream];
    return tss - left < 0 || tss + right > (lengths.get(chrom) ?? 0);
  });
  return checkRow(
    'window bounds',
    `−${upstream} … +${downstream} around the start inside the contig`,
    outside.map(({ name }) => name),
    (n) => `${n} windows reach beyond the end of their contig`,
    {
      total: `${count(placed.length)} windows inside`,
      status: window.padding === 'unknown' ? 'warning' : 'error',
    },
  );
}

/** Whether intervals of the BED file lie on their contigs. */
export function checkBedBounds(records: readonly BedRecord[], fasta: FastaFile): InputCheckRow {
  const lengths = new Map(fasta.contigs.map(({ name, length }) => [name, length]));
  const outside = records.filter(({ chrom, end }) => end > (lengths.get(chrom) ?? Infinity));
  return checkRow(
    'BED bounds',
    'start and end inside the contig',
    outside.map(({ name, chrom, start }) => name ?? `${chrom}:${start}`),
    (n) => `${n} records reach beyond the end of their contig`,
    { total: `${count(records.length)} records inside`, status: 'error' },
  );
}

/** Whether a BED file is sorted: contigs together, starts rising. */
export function checkBedOrder(records: readonly BedRecord[]): InputCheckRow {
  const finished = new Set<string>();
  const concerned: string[] = [];
  let previous: BedRecord | undefined;
  for (const record of records) {
    const label = record.name ?? `${record.chrom}:${record.start}`;
    if (previous?.chrom === record.chrom) {
      if (record.start < previous.start) concerned.push(label);
    } else {
      if (previous !== undefined) finished.add(previous.chrom);
      if (finished.has(record.chrom)) concerned.push(label);
    }
    previous = record;
  }
  return checkRow(
    'BED order',
    'records of a contig together, by start',
    concerned,
    (n) => `${n} records come before the record above them`,
    { total: 'sorted', status: 'warning' },
  );
}

/** Whether every gene has a direction. */
export function checkStrands(source: string, genes: readonly CheckedGene[]): InputCheckRow {
  const wrong = genes.filter(({ strand }) => strand !== '+' && strand !== '-');
  const values = [...new Set(wrong.map(({ strand }) => `'${strand}'`))].slice(0, 3).join(', ');
  return checkRow(
    `strands of the ${source}`,
    "'+' or '-'",
    wrong.map(({ name }) => name),
    (n) => `${n} with ${values}`,
    { total: `${count(genes.length)} with a strand`, status: 'error' },
  );
}

/** Whether transcription starts are coordinates. */
export function checkStarts(genes: readonly CheckedGene[]): InputCheckRow {
  const wrong = genes.filter(({ tss }) => !(Number.isSafeInteger(tss) && tss >= 0));
  return checkRow(
    'transcription starts',
    'whole numbers from 0',
    wrong.map(({ name }) => name),
    (n) => `${n} missing or no coordinate`,
    { total: `${count(genes.length)} coordinates`, status: 'error' },
  );
}

/** Whether names occur once. */
export function checkUnique(
  source: string,
  names: readonly string[],
  status: 'warning' | 'error',
): InputCheckRow {
  return checkRow(
    `names of the ${source}`,
    'each name once',
    repeatedNames(names),
    (n) => `${n} names occur more than once`,
    { total: `${count(names.length)} different names`, status },
  );
}

/** Which genes of one file the other lacks. */
export function checkMissing(
  check: string,
  names: readonly string[],
  others: ReadonlySet<string>,
  otherSource: string,
): InputCheckRow {
  return checkRow(
    check,
    `every gene in the ${otherSource}, too`,
    names.filter((name) => !others.has(name)),
    (n) => `${n} of ${count(names.length)} are not in the ${otherSource}`,
    { total: `all ${count(names.length)} in the ${otherSource}`, status: 'warning' },
  );
}

/** Where transcription starts by a BED record. */
export function bedStart(record: BedRecord): TranscriptionStart & { name: string } {
  const { chrom, start, end, strand = '.', name = `${chrom}:${start}` } = record;
  return { name, chrom, strand, tss: strand === '-' ? end : start };
}

/** Whether table and BED put the start of a gene at the same place. */
export function checkAgreement(
  genes: readonly CheckedGene[],
  transcripts: ReadonlyMap<string, CheckedGene>,
): InputCheckRow {
  const shared = genes.filter(({ name }) => transcripts.has(name));
  const elsewhere = shared.filter(({ name, chrom, strand, tss }) => {
    const other = transcripts.get(name);
    return other?.chrom !== chrom || other.strand !== strand || other.tss !== tss;
  });
  return checkRow(
    'starts in table and BED',
    'the same chromosome, strand and start',
    elsewhere.map(({ name }) => name),
    (n) => `${n} of ${count(shared.length)} shared genes differ`,
    { total: `${count(shared.length)} shared genes agree`, status: 'warning' },
  );
}

/** Missing values, and values that are infinite or no number, in a column of the table. */
export function checkValues(
  kind: 'target' | 'feature',
  column: string,
  values: readonly unknown[],
  names: readonly string[],
  missingStatus: 'warning' | 'error',
): InputCheckRow[] {
  const isMissing = (value: unknown) =>
    value === null || value === undefined || Number.isNaN(value) || value === '';
  const missing = names.filter((_, row) => isMissing(values[row]));
  const wrongNumbers = names.flatMap((name, row) => {
    const value = values[row];
    return isMissing(value) || Number.isFinite(value) ? [] : [{ name, value }];
  });
  // One cell of text makes all cells of its column text: those are named that are no numbers.
  const causes = wrongNumbers.filter(
    ({ value }) => typeof value !== 'string' || !Number.isFinite(Number(value.trim() || NaN)),
  );
  const wrong = (causes.length > 0 ? causes : wrongNumbers).map(({ name, value }) =>
    typeof value === 'string' ? `${name}: '${value}'` : name,
  );
  const distinct = new Set(values.filter((value) => !isMissing(value))).size;
  const rows = [
    checkRow(
      `${kind} '${column}'`,
      'finite numbers',
      wrong,
      (n) => `${n} ${n === '1' ? 'value is' : 'values are'} infinite or no numbers`,
      { total: `${count(names.length - missing.length)} finite numbers`, status: 'error' },
    ),
  ];
  if (missing.length > 0) {
    const expected =
      kind === 'target'
        ? "a value for every gene; those without are left out with target.missing: 'drop'"
        : 'values; a missing one stands for the mean of training';
    rows.push(
      checkRow(
        `${kind} '${column}', missing`,
        expected,
        missing,
        (n) => `${n} ${n === '1' ? 'gene' : 'genes'} without`,
        {
          total: '',
          status: missing.length === names.length ? 'error' : missingStatus,
        },
      ),
    );
  }
  if (distinct === 1 && wrong.length === 0) {
    rows.push({
      check: `${kind} '${column}', spread`,
      status: kind === 'target' ? 'error' : 'warning',
      found: 'one and the same value for all genes',
      expected: 'values that differ',
      examples: [],
    });
  }
  return rows;
}
