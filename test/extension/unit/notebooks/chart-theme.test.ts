import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contrast,
  formatColour,
  parseColour,
  readableColour,
} from '../../../../extension/src/webviews/chart-colours.ts';
import {
  chartTheme,
  externalData,
  themedSpecification,
} from '../../../../extension/src/webviews/chart-theme.ts';

const theme = (variables: Record<string, string>, highContrast = false) =>
  chartTheme((name) => variables[name] ?? '', highContrast);

const dark = theme({
  '--vscode-editor-background': '#1f1f1f',
  '--vscode-editor-foreground': 'rgb(204, 204, 204)',
  '--vscode-charts-blue': '#59a4f9',
  '--vscode-font-family': 'Segoe',
});

describe('colours', () => {
  it('are read in the forms that themes use', () => {
    expect(parseColour('#fa0')).toEqual([255, 170, 0]);
    expect(parseColour(' #12aBFf80 ')).toEqual([18, 171, 255]);
    expect(parseColour('rgba(1, 2, 3, 0.5)')).toEqual([1, 2, 3]);
    expect(parseColour('rgb(1 2 3)')).toEqual([1, 2, 3]);
    expect(parseColour('color-mix(in srgb, red, blue)')).toBeUndefined();
    expect(parseColour('')).toBeUndefined();
  });

  it('have the contrast of WCAG', () => {
    expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 5);
    expect(contrast([118, 118, 118], [255, 255, 255])).toBeCloseTo(4.54, 2);
  });

  it('become readable by as little of the foreground as needed', () => {
    const part = fc.integer({ min: 0, max: 255 });
    const colour = fc.tuple(part, part, part);
    fc.assert(
      fc.property(colour, fc.boolean(), (any, isDark) => {
        const background = isDark ? ([30, 30, 30] as const) : ([255, 255, 255] as const);
        const foreground = isDark ? ([255, 255, 255] as const) : ([0, 0, 0] as const);
        const readable = readableColour(any, background, foreground, 3);
        expect(contrast(readable, background)).toBeGreaterThanOrEqual(3);
        if (contrast(any, background) >= 3) expect(readable).toEqual(any);
      }),
    );
  });
});

describe('chartTheme', () => {
  it("takes VS Code's variables, and defaults where there are none", () => {
    expect(dark).toMatchObject({
      background: '#1f1f1f',
      foreground: '#cccccc',
      font: 'Segoe',
      highContrast: false,
    });
    expect(dark.series[0]).toBe('#59a4f9');
    expect(dark.series).toHaveLength(6);
    expect(theme({})).toMatchObject({ background: '#ffffff', foreground: '#3b3b3b' });
    const notebook = {
      '--vscode-notebook-editorBackground': '#101010',
      '--vscode-editor-background': '#fff',
    };
    expect(theme(notebook).background).toBe('#101010');
  });

  it('draws axes in the full foreground in high contrast', () => {
    const high = theme(
      { '--vscode-editor-background': '#000', '--vscode-editor-foreground': '#fff' },
      true,
    );
    expect(high).toMatchObject({ axis: '#ffffff', muted: '#ffffff', highContrast: true });
  });
});

describe('themedSpecification', () => {
  const specification = {
    data: { values: [{ color: '#000000', fill: 'black' }] },
    background: '#ffffff',
    layer: [
      { mark: { type: 'line', color: '#000000' }, encoding: { color: { field: 'color' } } },
      { mark: { type: 'text', fill: '#59a4f9' } },
    ],
    config: {
      background: '#ffffff',
      axis: { labelColor: '#111111', labelFontSize: 17 },
      range: { category: ['#000000', '#D55E00'], ramp: ['#c6dbef', '#041c40'] },
    },
  };

  it('gives the frame of a chart the colours of the theme and keeps sizes', () => {
    const { config, background } = themedSpecification(specification, dark);
    expect(background).toBe('transparent');
    expect(config).toMatchObject({
      background: 'transparent',
      axis: { labelColor: dark.muted, labelFontSize: 17, titleColor: dark.foreground },
      range: { ramp: ['#c6dbef', '#041c40'] },
    });
  });

  it('lightens what would be black on dark, and nothing of the data', () => {
    const themed = themedSpecification(specification, dark) as {
      data: object;
      layer: { mark: { color?: string; fill?: string }; encoding?: object }[];
      config: { range: { category: string[] } };
    };
    expect(themed.data).toBe(specification.data);
    expect(themed.layer[0]?.encoding).toEqual({ color: { field: 'color' } });
    expect(themed.layer[1]?.mark.fill).toBe('#59a4f9');
    const drawn = [themed.layer[0]?.mark.color ?? '', themed.config.range.category[0] ?? ''];
    for (const colour of drawn) {
      expect(contrast(parseColour(colour)!, parseColour(dark.background)!)).toBeGreaterThanOrEqual(
        3,
      );
    }
    expect(themed.config.range.category[1]).toBe('#D55E00');
    expect(specification.layer[0]?.mark.color).toBe('#000000');
  });

  it('does not change colours that are readable on light', () => {
    const themed = themedSpecification(specification, theme({})) as { layer: { mark: object }[] };
    expect(themed.layer[0]?.mark).toEqual({ type: 'line', color: '#000000' });
  });

  it('survives a specification that is nested without end', () => {
    let nested: Record<string, unknown> = { color: '#000000' };
    for (let i = 0; i < 5000; i++) nested = { layer: [nested] };
    expect(() => themedSpecification(nested, dark)).not.toThrow();
    expect(externalData(nested)).toBeUndefined();
  });
});

describe('externalData', () => {
  it('finds addresses, but not in rows', () => {
    const url = 'https://example.com/rows.json';
    expect(externalData({ hconcat: [{ mark: 'bar', data: { url } }] })).toBe(url);
    expect(externalData({ transform: [{ lookup: 'a', from: { data: { url } } }] })).toBe(url);
    expect(externalData({ data: { values: [{ data: { url } }] } })).toBeUndefined();
  });
});

describe('formatColour', () => {
  it('is read back', () => {
    expect(parseColour(formatColour([1, 20, 255]))).toEqual([1, 20, 255]);
  });
});
