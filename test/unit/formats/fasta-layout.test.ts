import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildFastaIndex } from '../../../kernel-lib/src/formats/fasta-index.ts';
import { FastaLayoutScanner } from '../../../kernel-lib/src/formats/fasta-layout-scanner.ts';
import type { FastaLayout } from '../../../kernel-lib/src/formats/fasta-layout.ts';

function scan(text: string, pieceBytes: readonly number[] = [Infinity]): FastaLayout {
  const bytes = new Uint8Array(Buffer.from(text));
  const scanner = new FastaLayoutScanner('x.fa');
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const end = Math.min(bytes.length, at + (pieceBytes[i % pieceBytes.length] ?? 1));
    scanner.add(bytes.subarray(at, end));
    at = end;
  }
  return scanner.finish();
}

const line = fc.constantFrom(
  ...['ACGTACGT', 'ACGTACGT', 'ACGTACGT', 'ACG', '', 'AC GT', ' AC', 'A>C', '*-'],
);
const lineEnd = fc.constantFrom('\n', '\n', '\n', '\r\n');
const record = fc
  .tuple(fc.constantFrom('a', 'b x y', 'c\td', ''), lineEnd, fc.array(fc.tuple(line, lineEnd)))
  .map(([name, end, lines]) => `>${name}${end}${lines.map((row) => row.join('')).join('')}`);
const fasta = fc
  .tuple(fc.array(record, { minLength: 1, maxLength: 5 }), fc.constantFrom('', 'ACG'))
  .map(([records, after]) => records.join('') + after);

describe('FastaLayoutScanner', () => {
  it('finds the same in pieces of any size', () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 13 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fasta, pieces, (text, sizes) => {
        expect(scan(text, sizes).columns).toEqual(scan(text).columns);
      }),
      { numRuns: 500 },
    );
  });

  it('describes records of equal lines as an index does', async () => {
    const texts = [
      '>a one\nACGT\nAC\n>b\nACGTA\n',
      '>a\r\nACGT\r\nAC\r\n>b\r\nA',
      '>a\n>b\n\n>c\nAC\n\n\n',
      '>a\nACGT',
    ];
    for (const text of texts) {
      const { columns, unequal } = scan(text);
      expect(unequal).toBe(0);
      const entries = await buildFastaIndex(new Uint8Array(Buffer.from(text)));
      expect([...columns.lengths]).toEqual(entries.map(({ length }) => length));
      expect([...columns.lineLetters]).toEqual(entries.map(({ lineBases }) => lineBases));
      expect([...columns.lineBytes]).toEqual(entries.map(({ lineBytes }) => lineBytes));
      for (const [i, { offset, length }] of entries.entries()) {
        if (length > 0) expect(columns.offsets[i]).toBe(offset);
      }
    }
  });

  it('and an index refuses line ends that differ within a record', async () => {
    const text = '>a\nACGT\r\nACGT\nACGT\n';
    expect(scan(text).firstUnequal).toBe(0);
    const index = buildFastaIndex(new Uint8Array(Buffer.from(text)));
    await expect(index).rejects.toThrow('unequal length');
    // Of the last line nothing is asked.
    expect(await buildFastaIndex(new Uint8Array(Buffer.from('>a\r\nAC\r\nAC')))).toHaveLength(1);
  });

  it('keeps a place every 64 KB of a record with unequal lines, none of a short one', () => {
    const lines = Array.from({ length: 5000 }, (_, i) => 'A'.repeat(20 + (i % 41)));
    const { columns, unequal } = scan(`>a\nAC\nACG\n>b\n${lines.join('\n')}\n`, [4096]);
    expect([unequal, [...columns.sparse.keys()]]).toEqual([2, [1]]);
    const { bytes, letters } = columns.sparse.get(1) ?? { bytes: [], letters: [] };
    expect(bytes.length).toBeGreaterThan(2);
    expect(bytes.length).toBeLessThan(6);
    const start = columns.offsets[1] ?? 0;
    const text = `${lines.join('\n')}\n`;
    for (const [i, byte] of bytes.entries()) {
      expect(letters[i]).toBe(text.slice(0, byte - start).replaceAll('\n', '').length);
    }
  });

  it('finds names, also among many that differ by a number', () => {
    const names = Array.from({ length: 20_000 }, (_, i) => `scaffold_${String(i)}`);
    const layout = scan(names.map((name) => `>${name} x\nA\n`).join('') + '>scaffold_7\nA\n>\nA\n');
    expect(layout.find('scaffold_19999')).toBe(19_999);
    expect(layout.find('scaffold_7')).toBe(7);
    expect(layout.find('scaffold')).toBeUndefined();
    expect(layout.find('')).toBeUndefined();
    expect([layout.duplicates, layout.firstDuplicate, layout.nameless]).toEqual([1, 20_000, 1]);
    expect(layout.header(20_000)).toBe('scaffold_7');
  });
});
