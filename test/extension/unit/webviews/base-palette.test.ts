import { describe, expect, it } from 'vitest';
import { letterStyles } from '../../../../extension/src/fasta/webview/letter-colors.ts';
import { contrast, parseColour } from '../../../../extension/src/webviews/chart-colours.ts';

/** Editors' backgrounds of themes of VS Code. */
const THEMES = [
  ['Dark Modern', '#1f1f1f', false],
  ['Light Modern', '#ffffff', true],
  ['High Contrast', '#000000', false],
  ['Solarized Light', '#fdf6e3', true],
  ['Solarized Dark', '#002b36', false],
  ['Monokai', '#272822', false],
] as const;

describe.each(THEMES)('letters in %s', (_, paper, light) => {
  const theme = (variable: string, fallback: string): string =>
    variable === '--vscode-editor-background' ? paper : fallback;
  const of = (color: string): number =>
    contrast(parseColour(color) ?? [0, 0, 0], parseColour(paper) ?? [0, 0, 0]);

  it.each(['theme', 'colorBlindSafe', 'none'] as const)('are readable (%s)', (colors) => {
    for (const alphabet of ['DNA', 'protein'] as const) {
      const styles = letterStyles(colors, alphabet, theme, light);
      for (const [letter, { color, soft }] of styles) {
        expect(of(color), `${letter} ${color}`).toBeGreaterThanOrEqual(4.45);
        expect(of(soft), `soft ${letter} ${soft}`).toBeGreaterThanOrEqual(4.45);
        expect(of(soft)).toBeLessThanOrEqual(of(color) + 0.01);
      }
    }
  });

  it('tell bases apart, and soft ones from others', () => {
    const styles = letterStyles('theme', 'DNA', theme, light);
    const shown = ['A', 'C', 'G', 'T'].map((letter) => styles.get(letter));
    expect(new Set(shown.map((style) => style?.color)).size).toBe(4);
    for (const style of shown) expect(style?.soft).not.toBe(style?.color);
  });
});
