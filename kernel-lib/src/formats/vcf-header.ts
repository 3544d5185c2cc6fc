import { InputError } from '../core/errors.ts';
import { quoted } from './line-place.ts';

/** The types that a VCF header can declare. */
export type VcfType = 'Integer' | 'Float' | 'Flag' | 'Character' | 'String';

/** What a VCF header says of a key of INFO or FORMAT. */
export interface VcfField {
  /** Values: a number, or `A` (one for each ALT), `R` (each allele), `G` (each genotype), `.` (any), … */
  readonly number: number | string;
  readonly type: VcfType;
  readonly description: string;
}

/** A contig of a VCF header. */
export interface VcfContig {
  readonly name: string;
  /** In bases, where the header says. */
  readonly length?: number;
}

/** The header of a VCF file. */
export interface VcfHeader {
  /** For example `4.2`. */
  readonly version: string;
  readonly contigs: readonly VcfContig[];
  readonly info: ReadonlyMap<string, VcfField>;
  readonly format: ReadonlyMap<string, VcfField>;
  /** Descriptions of the filters by name. */
  readonly filters: ReadonlyMap<string, string>;
  /** In the order of the columns. */
  readonly samples: readonly string[];
  /** All lines that begin with `##`, as they are in the file. */
  readonly lines: readonly string[];
}

const COLUMNS = ['#CHROM', 'POS', 'ID', 'REF', 'ALT', 'QUAL', 'FILTER', 'INFO'];
const types: readonly VcfType[] = ['Integer', 'Float', 'Flag', 'Character', 'String'];

/** Reads the header of a VCF file line by line (VCF specification 4.5, section 1.4). */
export class VcfHeaderReader {
  readonly #file: string;
  readonly #lines: string[] = [];
  readonly #contigs: VcfContig[] = [];
  readonly #info = new Map<string, VcfField>();
  readonly #format = new Map<string, VcfField>();
  readonly #filters = new Map<string, string>();
  #version: string | undefined;
  #lineNumber = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Takes the next line. @returns the header when the line was the last of it */
  next(line: string): VcfHeader | undefined {
    this.#lineNumber++;
    if (this.#version === undefined) this.#version = this.#parseVersion(line);
    else if (line.startsWith('##')) this.#parseMeta(line);
    else return this.#finish(line, this.#version);
    this.#lines.push(line);
    return undefined;
  }

  /** The error of a file that ends before its header does. */
  cutShort(): InputError {
    return new InputError({
      where: this.#file,
      found: this.#version === undefined ? 'an empty file' : 'no heading line and no records',
      expected: "a VCF file: '##fileformat=VCFv4.x', further lines with ##, and '#CHROM …'",
    });
  }

  #error(found: string, expected: string, fix?: string): InputError {
    return new InputError({
      where: `${this.#file}, line ${String(this.#lineNumber)}`,
      found,
      expected,
      fix,
    });
  }

  #parseVersion(line: string): string {
    const version = /^##fileformat=VCFv(4\.\d)\s*$/.exec(line)?.[1];
    if (version !== undefined) return version;
    const isBcf = line.startsWith('BCF');
    throw this.#error(
      isBcf ? 'a BCF file' : quoted(line),
      "'##fileformat=VCFv4.0' to 4.5 on the first line",
      isBcf ? 'Convert it: bcftools view -O z -o calls.vcf.gz.' : undefined,
    );
  }

  #parseMeta(line: string): void {
    const [, key = '', value = ''] = /^##([^=]+)=(.*)$/s.exec(line) ?? [];
    if (!['INFO', 'FORMAT', 'FILTER', 'contig'].includes(key)) return;
    if (!value.startsWith('<') || !value.trimEnd().endsWith('>')) {
      throw this.#error(quoted(line), `##${key}=<ID=…>`);
    }
    const entries = parseStructure(value.trimEnd().slice(1, -1));
    const id = entries?.get('ID') ?? '';
    if (entries === undefined || id === '') throw this.#error(quoted(line), `##${key}=<ID=…>`);
    if (key === 'contig') this.#contigs.push(this.#parseContig(id, entries.get('length')));
    else if (key === 'FILTER') this.#filters.set(id, entries.get('Description') ?? '');
    else (key === 'INFO' ? this.#info : this.#format).set(id, this.#parseField(id, entries));
  }

  #parseContig(name: string, text: string | undefined): VcfContig {
    if (text === undefined || text === '') return { name };
    const length = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(length)) return { name, length };
    throw this.#error(`length=${text} of contig ${name}`, 'a whole number');
  }

  #parseField(id: string, entries: ReadonlyMap<string, string>): VcfField {
    const number = entries.get('Number') ?? '.';
    const typeText = entries.get('Type') ?? '';
    const type = types.find((each) => each.toLowerCase() === typeText.toLowerCase());
    if (type === undefined) {
      throw this.#error(`Type=${typeText} of ${id}`, types.join(', '));
    }
    if (!/^(\d{1,9}|-1|[A-Z]{1,2}|\.)$/.test(number)) {
      throw this.#error(`Number=${number} of ${id}`, "a whole number, A, R, G or '.'");
    }
    return {
      number: /^\d+$/.test(number) ? Number(number) : number === '-1' ? '.' : number,
      type,
      description: entries.get('Description') ?? '',
    };
  }

  #finish(line: string, version: string): VcfHeader {
    const columns = line.trimEnd().split('\t');
    const wrong = COLUMNS.findIndex((name, i) => columns[i] !== name);
    if (wrong >= 0 || (columns.length > 8 && columns[8] !== 'FORMAT')) {
      throw this.#error(quoted(line), `the heading line '${COLUMNS.join(' ')}', separated by tabs`);
    }
    const samples = columns.slice(9);
    const seen = new Set<string>();
    for (const name of samples) {
      if (!seen.has(name)) {
        seen.add(name);
        continue;
      }
      throw this.#error(`the sample ${quoted(name)} for a second time`, 'each sample once');
    }
    return {
      version,
      contigs: this.#contigs,
      info: this.#info,
      format: this.#format,
      filters: this.#filters,
      samples,
      lines: this.#lines,
    };
  }
}

/** `ID=x,Number=1,Description="a, \"b\""`; undefined where quotes do not end. */
function parseStructure(text: string): Map<string, string> | undefined {
  const entries = new Map<string, string>();
  for (let position = 0; position < text.length;) {
    const equals = text.indexOf('=', position);
    if (equals < 0) return undefined;
    const key = text.slice(position, equals).trim();
    let end: number;
    let value: string;
    if (text.charAt(equals + 1) === '"') {
      end = equals + 2;
      while (end < text.length && text.charAt(end) !== '"')
        end += text.charAt(end) === '\\' ? 2 : 1;
      if (end >= text.length) return undefined;
      value = text.slice(equals + 2, end).replace(/\\(["\\])/g, '$1');
      const comma = text.indexOf(',', end);
      end = comma < 0 ? text.length : comma;
    } else {
      const comma = text.indexOf(',', equals);
      end = comma < 0 ? text.length : comma;
      value = text.slice(equals + 1, end).trim();
    }
    if (!entries.has(key)) entries.set(key, value);
    position = end + 1;
  }
  return entries;
}
