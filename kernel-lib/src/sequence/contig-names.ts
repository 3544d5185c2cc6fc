import { nearest } from '../core/nearest.ts';

const MITOCHONDRIAL = new Set(['m', 'mt', 'mito', 'mitochondrion']);

function romanNumeral(value: number): string {
  const tens = ['', 'x', 'xx', 'xxx'][Math.floor(value / 10)] ?? '';
  const ones = ['', 'i', 'ii', 'iii', 'iv', 'v', 'vi', 'vii', 'viii', 'ix'][value % 10] ?? '';
  return tens + ones;
}

const romanValues = new Map(
  Array.from({ length: 39 }, (_, i) => [romanNumeral(i + 1), String(i + 1)]),
);

/** What a contig name is called in every naming habit: no `chr`, digits for Roman numerals. */
function plainForms(name: string): string[] {
  const plain = name
    .toLowerCase()
    .replace(/^(chromosome|chrom|chr)[_-]?/, '')
    .replace(/^0+(?=\d)/, '');
  if (MITOCHONDRIAL.has(plain)) return ['mt'];
  const value = romanValues.get(plain);
  // X is a sex chromosome in one genome and number ten in another: both are tried.
  return value === undefined ? [plain] : [plain, value];
}

/**
 * The contig that is meant by a name which a genome does not have: the same chromosome in another
 * naming habit (`IV`, `4`, `chr4` for `chrIV`; `MT` for `chrM`).
 *
 * @returns that contig, or undefined where none or more than one fits
 *
 * @example
 * matchContigName('4', ['chrIII', 'chrIV']); // 'chrIV'
 */
export function matchContigName(name: string, contigs: Iterable<string>): string | undefined {
  const wanted = plainForms(name);
  const candidates = [...contigs];
  for (const form of wanted) {
    const exact = candidates.filter((contig) => plainForms(contig)[0] === form);
    if (exact.length > 0) return exact.length === 1 ? exact[0] : undefined;
  }
  const loose = candidates.filter((contig) =>
    plainForms(contig).some((form) => wanted.includes(form)),
  );
  return loose.length === 1 ? loose[0] : undefined;
}

/** Advice about a contig name that a genome does not have, for an error message. */
export function contigNameAdvice(name: string, contigs: readonly string[]): string {
  const match = matchContigName(name, contigs);
  if (match !== undefined) {
    const prefixed = /^chr/i.test(match);
    const difference =
      prefixed !== /^chr/i.test(name)
        ? `its names ${prefixed ? 'have' : 'lack'} the prefix 'chr'`
        : 'its names are spelt differently';
    return `Did you mean '${match}'? The file uses another naming: ${difference}.`;
  }
  const close = nearest(name, contigs);
  if (close !== undefined) return `Did you mean '${close}'?`;
  const shown = contigs.slice(0, 8).join(', ');
  return `Known: ${shown}${contigs.length > 8 ? `, … (${String(contigs.length)} in all)` : ''}.`;
}
