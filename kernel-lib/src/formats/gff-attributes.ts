import { quoted, type LinePlace } from './line-place.ts';

type Attributes = Record<string, string[]>;

/** An object without inherited properties: attributes may be named `constructor` or `__proto__`. */
function noAttributes(): Attributes {
  return Object.create(null) as Attributes;
}

/**
 * A text of a GFF3 file with its percent codes decoded. A per cent sign that begins no code stays, as
 * in `90% identity`; codes that are no UTF-8 are decoded letter by letter.
 */
export function unescapeGff3(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (codes) => {
    const bytes = Uint8Array.from(codes.slice(1).split('%'), (code) => parseInt(code, 16));
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return Buffer.from(bytes).toString('latin1');
    }
  });
}

/**
 * The attributes of a GFF3 feature: `name=value,value;name=value`. Semicolons, commas and equals
 * signs inside are percent codes, but an equals sign after the first is kept, since many files have
 * it. An attribute without `=` has no values.
 */
export function parseGff3Attributes(text: string): Attributes {
  const attributes = noAttributes();
  if (text === '' || text === '.') return attributes;
  for (const item of text.split(';')) {
    const trimmed = item.trim();
    if (trimmed === '') continue;
    const equals = trimmed.indexOf('=');
    const name = unescapeGff3(equals < 0 ? trimmed : trimmed.slice(0, equals).trimEnd());
    const values = (attributes[name] ??= []);
    if (equals < 0) continue;
    const value = trimmed.slice(equals + 1);
    if (!value.includes(',')) values.push(unescapeGff3(value));
    else for (const each of value.split(',')) values.push(unescapeGff3(each));
  }
  return attributes;
}

/**
 * The attributes of a GTF feature: `name "value"; name 5;`. A name that occurs again, such as
 * `tag`, has several values. Semicolons within quotes belong to the value, as do quotes that no
 * semicolon follows.
 *
 * @throws InputError for quotes that do not end
 */
export function parseGtfAttributes(text: string, place: LinePlace): Attributes {
  const attributes = noAttributes();
  if (text === '.') return attributes;
  // By hand: a regular expression would take the square of the time for a long damaged line.
  for (let position = 0; ; position++) {
    position = skip(text, position, ' \t;');
    if (position >= text.length) return attributes;
    const nameEnd = endOfName(text, position);
    const name = text.slice(position, nameEnd);
    const valueStart = skip(text, nameEnd, ' \t');
    const inQuotes = text.charAt(valueStart) === '"';
    const valueEnd = inQuotes
      ? closingQuote(text, valueStart)
      : indexOrEnd(text.indexOf(';', valueStart), text);
    if (name === '' || valueEnd === undefined) {
      throw place.error(
        { found: quoted(text.slice(position)), expected: 'name "value"; name "value";' },
        [9, 'attributes'],
      );
    }
    const value = inQuotes
      ? text.slice(valueStart + 1, valueEnd)
      : text.slice(valueStart, valueEnd).trimEnd();
    const values = (attributes[name] ??= []);
    if (inQuotes || value !== '') values.push(value);
    position = valueEnd;
  }
}

/** The first position that holds none of the characters. */
function skip(text: string, from: number, characters: string): number {
  let position = from;
  while (position < text.length && characters.includes(text.charAt(position))) position++;
  return position;
}

function endOfName(text: string, from: number): number {
  let position = from;
  while (position < text.length && !' \t";'.includes(text.charAt(position))) position++;
  return position;
}

function indexOrEnd(index: number, text: string): number {
  return index < 0 ? text.length : index;
}

/** The first quote after an opening one before a semicolon or the end; undefined for none. */
function closingQuote(text: string, opening: number): number | undefined {
  for (let quote = opening; ;) {
    quote = text.indexOf('"', quote + 1);
    if (quote < 0) return undefined;
    const next = skip(text, quote + 1, ' \t');
    if (next === text.length || text.charAt(next) === ';') return quote;
  }
}
