import { escapeHtml } from '../core/escape-html.ts';
import { formatSeconds } from './progress-tasks.ts';
import { highlightTypeScript } from './html-highlight.ts';
import { MarkdownRenderer, type PageHeading } from './html-markdown.ts';
import { outputHtml } from './html-outputs.ts';
import { PAGE_STYLE } from './html-style.ts';
import { joinText, type Notebook, type NotebookCell } from './notebook-file.ts';

/** How a notebook becomes a page. */
export interface ExportHtmlOptions {
  /** The page's title. Default: the notebook's first heading, or `Notebook`. */
  readonly title?: string;
  /** The folder of picture files that Markdown cells name; they are put into the page. Default: none. */
  readonly imageFolder?: string;
}

/**
 * One HTML file with the whole notebook: text, code, outputs, figures. It loads nothing from
 * anywhere and runs no script (a content security policy forbids both), so it can be kept, mailed
 * and printed.
 *
 * @example
 * const { notebook } = await runNotebook({ file: 'study.ipynb' });
 * await writeFile('study.html', exportHtml(notebook, { title: 'Study' }));
 */
export function exportHtml(notebook: Notebook, options: ExportHtmlOptions = {}): string {
  const markdown = new MarkdownRenderer(options.imageFolder);
  const cells = notebook.cells.map((cell) => cellHtml(cell, markdown)).join('\n');
  const { headings } = markdown;
  const title = options.title ?? headings[0]?.text ?? 'Notebook';
  const hasHeading = headings.some(({ level }) => level === 1);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="generator" content="tatabox">
<title>${escapeHtml(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<div class="layout">
${contents(headings)}
<main>
${hasHeading ? '' : `<h1>${escapeHtml(title)}</h1>\n`}${cells}
</main>
</div>
</body>
</html>
`;
}

function contents(headings: readonly PageHeading[]): string {
  const entries = headings.filter(({ level }) => level === 2 || level === 3);
  if (entries.length < 2) return '<div></div>';
  const items = entries.map(
    ({ level, text, id }) =>
      `<li class="level-${level}"><a href="#${encodeURIComponent(id)}">${escapeHtml(text)}</a></li>`,
  );
  return `<nav class="contents" aria-label="Contents"><strong>Contents</strong><ol>${items.join('')}</ol></nav>`;
}

function cellHtml(cell: NotebookCell, markdown: MarkdownRenderer): string {
  const source = joinText(cell.source);
  if (cell.cell_type === 'markdown') {
    return `<section class="markdown">${markdown.render(source, cell.attachments)}</section>`;
  }
  if (cell.cell_type === 'raw') {
    return source.trim() === '' ? '' : `<pre class="code">${escapeHtml(source)}</pre>`;
  }
  const outputs = (cell.outputs ?? [])
    .map((output) => outputHtml(output, markdown))
    .filter((html) => html !== '');
  if (source.trim() === '' && outputs.length === 0) return '';
  const count = cell.execution_count ?? ' ';
  const code = highlightTypeScript(source.replace(/\n+$/, ''));
  const shown = outputs.length === 0 ? '' : `\n<div class="outputs">${outputs.join('\n')}</div>`;
  return `<section class="cell"><div class="label"><span>[${count}]</span><span>${duration(cell)}</span></div>
<pre class="code">${code}</pre>${shown}</section>`;
}

/** How long a cell ran, from the times that the runner and Jupyter record. */
function duration(cell: NotebookCell): string {
  const execution = cell.metadata['execution'] as Record<string, unknown> | undefined;
  const time = (name: string) => Date.parse(String(execution?.[name]));
  const seconds = (time('iopub.status.idle') - time('iopub.status.busy')) / 1000;
  return Number.isFinite(seconds) && seconds >= 0.1 ? formatSeconds(seconds) : '';
}
