import { InputError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { Interval } from '../sequence/interval.ts';
import { quoted, type Column, type LinePlace } from './line-place.ts';
import type { VcfHeader } from './vcf-header.ts';
import { formatField, infoField, parseVcfValue, vcfNumber, type VcfValue } from './vcf-values.ts';

/** The alleles that a sample has. */
export interface VcfGenotype {
  readonly sample: string;
  /** 0 for REF, 1 for the first of ALT and so on; undefined for one that is not known. */
  readonly alleles: readonly (number | undefined)[];
  /** Whether it is known which chromosome each allele is on. */
  readonly phased: boolean;
}

const INFO: Column = [8, 'INFO'];

/** A record of a VCF file: 0-based, half-open. */
export class VcfRecord implements Interval {
  readonly chrom: string;
  /** −1 for POS 0, the telomere before the first base. */
  readonly start: number;
  /**
   * End of what the record is about: of REF, or for symbolic alleles what END says, else SVLEN, else
   * LEN of the samples.
   */
  readonly end: number;
  /** Identifiers, none for `.`. */
  readonly id: readonly string[];
  readonly ref: string;
  /** Alternative alleles, none for `.`. */
  readonly alt: readonly string[];
  /** −10 log10 of the probability that ALT is wrong. */
  readonly quality?: number;
  /** `['PASS']`, or the filters that failed; undefined where filters were not applied (`.`). */
  readonly filter?: readonly string[];
  /** Values by key, in the types that the header says; without those that are missing (`.`). */
  readonly info: Readonly<Record<string, VcfValue>>;
  readonly #header: VcfHeader;
  readonly #samples: string;
  readonly #place: LinePlace;

  /**
   * @param line a line with records' columns
   * @param place of the line; a reader goes on using it
   */
  constructor(line: string, header: VcfHeader, place: LinePlace) {
    const [fields, samples] = splitColumns(line, header, place);
    const [chrom = '', pos = '', id = '', ref = '', alt = '', quality = '', filter = ''] = fields;
    if (chrom === '') throw place.error({ found: 'no chromosome in column 1' });
    this.#header = header;
    this.#samples = samples;
    this.#place = place.copy();
    this.chrom = chrom;
    this.start = place.wholeNumber(pos, [2, 'POS']) - 1;
    this.id = id === '.' ? [] : id.split(';');
    if (!/^[A-Za-z]+$/.test(ref)) {
      throw place.error({ found: quoted(ref), expected: 'bases' }, [4, 'REF']);
    }
    this.ref = ref;
    this.alt = alt === '.' ? [] : alt.split(',');
    if (this.alt.some((allele) => allele === '' || /\s/.test(allele))) {
      throw place.error({ found: quoted(alt), expected: "alleles, or '.'" }, [5, 'ALT']);
    }
    if (quality !== '.') this.quality = vcfNumber(quality, place, [6, 'QUAL']);
    if (filter !== '.') this.filter = filter.split(';');
    this.info = parseInfo(fields[7] ?? '', header, place);
    this.end = this.#findEnd();
  }

  /** The alleles of each sample (GT), in the order of the header; parsed at each call. */
  genotypes(): VcfGenotype[] {
    const { samples } = this.#header;
    const [format = '', ...texts] = this.#samples === '' ? [] : this.#samples.split('\t');
    const index = format.split(':').indexOf('GT');
    if (index < 0) return [];
    return samples.map((sample, i) => {
      const text = texts[i]?.split(':')[index] ?? '.';
      const column = [10 + i, sample] as const;
      return { sample, ...parseGenotype(text, this.alt.length, this.#place, column) };
    });
  }

  /**
   * All values of a sample by key, in the types that the header says; parsed at each call.
   *
   * @throws InputError for a sample that the file does not have
   */
  sample(name: string): Readonly<Record<string, VcfValue>> {
    const { samples, version, format } = this.#header;
    const index = samples.indexOf(name);
    if (index < 0) {
      const match = nearest(name, samples);
      throw new InputError({
        where: this.#place.file,
        found: `no sample '${name}'`,
        fix:
          match === undefined
            ? `It has ${String(samples.length)} samples.`
            : `Did you mean '${match}'?`,
      });
    }
    const values = Object.create(null) as Record<string, VcfValue>;
    if (this.#samples === '') return values;
    const columns = this.#samples.split('\t');
    const texts = (columns[index + 1] ?? '').split(':');
    const context = {
      place: this.#place,
      column: [10 + index, name] as const,
      decodes: decodes(version),
    };
    for (const [i, key] of (columns[0] ?? '').split(':').entries()) {
      const value = parseVcfValue(key, texts[i] ?? '.', formatField(key, format), context);
      if (value !== undefined) values[key] = value;
    }
    return values;
  }

  #findEnd(): number {
    const ofReference = this.start + this.ref.length;
    const { END: end, SVLEN: lengths } = this.info;
    // Some callers give END of the mate of a translocation, before POS: then it is none.
    if (typeof end === 'number' && end >= this.start + 1) return end;
    let furthest = ofReference;
    for (const [i, allele] of this.alt.entries()) {
      // Positions of symbolic alleles are those of the base before them (section 1.6.1, ALT).
      if (/^<(DEL|DUP|INV|CNV)\b/.test(allele)) {
        const length = typeof lengths === 'object' ? lengths[i] : lengths;
        if (typeof length !== 'number') continue;
        furthest = Math.max(furthest, this.start + 1 + Math.abs(length));
      } else if (allele === '<*>') {
        for (const length of this.#lengths()) furthest = Math.max(furthest, this.start + length);
      }
    }
    return furthest;
  }

  /** LEN of the samples. */
  #lengths(): number[] {
    const [format = '', ...texts] = this.#samples.split('\t');
    const index = format.split(':').indexOf('LEN');
    if (index < 0) return [];
    return texts.map((text) => Number(text.split(':')[index])).filter(Number.isSafeInteger);
  }
}

/** VCF 4.3 and later have percent codes. */
const decodes = (version: string): boolean => Number(version) >= 4.3;

/** The first eight columns, and the rest, FORMAT and samples, as one text. */
function splitColumns(
  line: string,
  { samples }: VcfHeader,
  place: LinePlace,
): [fields: string[], samples: string] {
  const fields: string[] = [];
  let position = 0;
  while (fields.length < 8) {
    const tab = line.indexOf('\t', position);
    fields.push(line.slice(position, tab < 0 ? line.length : tab));
    position = tab < 0 ? line.length + 1 : tab + 1;
    if (tab < 0) break;
  }
  const rest = line.slice(position);
  let columns = position > line.length ? fields.length : fields.length + 1;
  for (let tab = rest.indexOf('\t'); tab >= 0; tab = rest.indexOf('\t', tab + 1)) columns++;
  const expected = samples.length === 0 ? 8 : 9 + samples.length;
  // A heading with FORMAT but without samples has nine columns.
  if (columns === expected || (samples.length === 0 && columns === 9)) return [fields, rest];
  throw place.error({
    found: `${String(columns)} ${columns === 1 ? 'column' : 'columns'}`,
    expected: `${String(expected)} as in the heading line, separated by tabs`,
  });
}

function parseInfo(
  text: string,
  { info, version }: VcfHeader,
  place: LinePlace,
): Record<string, VcfValue> {
  const values = Object.create(null) as Record<string, VcfValue>;
  if (text === '.' || text === '') return values;
  const context = { place, column: INFO, decodes: decodes(version) };
  for (const item of text.split(';')) {
    if (item === '') continue;
    const equals = item.indexOf('=');
    const key = equals < 0 ? item : item.slice(0, equals);
    if (key in values) {
      throw place.error({ found: `${key} for a second time`, expected: 'each key once' }, INFO);
    }
    const value =
      equals < 0 ? true : parseVcfValue(key, item.slice(equals + 1), infoField(key, info), context);
    if (value !== undefined) values[key] = value;
  }
  return values;
}

/** `0/1`, `1|0`, `.`, `1`; since VCF 4.4 also with a separator before the first allele. */
function parseGenotype(
  text: string,
  alternatives: number,
  place: LinePlace,
  column: Column,
): Omit<VcfGenotype, 'sample'> {
  const texts = text.replace(/^[/|]/, '').split(/[/|]/);
  const alleles = texts.map((allele) => {
    if (allele === '.') return undefined;
    const number = Number(allele);
    if (/^\d+$/.test(allele) && number <= alternatives) return number;
    throw place.error(
      {
        found: `the genotype ${quoted(text)}`,
        expected: `alleles 0 to ${String(alternatives)} or '.', separated by / or |`,
      },
      column,
    );
  });
  // The chromosome of a single allele is no question, unless the file says so.
  return { alleles, phased: !text.includes('/') && texts[0] !== '.' };
}
