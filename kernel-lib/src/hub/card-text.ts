import { UsageError } from '../core/errors.ts';

/**
 * Checks and cleans a text for publication: a token stops the work, an absolute path of this
 * machine is shortened to its last part.
 *
 * @param where what the text is, for the message
 */
export function publicText(text: string, where: string): string {
  if (
    /\bhf_[A-Za-z0-9]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY|\b(?:ghp|gho|sk)[-_][A-Za-z0-9]{20,}/.test(
      text,
    )
  ) {
    throw new UsageError({
      where: `the model card, ${where}`,
      found: 'something that looks like an access token or a private key',
      fix: 'Take it out: a model card is published.',
    });
  }
  // A drive, a tilde or a slash, then at least two parts; addresses have ':' or '/' before them.
  const machinePath =
    /(?<![\w:/.\\~-])(?:[A-Za-z]:[\\/]|~[\\/]|\/)(?:[^\s\\/'"`()<>|:;,]+[\\/])+([^\s\\/'"`()<>|:;,]*)/g;
  return text.replace(machinePath, (whole, last: string) => {
    const parts = whole.split(/[\\/]/).filter((part) => part !== '');
    return last === '' ? (parts.at(-1) ?? '') : last;
  });
}

/** Text inside a paragraph or a list entry: one line, no markup of its own. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_[\]<>|#~]/g, (character, offset: number, all: string) => {
      // An underscore inside a word is no markup, and names of fields are full of them.
      const isInner = /\w/.test(all[offset - 1] ?? '') && /\w/.test(all[offset + 1] ?? '');
      return character === '_' && isInner ? character : `\\${character}`;
    })
    .replace(/^([-+]|\d+[.)])(?=\s)/, '\\$1');
}

/** A block of text as it is, in a fence longer than any inside it. */
export function fence(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
  const marks = '`'.repeat(longest + 1);
  return `${marks}${language}\n${text.trim()}\n${marks}`;
}

/** A Markdown table; cells are escaped, numbers keep four significant digits. */
export function markdownTable(
  columns: readonly string[],
  rows: readonly (readonly (string | number | undefined)[])[],
): string {
  const cell = (value: string | number | undefined): string =>
    typeof value === 'number' ? formatNumber(value) : escapeMarkdown(value ?? '');
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(cell)),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map((_, i) => cell(row[i])))),
  ].join('\n');
}

/** Whole numbers with separators, others with four significant digits. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  const rounded = value.toPrecision(4);
  return rounded.includes('e') ? rounded : String(Number(rounded));
}
