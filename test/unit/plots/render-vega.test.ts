import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { vegaConfig } from '../../../kernel-lib/src/plots/figure-defaults.ts';
import { renderVega } from '../../../kernel-lib/src/plots/render-vega.ts';
import { expectSoundSvg, svgTexts } from './svg-checks.ts';

const bars = (names: string[], more: object = {}) => ({
  data: { values: names.map((name, i) => ({ name, value: i + 1 })) },
  mark: 'bar',
  encoding: {
    y: { field: 'name', type: 'nominal', sort: null, title: null },
    x: { field: 'value', type: 'quantitative' },
  },
  config: vegaConfig(),
  ...more,
});

describe('renderVega', () => {
  it('leaves room for long labels, no more and no less', async () => {
    const narrow = await renderVega(bars(['a', 'b']));
    const label = 'ridge on positional 4-mer counts and mRNA features';
    const wide = await renderVega(bars(['a', label]));
    expectSoundSvg(wide);
    expect(svgTexts(wide)).toContain(label);
    const width = (svg: string) => Number(/width="(\d+)"/.exec(svg)![1]);
    // Arimo at 11 px: 249 px for this label, 6 px for 'a'; vega's own guess is 440.
    expect(width(wide) - width(narrow)).toBeGreaterThan(235);
    expect(width(wide) - width(narrow)).toBeLessThan(255);
  });

  it('keeps hostile names as text', async () => {
    const hostile = '<script>alert(1)</script>"&\'';
    const svg = await renderVega(bars([hostile], { title: hostile }), {
      title: hostile,
      description: '</desc><image onload="x"/>',
    });
    expectSoundSvg(svg);
    expect(svgTexts(svg).filter((text) => text === hostile)).toHaveLength(2);
  });

  it('gives the same SVG for the same specification', async () => {
    expect(await renderVega(bars(['a', 'b']))).toBe(await renderVega(bars(['a', 'b'])));
  });

  it.each([
    ['a file', { data: { url: 'package.json' } }],
    ['an address', { data: { url: 'http://127.0.0.1:9/data.json' } }],
  ])('does not load data from %s', async (_, more) => {
    await expect(renderVega(bars(['a'], more))).rejects.toThrow(UsageError);
  });

  it('says what is wrong with a specification', async () => {
    await expect(renderVega({ hello: 'world' })).rejects.toThrow('Vega-Lite specification');
    await expect(renderVega({ hello: 'world' })).rejects.toThrow(UsageError);
  });
});
