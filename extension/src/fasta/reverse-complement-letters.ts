/** IUPAC codes and the codes of the bases that pair with them; S, W and N pair with themselves. */
const PAIRS = ['AT', 'CG', 'RY', 'KM', 'BV', 'DH'];

function complementTable(thymine: 'T' | 'U'): Uint8Array {
  const table = Uint8Array.from({ length: 256 }, (_, code) => code);
  const pair = (from: string, to: string): void => {
    table[from.charCodeAt(0)] = to.charCodeAt(0);
    table[from.toLowerCase().charCodeAt(0)] = to.toLowerCase().charCodeAt(0);
  };
  for (const [a = '', b = ''] of PAIRS) {
    pair(a, b);
    pair(b, a);
  }
  pair('T', 'A');
  pair('U', 'A');
  pair('A', thymine);
  return table;
}

const tables = { DNA: complementTable('T'), RNA: complementTable('U') };

/**
 * The other strand in its own direction, in letters: IUPAC codes, case and gaps are kept.
 *
 * @param letters ASCII
 * @param alphabet whether A pairs with T or with U. Default `DNA`.
 */
export function reverseComplementLetters(
  letters: Uint8Array,
  alphabet: 'DNA' | 'RNA' = 'DNA',
): Uint8Array {
  const { length } = letters;
  const table = tables[alphabet];
  const result = new Uint8Array(length);
  for (let i = 0; i < length; i++) result[length - 1 - i] = table[letters[i] ?? 0] ?? 0;
  return result;
}
