import { InputError } from '../core/errors.ts';
import { parseNumbers, type Motif } from './motif.ts';

/** Rows may be off by the rounding of six printed decimals, not by more. */
const LARGEST_DEVIATION = 0.01;

/**
 * Motifs of MEME format, minimal or the text output of MEME suite programs: alphabet, background,
 * and the letter-probability matrix of each motif. https://meme-suite.org/meme/doc/meme-format.html
 */
export function parseMeme(lines: readonly string[], file: string): Motif[] {
  const reader = new MemeReader(lines, file);
  return reader.read();
}

class MemeReader {
  readonly #lines: readonly string[];
  readonly #file: string;
  readonly #motifs: Motif[] = [];
  #index = 0;
  #background: Float64Array | undefined;

  constructor(lines: readonly string[], file: string) {
    this.#lines = lines;
    this.#file = file;
  }

  read(): Motif[] {
    let open: { id: string; name: string } | undefined;
    for (; this.#index < this.#lines.length; this.#index++) {
      const line = (this.#lines[this.#index] ?? '').trim();
      const version = /^MEME version (\d+)/.exec(line)?.[1];
      if (version !== undefined && Number(version) < 4) {
        throw new InputError({
          where: this.#where(),
          found: `MEME version ${version}`,
          expected: 'version 4 or later',
        });
      }
      if (/^ALPHABET\s*=/.test(line)) this.#checkAlphabet(line.replace(/^ALPHABET\s*=\s*/, ''));
      else if (/^ALPHABET\b/.test(line)) this.#checkNamedAlphabet(line);
      else if (/^Background letter frequencies/i.test(line))
        this.#background = this.#readBackground();
      else if (/^MOTIF\s/.test(line)) {
        const [, id = '', name = ''] = /^MOTIF\s+(\S+)\s*(.*)$/.exec(line) ?? [];
        open = { id, name: name.replace(/\s+MEME-\d+\s+width\s*=.*$/, '') || id };
      } else if (/^letter-probability matrix:/.test(line)) {
        if (open === undefined) {
          throw new InputError({
            where: this.#where(),
            found: 'a matrix before any MOTIF line',
            expected: "'MOTIF id name' before it",
          });
        }
        this.#motifs.push(this.#readMatrix(line, open));
        open = undefined;
      }
    }
    if (open !== undefined || this.#motifs.length === 0) {
      throw new InputError({
        where: this.#file,
        found: open === undefined ? 'no motif' : `no matrix for motif '${open.id}'`,
        expected: "'letter-probability matrix:' after each MOTIF line",
      });
    }
    return this.#motifs;
  }

  #where(): string {
    return `${this.#file}, line ${String(this.#index + 1)}`;
  }

  #checkAlphabet(letters: string): void {
    if (letters === 'ACGT' || letters === 'ACGU') return;
    throw new InputError({
      where: this.#where(),
      found: `the alphabet '${letters}'`,
      expected: 'ACGT or ACGU',
      fix: 'Only DNA and RNA motifs can be read.',
    });
  }

  /** A definition such as `ALPHABET "DNA" DNA-LIKE … END ALPHABET`: its lines are passed over. */
  #checkNamedAlphabet(line: string): void {
    if (!/\b(DNA|RNA)(-LIKE)?\b/.test(line)) this.#checkAlphabet(line);
    const end = this.#lines.findIndex(
      (each, index) => index > this.#index && /^END ALPHABET/.test(each),
    );
    if (end > 0) this.#index = end;
  }

  /** `A 0.3 C 0.2 G 0.2 T 0.3`, on one or more lines after the heading. */
  #readBackground(): Float64Array {
    const background = new Float64Array(4);
    const heading = this.#where();
    let text = '';
    while (text.split(/\s+/).length < 9 && this.#index + 1 < this.#lines.length) {
      const next = (this.#lines[this.#index + 1] ?? '').trim();
      if (next === '' || /^(MOTIF|letter-)/.test(next)) break;
      text = `${text} ${next}`;
      this.#index++;
    }
    const items = text.trim().split(/\s+/);
    for (const [base, letters] of ['A', 'C', 'G', 'TU'].entries()) {
      const letter = items[base * 2] ?? '';
      const value = Number(items[base * 2 + 1]);
      if (!letters.includes(letter.toUpperCase()) || letter === '' || !(value >= 0)) {
        throw new InputError({
          where: heading,
          found: `background '${text.trim()}'`,
          expected: 'A, C, G, T, each with its frequency',
        });
      }
      background[base] = value;
    }
    return background;
  }

  #readMatrix(line: string, { id, name }: { id: string; name: string }): Motif {
    const where = this.#where();
    const field = (key: string): number | undefined => {
      const value = new RegExp(`\\b${key}\\s*=\\s*([\\d.eE+-]+)`).exec(line)?.[1];
      return value === undefined ? undefined : Number(value);
    };
    const alphabetLength = field('alength') ?? 4;
    if (alphabetLength !== 4) {
      throw new InputError({
        where,
        found: `alength= ${String(alphabetLength)}`,
        expected: '4 (DNA or RNA)',
      });
    }
    const rows: number[][] = [];
    const width = field('w');
    while (this.#index + 1 < this.#lines.length && rows.length < (width ?? Infinity)) {
      const next = (this.#lines[this.#index + 1] ?? '').trim();
      if (!/^[\d.+-]/.test(next)) break;
      this.#index++;
      rows.push(this.#parseRow(next));
    }
    if (rows.length === 0 || (width !== undefined && rows.length !== width)) {
      throw new InputError({
        where,
        found: `${String(rows.length)} rows for motif '${id}'`,
        expected: width === undefined ? 'rows of four probabilities' : `${String(width)} (w=)`,
      });
    }
    const sites = field('nsites');
    return {
      id,
      name,
      length: rows.length,
      matrix: Float64Array.from(rows.flat()),
      ...(sites === undefined ? {} : { sites }),
      ...(this.#background === undefined ? {} : { background: this.#background }),
    };
  }

  #parseRow(text: string): number[] {
    const row = parseNumbers(text, this.#where());
    const sum = row.reduce((total, value) => total + value, 0);
    if (row.length !== 4 || Math.abs(sum - 1) > LARGEST_DEVIATION) {
      throw new InputError({
        where: this.#where(),
        found: row.length === 4 ? `probabilities that sum to ${String(sum)}` : `'${text}'`,
        expected: 'four probabilities that sum to 1',
      });
    }
    // Rows that sum to 1 already are kept bit by bit; the others lack printed digits.
    return Math.abs(sum - 1) < 1e-9 ? row : row.map((value) => value / sum);
  }
}

/** The text of a MEME file of version 4. */
export function formatMeme(motifs: readonly Motif[]): string {
  const background = motifs.find((motif) => motif.background !== undefined)?.background;
  const lines = ['MEME version 4', '', 'ALPHABET= ACGT', '', 'strands: + -', ''];
  if (background !== undefined) {
    const items = Array.from(
      background,
      (value, base) => `${'ACGT'.charAt(base)} ${String(value)}`,
    );
    lines.push('Background letter frequencies', items.join(' '), '');
  }
  for (const { id, name, length, matrix, sites } of motifs) {
    const count = sites === undefined ? '' : ` nsites= ${String(sites)}`;
    lines.push(`MOTIF ${id}${name === id ? '' : ` ${name}`}`);
    lines.push(`letter-probability matrix: alength= 4 w= ${String(length)}${count} E= 0`);
    for (let position = 0; position < length; position++) {
      lines.push(` ${matrix.subarray(position * 4, position * 4 + 4).join('  ')}`);
    }
    lines.push('');
  }
  return `${lines.join('\n')}\n`;
}
