import { duplicateName, emptyFasta, namelessRecord, notFasta } from './fasta-index.ts';
import type { FastaIndexEntry } from './fasta-index.ts';
import { streamFastq } from './fastq.ts';
import { FastaScanner, type FastaScanRecord } from './inspect-fasta-scan.ts';
import { checkContigs, type GenomeContigs } from './inspect-genome.ts';
import { inspectFastaIndex } from './inspect-indexes.ts';
import { MOST_ROWS, type Inspection, type InspectedContig } from './inspect-report.ts';
import { WholeNumberSummary } from './inspect-statistics.ts';
import { countOf, percent } from './inspect-views.ts';
import { streamBytes } from './read-bytes.ts';
import { openTwoBit } from './two-bit.ts';

type Genome = GenomeContigs | undefined;

const NUCLEOTIDES = 'ACGTUNRYSWKMBDHV';
const isLetter = (code: number): boolean => code >= 65 && code <= 90;
/** A gap, a stop, an unknown letter. */
const SIGNS = '-.*';

/** Counts of letters, upper and lower case together. */
function upperCounts(letters: Uint32Array | Float64Array): Float64Array {
  const counts = new Float64Array(256);
  // Plain loops: this is done for each of perhaps millions of records.
  for (let code = 0; code < 256; code++) {
    const count = letters[code] ?? 0;
    const upper = code >= 97 && code <= 122 ? code - 32 : code;
    counts[upper] = (counts[upper] ?? 0) + count;
  }
  return counts;
}

const of = (counts: Float64Array, letters: string): number =>
  Array.from(letters).reduce((sum, letter) => sum + (counts[letter.charCodeAt(0)] ?? 0), 0);

type Alphabet = 'DNA' | 'RNA' | 'protein';

/** What the letters of all sequences are; bases where at least nine in ten letters are. */
function alphabetOf(counts: Float64Array): Alphabet {
  const letters = counts.reduce((sum, count, code) => sum + (isLetter(code) ? count : 0), 0);
  const plain = of(counts, 'ACGTUN');
  const isNucleic = plain >= 0.9 * letters || of(counts, NUCLEOTIDES) === letters;
  if (!isNucleic) return 'protein';
  return of(counts, 'U') > of(counts, 'T') ? 'RNA' : 'DNA';
}

function contigOf({ name, length }: FastaScanRecord, counts: Float64Array): InspectedContig {
  const bases = of(counts, 'ACGTU');
  return {
    name,
    length,
    ...(bases === 0 ? {} : { gc: of(counts, 'GC') / bases }),
    unknown: of(counts, 'N'),
  };
}

/** The records of a FASTA file: one pass, whatever is wrong with them. */
export async function inspectFasta(inspection: Inspection, genome: Genome): Promise<void> {
  const { name } = inspection;
  const contigs: InspectedContig[] = [];
  const entries: FastaIndexEntry[] = [];
  const names = new Set<string>();
  const lengths = new WholeNumberSummary();
  const widths = new WholeNumberSummary();
  const total = new Float64Array(256);
  let unequal: FastaScanRecord | undefined;
  let empty = 0;
  const scanner = new FastaScanner((record) => {
    const where = `${name}, line ${String(record.line)}`;
    if (record.name === '') inspection.caught(namelessRecord(where));
    else if (names.has(record.name)) inspection.caught(duplicateName(where, record.name));
    names.add(record.name);
    lengths.add(record.length);
    if (record.length > 0) widths.add(record.lineBases);
    else empty++;
    if (!record.hasEqualLines) unequal ??= record;
    for (let code = 0; code < 256; code++) {
      total[code] = (total[code] ?? 0) + (record.letters[code] ?? 0);
    }
    const counts = upperCounts(record.letters);
    const wrong = counts.findIndex(
      (count, code) => count > 0 && !isLetter(code) && !SIGNS.includes(String.fromCharCode(code)),
    );
    if (wrong >= 0) reportSign(inspection, record, wrong, counts[wrong] ?? 0);
    if (contigs.length >= MOST_ROWS) return;
    contigs.push(contigOf(record, counts));
    const { length, offset, lineBases, lineBytes } = record;
    entries.push({ name: record.name, length, offset, lineBases, lineBytes });
  });
  const isWhole = await inspection.attempt(async () => {
    let isFirst = true;
    for await (const chunk of streamBytes(inspection.source)) {
      if (isFirst && chunk[0] !== 62) throw notFasta(name, chunk[0]);
      isFirst = false;
      scanner.add(chunk);
      await inspection.step(lengths.count, 'sequences');
    }
    if (isFirst) throw emptyFasta(name);
  });
  scanner.end();
  inspection.records = lengths.count;
  if (lengths.count === 0) return;
  const counts = upperCounts(total);
  const alphabet = alphabetOf(counts);
  reportLetters(inspection, counts, total, alphabet, lengths);
  if (empty > 0) inspection.fact('without letters', countOf(empty, 'sequence'));
  inspection.fact('line width', unequal === undefined ? widths.text() : 'not equal');
  if (unequal !== undefined) {
    inspection.fact(
      'random access',
      `not possible: '${unequal.name}' has lines of unequal length; writeFasta mends that`,
    );
  }
  inspection.lists.contigs =
    alphabet === 'protein' ? contigs.map(({ name, length = 0 }) => ({ name, length })) : contigs;
  checkContigs(inspection, contigs, genome);
  const isComparable = isWhole && unequal === undefined && lengths.count <= MOST_ROWS;
  await inspectFastaIndex(inspection, isComparable ? entries : undefined);
}

function reportSign(
  inspection: Inspection,
  { name, line }: FastaScanRecord,
  code: number,
  count: number,
): void {
  const sign =
    code > 32 && code < 127
      ? `'${String.fromCharCode(code)}'`
      : code === 32 || code === 9
        ? 'a space or tab'
        : `the byte ${String(code)}`;
  inspection.problem({
    where: `${inspection.name}, '${name}' (from line ${String(line)})`,
    found: `${sign} in the sequence${count > 1 ? `, ${countOf(count, 'time')}` : ''}`,
    expected: "letters, '-', '.' or '*'",
  });
}

function reportLetters(
  inspection: Inspection,
  counts: Float64Array,
  total: Float64Array,
  alphabet: Alphabet,
  lengths: WholeNumberSummary,
): void {
  const unit = alphabet === 'protein' ? 'residue' : 'base';
  inspection.fact('sequences', lengths.count);
  inspection.fact('alphabet', alphabet);
  inspection.fact(`${unit}s`, lengths.sum);
  inspection.fact('lengths', lengths.text());
  if (alphabet === 'protein') return;
  const [t, u] = [of(counts, 'T'), of(counts, 'U')];
  const bases = of(counts, 'ACGTU');
  inspection.fact('GC', percent(of(counts, 'GC'), bases));
  const unknown = of(counts, 'N');
  inspection.fact('N', `${unknown.toLocaleString('en-US')} (${percent(unknown, lengths.sum)})`);
  const others = of(counts, 'RYSWKMBDHV');
  if (others > 0) inspection.fact('ambiguity codes', others);
  const lower = total.subarray(97, 123).reduce((sum, count) => sum + count, 0);
  inspection.fact('lower case', percent(lower, lengths.sum));
  const { name: where } = inspection;
  if (t > 0 && u > 0) {
    inspection.problem({
      where,
      found: `both ${countOf(t, 'T', 'T')} and ${countOf(u, 'U', 'U')}`,
      expected: 'DNA or RNA',
    });
  }
  const strange = Array.from({ length: 26 }, (_, i) => String.fromCharCode(65 + i)).filter(
    (letter) => !NUCLEOTIDES.includes(letter) && of(counts, letter) > 0,
  );
  if (strange.length > 0) {
    const number = of(counts, strange.join(''));
    inspection.problem({
      where,
      found: `${countOf(number, 'letter')} that ${number === 1 ? 'is' : 'are'} no base: ${strange.join(', ')}`,
      expected: `letters of ${alphabet}: ${NUCLEOTIDES}`,
    });
  }
}

/** The reads of a FASTQ file. */
export async function inspectFastq(inspection: Inspection): Promise<void> {
  const lengths = new WholeNumberSummary();
  const qualities = new Float64Array(128);
  let bases = 0;
  let gc = 0;
  let unknown = 0;
  await inspection.attempt(async () => {
    for await (const { sequence, quality } of streamFastq(inspection.source)) {
      lengths.add(sequence.length);
      for (let i = 0; i < sequence.length; i++) {
        const letter = sequence.charCodeAt(i) & 0xdf;
        if (letter === 71 || letter === 67) gc++;
        else if (letter === 78) unknown++;
        else if (letter === 65 || letter === 84 || letter === 85) bases++;
      }
      for (const score of quality) qualities[score] = (qualities[score] ?? 0) + 1;
      if (lengths.count % 256 === 0) await inspection.step(lengths.count, 'reads');
    }
  });
  inspection.records = lengths.count;
  inspection.fact('reads', lengths.count);
  if (lengths.count === 0) {
    if (inspection.isFine) inspection.problem({ where: inspection.name, found: 'no reads' });
    return;
  }
  inspection.fact('bases', lengths.sum);
  inspection.fact('lengths', lengths.text());
  inspection.fact('GC', percent(gc, gc + bases));
  inspection.fact('N', `${unknown.toLocaleString('en-US')} (${percent(unknown, lengths.sum)})`);
  reportQualities(inspection, qualities, lengths.sum);
}

function reportQualities(inspection: Inspection, qualities: Float64Array, all: number): void {
  if (all === 0) return;
  const least = qualities.findIndex((count) => count > 0);
  const largest = qualities.findLastIndex((count) => count > 0);
  const sum = qualities.reduce((so, count, score) => so + count * score, 0);
  const good = qualities.subarray(30).reduce((so, count) => so + count, 0);
  inspection.fact(
    'quality',
    `${least === largest ? '' : `${String(least)} to `}${String(largest)}, mean ${(sum / all).toFixed(1)}; 30 or more: ${percent(good, all)}`,
  );
  // Qualities that begin at 64 look 31 better than they are.
  if (least >= 31 && largest > 45) {
    inspection.problem({
      where: inspection.name,
      found: `qualities ${String(least)} to ${String(largest)}`,
      expected: '0 to about 45',
      fix: 'They seem to begin at 64 (Illumina 1.3 to 1.7): read the file with { qualityOffset: 64 }.',
    });
  }
}

/** The sequences of a 2bit file. */
export async function inspectTwoBit(inspection: Inspection, genome: Genome): Promise<void> {
  await inspection.attempt(async () => {
    const file = await openTwoBit(inspection.source);
    try {
      const lengths = new WholeNumberSummary();
      for (const { length } of file.contigs) lengths.add(length);
      inspection.records = lengths.count;
      inspection.fact('sequences', lengths.count);
      inspection.fact('bases', lengths.sum);
      inspection.fact('lengths', lengths.text());
      inspection.lists.contigs = file.contigs.slice(0, MOST_ROWS);
      checkContigs(inspection, file.contigs, genome);
      // The record of each sequence stands before its bases: the first base of each reads them all.
      for (const [i, { name, length }] of file.contigs.entries()) {
        await inspection.attempt(async () => {
          const start = Math.max(0, length - 1);
          await file.fetch({ chrom: name, start, end: length });
        });
        await inspection.step(i, 'sequences');
      }
    } finally {
      await file.close();
    }
  });
}
