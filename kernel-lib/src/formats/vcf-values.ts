import type { VcfField, VcfType } from './vcf-header.ts';
import { quoted, type Column, type LinePlace } from './line-place.ts';

/**
 * A value of INFO or of a sample: `true` for a flag, one value where the header says Number=1, else a
 * list, in which a missing value (`.`) is undefined.
 */
export type VcfValue = true | number | string | readonly (number | string | undefined)[];

/**
 * Keys that need no declaration: VCF specification 4.5, tables 1 and 2 and section 3.
 * `name Number Type`, separated by commas.
 */
const reservedInfo = fieldsOf(
  'AA 1 String,AC A Integer,AD R Integer,ADF R Integer,ADR R Integer,AF A Float,AN 1 Integer,' +
    'BQ 1 Float,CIGAR A String,DB 0 Flag,DP 1 Integer,END 1 Integer,H2 0 Flag,H3 0 Flag,' +
    'MQ 1 Float,MQ0 1 Integer,NS 1 Integer,SB . String,SOMATIC 0 Flag,VALIDATED 0 Flag,' +
    '1000G 0 Flag,IMPRECISE 0 Flag,NOVEL 0 Flag,SVTYPE 1 String,SVLEN . Integer,' +
    'CIPOS . Integer,CIEND . Integer,HOMLEN A Integer,HOMSEQ A String,BKPTID A String,' +
    'MATEID A String,PARID A String,EVENT A String,EVENTTYPE A String,CN A Float',
);
const reservedFormat = fieldsOf(
  'AD R Integer,ADF R Integer,ADR R Integer,DP 1 Integer,EC A Integer,FT 1 String,GL G Float,' +
    'GP G Float,GQ 1 Integer,GT 1 String,HQ 2 Integer,LEN 1 Integer,MQ 1 Integer,PL G Integer,' +
    'PP G Integer,PQ 1 Integer,PS 1 Integer,PSL P String,PSO P Integer,PSQ P Integer,CN 1 Float,' +
    'CNQ 1 Float,CNL G Float,CNP G Float,NQ 1 Integer,HAP 1 Integer,AHAP 1 Integer',
);

function fieldsOf(text: string): ReadonlyMap<string, VcfField> {
  return new Map(
    text.split(',').map((item): [string, VcfField] => {
      const [name = '', number = '.', type = 'String'] = item.split(' ');
      const count = /^\d+$/.test(number) ? Number(number) : number;
      return [name, { number: count, type: type as VcfType, description: '' }];
    }),
  );
}

/** What a key of INFO is: as the header says, else as the specification does. */
export function infoField(key: string, declared: ReadonlyMap<string, VcfField>) {
  return declared.get(key) ?? reservedInfo.get(key);
}

/** What a key of FORMAT is: as the header says, else as the specification does. */
export function formatField(key: string, declared: ReadonlyMap<string, VcfField>) {
  return declared.get(key) ?? reservedFormat.get(key);
}

const codes: Readonly<Record<string, string>> = {
  '%3A': ':',
  '%3B': ';',
  '%3D': '=',
  '%25': '%',
  '%2C': ',',
  '%0D': '\r',
  '%0A': '\n',
  '%09': '\t',
};

/** Decodes the characters that have a meaning of their own in VCF 4.3 and later (section 1.2). */
export function decodeVcfText(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%(3A|3B|3D|25|2C|0D|0A|09)/gi, (code) => codes[code.toUpperCase()] ?? code);
}

/** A number as VCF writes it, infinite and not-a-number too (section 1.3). */
export function vcfNumber(text: string, place: LinePlace, column: Column): number {
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(text)) return NaN;
  return place.number(text, column);
}

/** How texts become values: where they are, and whether percent codes are decoded. */
export interface VcfValueContext {
  readonly place: LinePlace;
  readonly column: Column;
  readonly decodes: boolean;
}

/** The value of a key; undefined for a missing one. A key that nothing declares is a list of texts. */
export function parseVcfValue(
  key: string,
  text: string,
  field: VcfField | undefined,
  context: VcfValueContext,
): VcfValue | undefined {
  if (field?.type === 'Flag') return true;
  if (text === '.' || text === '') return undefined;
  const isText = field === undefined || field.type === 'String' || field.type === 'Character';
  if (field?.number === 1) {
    // Texts with commas that should have been percent codes are common.
    return isText ? decoded(text, context) : number(key, text, field.type, context);
  }
  return text.split(',').map((item) => {
    if (item === '.') return undefined;
    return isText ? decoded(item, context) : number(key, item, field.type, context);
  });
}

function decoded(text: string, { decodes }: VcfValueContext): string {
  return decodes ? decodeVcfText(text) : text;
}

function number(key: string, text: string, type: VcfType, context: VcfValueContext): number {
  const { place, column } = context;
  if (type === 'Float') return vcfNumber(text, place, [column[0], `${column[1]}, ${key}`]);
  const value = Number(text);
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw place.error(
    {
      found: quoted(text),
      expected: 'a whole number, as the header says (Type=Integer)',
      fix: `If the values are right, mend the header's line of ${key}.`,
    },
    [column[0], `${column[1]}, ${key}`],
  );
}
