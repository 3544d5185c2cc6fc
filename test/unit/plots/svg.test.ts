import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  escapeXml,
  svgDocument,
  svgElement,
  svgNumber,
  svgSize,
  svgText,
  withUniqueIds,
} from '../../../kernel-lib/src/plots/svg.ts';
import { expectSoundSvg, readSvg } from './svg-checks.ts';

const labels = { title: 'a title', description: 'a description' };

describe('svg builder', () => {
  it('keeps any text inside its element', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const svg = svgDocument({ width: 9, height: 9 }, labels, svgText(text, 1, 2));
        const { elements } = readSvg(svg);
        expect(elements.map(({ name }) => name)).toEqual(['svg', 'title', 'desc', 'rect', 'text']);
      }),
      { numRuns: 50 },
    );
  });

  it('replaces what XML cannot hold', () => {
    expect(escapeXml('a\u0000b\ud800c')).toBe('a\ufffdb\ufffdc');
    expect(escapeXml('<b a="1">\'&')).toBe('&lt;b a=&quot;1&quot;&gt;&#39;&amp;');
    expect(escapeXml('𝛼 ρ')).toBe('𝛼 ρ');
  });

  it('refuses coordinates that are not finite', () => {
    expect(() => svgNumber(Number.NaN)).toThrow(RangeError);
    expect(() => svgElement('rect', { x: Infinity })).toThrow(RangeError);
    expect(svgNumber(-0.001)).toBe('0');
    expect(svgNumber(1 / 3)).toBe('0.33');
  });

  it('leaves undefined attributes out', () => {
    expect(svgElement('g', { id: undefined, class: 'a' })).toBe('<g class="a"/>');
  });

  it('gives the size of the root', () => {
    const svg = svgDocument({ width: 12.2, height: 7 }, labels);
    expect(svgSize(svg)).toEqual({ width: 13, height: 7 });
    expectSoundSvg(svg);
  });

  it('renames ids and what refers to them, differently for different figures', () => {
    const svg = (color: string) =>
      `<svg><clipPath id="clip0"/><g clip-path="url(#clip0)" fill="${color}"/><use href="#clip0"/></svg>`;
    const [red, blue] = [withUniqueIds(svg('red')), withUniqueIds(svg('blue'))];
    const id = / id="([^"]+)"/.exec(red)![1]!;
    expect(red).toContain(`url(#${id})`);
    expect(red).toContain(`href="#${id}"`);
    expect(blue).not.toContain(id);
    expect(withUniqueIds('<svg><g/></svg>')).toBe('<svg><g/></svg>');
  });
});
