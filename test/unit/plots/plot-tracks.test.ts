import { describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { plotTracks } from '../../../kernel-lib/src/plots/plot-tracks.ts';
import { expectSoundSvg, readSvg, svgTexts } from './svg-checks.ts';

const interval = { chrom: 'chrIV', start: 1000, end: 1400 };
const tracks = [
  { name: 'observed', values: [0, 3, 9, 2] },
  { name: 'importance of each bin', values: [-1, 2, -3, 4], color: '#595959' },
  { name: 'GC', values: [0.3, 0.5, 0.4, 0.6], mode: 'line' as const, domain: [0, 1] as const },
];

describe('plotTracks', () => {
  it('stacks tracks with axes and genes', async () => {
    const figure = plotTracks(tracks, {
      interval,
      title: 'A stretch',
      annotations: [
        { start: 900, end: 1150, name: 'YDL185W', strand: '+' },
        { start: 1100, end: 1200, name: 'TFP1', strand: '-' },
        { start: 1300, end: 1390, name: 'peak' },
        { start: 2000, end: 3000, name: 'elsewhere' },
      ],
    });
    expectSoundSvg(figure.svg);
    const texts = svgTexts(figure.svg);
    for (const text of ['observed', 'YDL185W', 'TFP1', 'peak', 'chrIV position (bp)', '1,200']) {
      expect(texts).toContain(text);
    }
    expect(texts).not.toContain('elsewhere');
    await expect(`${figure.svg}\n`).toMatchFileSnapshot('./snapshots/tracks.svg');
  });

  it('gives all tracks one axis on request', () => {
    const two = tracks.slice(0, 2);
    const own = svgTexts(plotTracks(two, { interval }).svg);
    const shared = svgTexts(plotTracks(two, { interval, sharedScale: true }).svg);
    expect(own.filter((text) => text === '10')).toHaveLength(1);
    expect(shared.filter((text) => text === '10')).toHaveLength(2);
  });

  it('loses no peak of many bins and stays small', () => {
    const values = new Float32Array(100_000);
    values[54_321] = 7;
    const figure = plotTracks([{ name: 'long', values }], {
      interval: { chrom: 'chrI', start: 0, end: 100_000 },
    });
    expect(figure.svg.length).toBeLessThan(40_000);
    const { elements } = readSvg(figure.svg);
    const area = elements.find(({ attributes }) => attributes['fill'] === '#0072B2')!;
    const ys = [...area.attributes['d']!.matchAll(/[\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y));
    expect(Math.max(...ys) - Math.min(...ys)).toBeGreaterThan(40);
    expect(svgTexts(figure.svg)).toContain('chrI position (kb)');
  });

  it.each([
    ['no track', () => plotTracks([], { interval }), 'no tracks'],
    ['no value', () => plotTracks([{ name: 'a', values: [] }], { interval }), "of 'a' is empty"],
    ['NaN', () => plotTracks([{ name: 'a', values: [Number.NaN] }], { interval }), 'is NaN'],
  ])('refuses %s with an InputError', (_, call, part) => {
    expect(call).toThrow(InputError);
    expect(call).toThrow(part);
  });

  it.each([
    ['an empty interval', { interval: { chrom: 'c', start: 5, end: 5 } }, {}, 'no bases'],
    ['a colour that is markup', { interval }, { color: '"/><script>' }, 'hexadecimal'],
    ['a mode', { interval }, { mode: 'lines' as 'line' }, "Did you mean 'line'?"],
    ['an option', { interval, genes: [] } as never, {}, "option 'genes'"],
  ])('refuses %s with a UsageError', (_, options, more, part) => {
    const call = () => plotTracks([{ name: 'a', values: [1, 2], ...more }], options);
    expect(call).toThrow(UsageError);
    expect(call).toThrow(part);
  });
});
