import { describe, expect, it } from 'vitest';
import { fontBytes, fontFile } from '../../../kernel-lib/src/plots/font-files.ts';
import { textWidth, wrapText } from '../../../kernel-lib/src/plots/text-width.ts';

describe('textWidth', () => {
  // Advance widths of Arial, which Arimo shares: A 1366, i 455, m 1706, space 569 of 2048 units.
  it.each([
    ['A', 1366],
    ['i', 455],
    ['m', 1706],
    [' ', 569],
    ['0', 1139],
  ])('of %j is that of Arial', (text, units) => {
    expect(textWidth(text, 2048)).toBeCloseTo(units, 6);
  });

  it('adds up and scales with the size', () => {
    expect(textWidth('TSS', 11)).toBeCloseTo((11 * (1251 + 1366 + 1366)) / 2048, 6);
    expect(textWidth('TSS', 22)).toBeCloseTo(2 * textWidth('TSS', 11), 6);
  });

  it('knows the signs of captions, and that bold is wider', () => {
    for (const sign of '−×ρ²₁₀≤≥Δ→…') expect(textWidth(sign, 1)).not.toBe(0.8);
    expect(textWidth('Pearson', 10, 'bold')).toBeGreaterThan(textWidth('Pearson', 10));
  });

  it('has a width for a character that the font lacks', () => {
    expect(textWidth('漢', 10)).toBe(8);
  });
});

describe('wrapText', () => {
  it('keeps every line within the width, and every word', () => {
    const text = 'Importance along the promoters of the test chromosomes of yeast';
    const lines = wrapText(text, 120, 11);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(textWidth(line, 11)).toBeLessThanOrEqual(120);
    expect(lines.join(' ')).toBe(text);
  });

  it('does not cut a word that is too long', () => {
    expect(wrapText('a Antidisestablishmentarianism b', 40, 11)).toEqual([
      'a',
      'Antidisestablishmentarianism',
      'b',
    ]);
    expect(wrapText('  ', 40, 11)).toEqual([]);
  });
});

describe('fontFile', () => {
  it('finds small TrueType files', () => {
    for (const weight of ['regular', 'bold'] as const) {
      expect(fontFile(weight)).toMatch(/assets[\\/]fonts[\\/]Arimo-\w+\.ttf$/);
      const bytes = fontBytes(weight);
      expect([...bytes.subarray(0, 4)]).toEqual([0, 1, 0, 0]);
      expect(bytes.length).toBeLessThan(100_000);
    }
  });
});
