import { describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { plotMutagenesisHeatmap } from '../../../kernel-lib/src/plots/plot-mutagenesis-heatmap.ts';
import { decodePng, expectSoundSvg, readSvg, svgTexts } from './svg-checks.ts';

const small = {
  reference: 'TACN',
  effects: [
    [-0.2, -0.4, -0.1, Number.NaN],
    [0, 0.4, 0.2, 0.1],
    [0.05, 0, -0.1, 0],
    [0.1, 0, 0, -0.1],
  ],
};

function many(length: number) {
  const random = new Random(3);
  const reference = Uint8Array.from({ length }, () => random.integer(4));
  const effects = Float32Array.from({ length: length * 4 }, () => 0.1 * random.normal());
  return { reference, effects };
}

describe('plotMutagenesisHeatmap', () => {
  it('draws cells, reference dots, letters, colour bar and axes', async () => {
    const figure = plotMutagenesisHeatmap(small, {
      start: -2,
      tss: 0,
      title: 'YFG1',
      valueTitle: 'Δ log₁₀ FPKM',
      positionTitle: 'Position relative to TSS (bp)',
    });
    expectSoundSvg(figure.svg);
    const texts = svgTexts(figure.svg);
    for (const text of ['A', 'C', 'G', 'T', 'TSS', '−0.4', '0.4', 'Δ log₁₀ FPKM']) {
      expect(texts).toContain(text);
    }
    const { elements } = readSvg(figure.svg);
    // The unknown base has no reference dot; its four entries are cells.
    expect(elements.filter(({ name }) => name === 'circle')).toHaveLength(3);
    expect(figure.description).toContain('T→C at -2 (−0.40)');
    await expect(`${figure.svg}\n`).toMatchFileSnapshot('./snapshots/mutagenesis-heatmap.svg');
  });

  it('shows losses in blue and gains in orange, equally strong', () => {
    const figure = plotMutagenesisHeatmap(
      { reference: 'A', effects: [0, -1, 1, 0] },
      { logo: false },
    );
    const fills = readSvg(figure.svg)
      .elements.filter(({ name, attributes }) => name === 'path' && attributes['fill'] !== 'none')
      .map(({ attributes }) => attributes['fill']);
    expect(fills).toEqual(['#053061', '#7a2e00']);
  });

  it('paints a long sequence as a small image with every base visible', () => {
    const data = many(1500);
    data.effects[700 * 4] = -9;
    data.reference[700] = 1;
    const figure = plotMutagenesisHeatmap(data, { start: -1000, tss: 0, limit: 0.3 });
    expectSoundSvg(figure.svg.replace(/base64,[^"]*/, ''));
    expect(figure.svg.length).toBeLessThan(200_000);
    const base64 = /base64,([^"]+)"/.exec(figure.svg)![1]!;
    const { width, height, pixels } = decodePng(Buffer.from(base64, 'base64'));
    expect(width).toBe(1800);
    // Row A, the column of position 700 of 1500: the outlier must have its colour.
    const column = Math.floor((700 * 900) / 1500) * 2;
    expect([...pixels.subarray(column * 3, column * 3 + 3)]).toEqual([5, 48, 97]);
    expect(height % 4).toBe(0);
    expect(svgTexts(figure.svg.replace(/base64,[^"]*/, ''))).toContain('≤ −0.3');
  });

  it('draws where nothing has an effect', () => {
    expectSoundSvg(plotMutagenesisHeatmap({ reference: 'AC', effects: new Float32Array(8) }).svg);
  });

  it('takes tokens and text alike, U as T', () => {
    const { effects } = small;
    const text = plotMutagenesisHeatmap({ effects, reference: 'uacn' });
    const tokens = plotMutagenesisHeatmap({ effects, reference: Uint8Array.of(3, 0, 1, 4) });
    expect(text.svg).toBe(tokens.svg);
  });

  it('is centred on zero whatever the sign of the effects', () => {
    const figure = plotMutagenesisHeatmap({ reference: 'A', effects: [0, 1, 2, 3] });
    const texts = svgTexts(figure.svg);
    expect(texts).toContain('3');
    expect(texts).toContain('−3');
  });

  it.each([
    ['nothing', { reference: '', effects: [] }, 'no effects'],
    ['other lengths', { reference: 'ACG', effects: [[0, 1, 1, 1]] }, '4 effects'],
    ['NaN at a substitution', { reference: 'A', effects: [0, 1, Number.NaN, 1] }, 'effects[2]'],
  ])('refuses %s with an InputError', (_, data, part) => {
    expect(() => plotMutagenesisHeatmap(data)).toThrow(InputError);
    expect(() => plotMutagenesisHeatmap(data)).toThrow(part);
  });

  it.each([
    [{ limit: 0 }, 'a positive number'],
    [{ tss: 99 }, 'a position from'],
    [{ color: 'red' } as object, "option 'color'"],
  ])('refuses %j with a UsageError', (options, part) => {
    expect(() => plotMutagenesisHeatmap(small, options)).toThrow(UsageError);
    expect(() => plotMutagenesisHeatmap(small, options)).toThrow(part);
  });
});
