import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportHtml } from '../../../kernel-lib/src/notebook/export-html.ts';
import type { Notebook, NotebookOutput } from '../../../kernel-lib/src/notebook/notebook-file.ts';

function notebook(cells: Notebook['cells']): Notebook {
  return { nbformat: 4, nbformat_minor: 5, metadata: {}, cells };
}
const markdown = (source: string, attachments?: Notebook['cells'][number]['attachments']) =>
  ({ cell_type: 'markdown', metadata: {}, source, attachments }) as const;
const code = (source: string, ...outputs: NotebookOutput[]) =>
  ({ cell_type: 'code', metadata: {}, source, outputs, execution_count: 3 }) as const;
const shown = (data: Record<string, string | string[] | object>): NotebookOutput => ({
  output_type: 'display_data',
  data,
  metadata: {},
});

describe('exportHtml', () => {
  it('gives one page that loads nothing and runs nothing', () => {
    const html = exportHtml(
      notebook([
        markdown(
          '# Title & more\n\n<script>alert(1)</script>\n\n![far](https://example.org/a.png)',
        ),
        code('1 < 2', shown({ 'text/html': '<script src="https://example.org/x.js"></script>ok' })),
      ]),
    );
    expect(html).toContain(
      `content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`,
    );
    expect(html).toContain('<title>Title &amp; more</title>');
    expect(/<script|<link|src="http|@import/.exec(html)).toBeNull();
    expect(html).toContain('<em>[far]</em>');
    expect(html).toContain('<span class="tok-number">1</span> &lt; <span');
    expect(html).toContain('[3]');
  });

  it('lists the headings, with ids that differ', () => {
    const html = exportHtml(
      notebook([
        markdown('# Study\n## Train\n## Train\n### By *step*\n#### Deep'),
        markdown('## `x<y>`'),
      ]),
    );
    const links = [...html.matchAll(/<li class="level-(\d)"><a href="#([^"]*)">(.*?)<\/a>/g)];
    expect(links.map(([, level, id, text]) => `${level} ${id} ${text}`)).toEqual([
      '2 train Train',
      '2 train-2 Train',
      '3 by-step By step',
      '2 x-y x&lt;y&gt;',
    ]);
    for (const [, , id] of links) expect(html).toContain(` id="${id}"`);
  });

  it('chooses a drawing before a table before text, and joins lines', () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><text>y</text></svg>';
    const html = exportHtml(
      notebook([
        code(
          'a',
          shown({
            'image/svg+xml': [svg],
            'text/plain': ['scatter of 3\n', 'genes'],
            'text/html': 'no',
          }),
        ),
        code('b', shown({ 'image/png': 'aGVs\nbG8=\n', 'text/plain': 'x' })),
        code('c', shown({ 'text/html': ['<b>bold', '</b>'], 'text/plain': 'no' })),
        code('d', shown({ 'text/markdown': '## *hi*' })),
        code('e', shown({ 'application/vnd.vegalite.v5+json': { mark: 'bar' } })),
        code('f', { output_type: 'stream', name: 'stderr', text: ['\u001b[31mred\n', 'x\n'] }),
      ]),
    );
    expect(html).toContain(
      'src="data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22%3E',
    );
    expect(html).toContain('alt="scatter of 3"');
    expect(html).toContain('src="data:image/png;base64,aGVsbG8="');
    expect(html).toContain('<div class="output"><b>bold</b></div>');
    expect(html).toContain('<h2><em>hi</em></h2>');
    expect(html).toContain('[no static form of application/vnd.vegalite.v5+json]');
    expect(html).toContain(
      '<div class="output stream stderr"><pre><span class="ansi-red">red\nx</span></pre>',
    );
    expect(html).not.toContain('>no<');
  });

  it('puts pictures of Markdown cells into the page', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-html-'));
    try {
      await writeFile(path.join(folder, 'a b.png'), 'hello');
      const html = exportHtml(
        notebook([
          markdown('![file](a%20b.png "Figure 1") ![gone](gone.png)'),
          markdown('![held](attachment:c.png)', { 'c.png': { 'image/png': 'AAAA' } }),
        ]),
        { imageFolder: folder, title: 'Pictures' },
      );
      expect(html).toContain(
        '<img src="data:image/png;base64,aGVsbG8=" alt="file" title="Figure 1">',
      );
      expect(html).toContain('<em>[gone]</em>');
      expect(html).toContain('<img src="data:image/png;base64,AAAA" alt="held">');
      expect(html).toContain('<h1>Pictures</h1>');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says how long a cell ran', () => {
    const execution = {
      'iopub.status.busy': '2026-01-01T00:00:00.000Z',
      'iopub.status.idle': '2026-01-01T00:01:05.000Z',
    };
    const html = exportHtml(notebook([{ ...code('a'), metadata: { execution } }]));
    expect(html).toContain('<span>1 min 05 s</span>');
  });
});
