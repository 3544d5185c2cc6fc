import { describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { letterPath } from '../../../kernel-lib/src/plots/letter-outlines.ts';
import { plotSequenceLogo } from '../../../kernel-lib/src/plots/plot-sequence-logo.ts';
import { expectSoundSvg, svgTexts } from './svg-checks.ts';

const motif = [
  [0.05, 0.05, 0.05, 0.85],
  [0.97, 0.01, 0.01, 0.01],
  [0.25, 0.25, 0.25, 0.25],
  [0, 0, 0.5, 0.5],
];
const attribution = [
  [0.4, 0, 0, 0],
  [0, -0.3, 0, 0],
  [0, 0, 0.1, 0],
  [0.1, 0.2, 0, -0.05],
];

/** Bounding box of path data of absolute points. */
function bounds(path: string) {
  const points = [...path.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [+x!, +y!]);
  const xs = points.map(([x]) => x!);
  const ys = points.map(([, y]) => y!);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

describe('letterPath', () => {
  it.each([...'ABCDEFGHJKLMNOPQRSTUVWXYZ'])('%s fills its box', (letter) => {
    expect(bounds(letterPath(letter, [10, 20, 8, 40])!)).toEqual([10, 20, 18, 60]);
  });

  it('stands on its head where it is flipped', () => {
    const upright = letterPath('T', [0, 0, 10, 10])!;
    const flipped = letterPath('T', [0, 0, 10, 10], true)!;
    expect(upright).toMatch(/0 0/);
    expect(flipped).not.toBe(upright);
    expect(bounds(flipped)).toEqual(bounds(upright));
  });
});

describe('plotSequenceLogo', () => {
  it('draws a motif in bits', async () => {
    const figure = plotSequenceLogo(motif, { mode: 'information', title: 'SPT15' });
    expectSoundSvg(figure.svg);
    expect(svgTexts(figure.svg)).toContain('Information (bits)');
    expect(figure.description).toContain('tallest letters TA');
    await expect(`${figure.svg}\n`).toMatchFileSnapshot('./snapshots/logo-information.svg');
  });

  it('hangs negative letters below the axis', async () => {
    const figure = plotSequenceLogo(attribution, {
      start: -2,
      positionTitle: 'Position relative to TSS (bp)',
      highlights: [{ start: -2, end: 0, label: 'site' }],
    });
    expectSoundSvg(figure.svg);
    const zero = Number(/<line [^>]*y1="([\d.]+)"[^>]*stroke-width="0.8"/.exec(figure.svg)![1]);
    const box = (letter: string) =>
      bounds(new RegExp(`class="letter-${letter}"[^>]* d="([^"]+)"`).exec(figure.svg)![1]!);
    expect(box('C')[3]).toBeGreaterThan(zero);
    expect(box('G')[3]).toBeCloseTo(zero, 1);
    expect(box('T')[1]).toBeCloseTo(zero, 1);
    await expect(`${figure.svg}\n`).toMatchFileSnapshot('./snapshots/logo-attribution.svg');
  });

  it('takes flat numbers and another alphabet', () => {
    const nested = plotSequenceLogo(attribution);
    expect(plotSequenceLogo(attribution.flat()).svg).toBe(nested.svg);
    // 0.3 as float32 is a little more than 0.3: the axis must not grow by a step for it.
    const single = plotSequenceLogo(Float32Array.from(attribution.flat()));
    expect(svgTexts(single.svg)).toEqual(svgTexts(nested.svg));
    const protein = plotSequenceLogo([[0.5, 0.5]], { alphabet: 'IW', mode: 'probability' });
    expect(protein.svg).toContain('letter-W');
    expectSoundSvg(protein.svg);
  });

  it('names positions by labels, thinned where they would touch', () => {
    const labels = Array.from({ length: 40 }, (_, i) => `position ${i}`);
    const rows = labels.map(() => [1, 0, 0, 0]);
    const shown = svgTexts(plotSequenceLogo(rows, { labels }).svg).filter((text) =>
      text.startsWith('position'),
    );
    expect(shown.length).toBeGreaterThan(3);
    expect(shown.length).toBeLessThan(20);
    expect(() => plotSequenceLogo(rows, { labels: ['a'] })).toThrow('one a position');
  });

  it('draws attributions that are all zero', () => {
    const { svg } = plotSequenceLogo([[0, 0, 0, 0]]);
    expectSoundSvg(svg);
    expect(svg).not.toContain('letter-');
  });

  it('keeps hostile titles as text', () => {
    const title = '<script>alert("1")</script>';
    const figure = plotSequenceLogo(motif, {
      title,
      valueTitle: title,
      highlights: [{ start: 1, end: 3, label: title }],
    });
    expectSoundSvg(figure.svg);
    expect(figure.svg).not.toContain('<script');
  });

  it.each([
    ['no positions', () => plotSequenceLogo([]), 'scores'],
    ['NaN', () => plotSequenceLogo([[1, 0, Number.NaN, 0]]), 'scores[2] is NaN'],
    ['short rows', () => plotSequenceLogo([[1, 0, 0]]), '3 values'],
    ['a flat length that does not divide', () => plotSequenceLogo([1, 2, 3]), 'multiple of 4'],
    [
      'counts as probabilities',
      () => plotSequenceLogo([[5, 0, 3, 2]], { mode: 'information' }),
      'sum to 1',
    ],
  ])('refuses %s with an InputError', (_, call, part) => {
    expect(call).toThrow(InputError);
    expect(call).toThrow(part);
  });

  it.each([
    ['mode', { mode: 'informations' as 'information' }, "Did you mean 'information'?"],
    ['option', { titel: 'x' } as object, "Did you mean 'title'?"],
    ['alphabet', { alphabet: 'AC-T' }, 'capital letters'],
    ['width', { width: -5 }, 'pixels between'],
    ['highlight', { highlights: [{ start: 50, end: 60, label: 'x' }] }, "highlight 'x'"],
  ])('refuses a wrong %s with a UsageError', (_, options, part) => {
    expect(() => plotSequenceLogo(motif, options)).toThrow(UsageError);
    expect(() => plotSequenceLogo(motif, options)).toThrow(part);
  });
});
