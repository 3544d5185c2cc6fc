import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { renderPng } from '../../../kernel-lib/src/plots/render-png.ts';
import { svgDocument, svgText } from '../../../kernel-lib/src/plots/svg.ts';
import { textWidth } from '../../../kernel-lib/src/plots/text-width.ts';
import { decodePng } from './svg-checks.ts';

const labels = { title: 't', description: 'd' };

describe('renderPng', () => {
  it('draws text with the shipped font, as wide as it was measured', async () => {
    const text = 'Position relative to TSS (bp), −log₁₀ ρ ≥ 2';
    const svg = svgDocument(
      { width: 400, height: 40 },
      labels,
      svgText(text, 10, 25, { size: 16, color: '#000000' }),
    );
    const { width, height, channels, pixels } = decodePng(await renderPng(svg, { scale: 1 }));
    expect([width, height, channels]).toEqual([400, 40, 4]);
    const dark: number[] = [];
    for (let i = 0; i < width * height; i++) if (pixels[i * 4]! < 128) dark.push(i % width);
    expect(dark.length).toBeGreaterThan(400);
    expect(Math.min(...dark)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...dark)).toBeGreaterThan(10 + textWidth(text, 16) - 4);
    expect(Math.max(...dark)).toBeLessThan(10 + textWidth(text, 16) + 1);
  });

  it('draws bold text differently', async () => {
    const draw = (bold: boolean) =>
      renderPng(svgDocument({ width: 60, height: 20 }, labels, svgText('TSS', 5, 15, { bold })));
    expect(Buffer.compare(await draw(true), await draw(false))).not.toBe(0);
  });

  it('has twice the size of the figure by default, on opaque white', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"></svg>';
    const { width, height, pixels } = decodePng(await renderPng(svg));
    expect([width, height]).toEqual([14, 10]);
    expect(pixels.every((value) => value === 255)).toBe(true);
  });

  it.each([[{ scale: 0 }], [{ scale: Number.NaN }], [{ width: -5 }]])(
    'refuses %j',
    async (options) => {
      await expect(renderPng('<svg/>', options)).rejects.toThrow('a positive number');
    },
  );

  it('refuses what is no SVG', async () => {
    await expect(renderPng('hello')).rejects.toThrow(UsageError);
  });
});
