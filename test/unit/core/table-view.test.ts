import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { formatCell, TableView } from '../../../kernel-lib/src/core/table-view.ts';

const metrics = new TableView(
  'Test metrics',
  ['model', 'pearson', 'genes'],
  [
    { model: 'ridge on features', pearson: 0.458912, genes: 1093 },
    { model: 'both', pearson: 0.53, genes: 93 },
    { model: 'train mean', genes: 1093 },
  ],
);

describe('TableView', () => {
  it('aligns words to the left, numbers to the right, with equal decimals down a column', () => {
    expect(metrics.toText()).toBe(
      [
        'Test metrics',
        'model              pearson  genes',
        '─────────────────  ───────  ─────',
        'ridge on features   0.4589  1,093',
        'both                0.5300     93',
        'train mean                  1,093',
      ].join('\n'),
    );
    expect(inspect(metrics)).toBe(metrics.toText());
    expect(String(metrics)).toBe(metrics.toText());
  });

  it('does not force one number of decimals on magnitudes that differ too much', () => {
    const table = new TableView(
      '',
      ['value'],
      [{ value: 4190 }, { value: 0.38214 }, { value: 1e-9 }],
    );
    expect(
      table
        .toText()
        .split('\n')
        .slice(2)
        .map((line) => line.trim()),
    ).toEqual(['4,190', '0.3821', '1.000e-9']);
  });

  it('counts wide characters and combining marks as a terminal does', () => {
    const table = new TableView(
      '',
      ['a', 'b'],
      [
        { a: '酵母', b: 'x' },
        { a: 'e\u0301t', b: 'y' },
      ],
    );
    expect(table.toText().split('\n').slice(2)).toEqual(['酵母  x', 'e\u0301t    y']);
  });

  it('gives an accessible table whose text cannot become markup', () => {
    const table = new TableView(
      'A & B',
      ['name', 'n'],
      [{ name: '<script>alert("1")</script>', n: 3 }],
      { note: '95 % interval: 1,000 bootstrap samples' },
    );
    const html = table.toHtml();
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
    expect(html).toMatch(/<caption[^>]*>A &amp; B<\/caption>/);
    expect(html.match(/<th scope="col"/g)).toHaveLength(2);
    expect(html.match(/<th scope="row"/g)).toHaveLength(1);
    expect(html).toMatch(/<td style="text-align:right[^"]*">3<\/td>/);
    expect(html).toMatch(/<tfoot>.*1,000 bootstrap samples.*<\/tfoot>/);
  });

  it('says a status in words as well as in colour', () => {
    const table = new TableView(
      'Checks',
      ['check', 'status'],
      [
        { check: 'contig names', status: 'ok' },
        { check: 'bounds', status: 'warning' },
        { check: 'order', status: 'error' },
        { check: 'other', status: 'constructor' },
      ],
    );
    const lines = table.toText().split('\n').slice(3);
    expect(lines.map((line) => line.slice(14))).toEqual([
      '✓ ok',
      '! warning',
      '✗ error',
      'constructor',
    ]);
    const html = table.toHtml();
    expect(html.match(/<span style="background/g)).toHaveLength(3);
    expect(html).toContain('>✗ error</span>');
  });

  it('writes GitHub-flavoured Markdown that survives bars and new lines', () => {
    const table = new TableView(
      '',
      ['a|b', 'n'],
      [
        { 'a|b': 'x|y\nz', n: 1.5 },
        { 'a|b': null, n: 2 },
      ],
    );
    expect(table.toMarkdown()).toBe(
      ['| a\\|b | n |', '| --- | ---: |', '| x\\|y<br>z | 1.500 |', '|  | 2.000 |'].join('\n'),
    );
  });

  it('shows a table without rows', () => {
    expect(new TableView('Empty', ['a'], []).toText()).toBe('Empty\na\n─');
  });
});

describe('formatCell', () => {
  it.each([
    [undefined, ''],
    [null, ''],
    [true, 'true'],
    [0, '0'],
    [-1234567, '-1,234,567'],
    [1e21, '1e+21'],
    [12345.678, '12,345.7'],
    [0.000012345, '1.234e-5'],
    [-0.5, '-0.5000'],
    [NaN, 'NaN'],
    [-Infinity, '-∞'],
  ])('%s is %s', (value, text) => {
    expect(formatCell(value)).toBe(text);
  });
});
