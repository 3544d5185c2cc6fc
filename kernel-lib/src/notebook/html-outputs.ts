import { escapeHtml } from '../core/escape-html.ts';
import { ansiToHtml } from './html-ansi.ts';
import type { MarkdownRenderer } from './html-markdown.ts';
import { sanitiseHtml, svgPicture } from './html-sanitise.ts';
import { joinText, type DisplayOutput, type NotebookOutput } from './notebook-file.ts';

/** One output of a cell as HTML; empty where it has nothing to show. */
export function outputHtml(output: NotebookOutput, markdown: MarkdownRenderer): string {
  if (output.output_type === 'stream') {
    const text = joinText(output.text).replace(/\n+$/, '');
    if (text === '') return '';
    const kind = output.name === 'stderr' ? 'stream stderr' : 'stream';
    return `<div class="output ${kind}"><pre>${ansiToHtml(text)}</pre></div>`;
  }
  if (output.output_type === 'error') {
    const text = output.traceback.length > 0 ? output.traceback.join('\n') : output.evalue;
    return `<div class="output stream stderr"><pre>${ansiToHtml(text)}</pre></div>`;
  }
  return `<div class="output">${displayHtml(output.data, markdown)}</div>`;
}

/** The representation that a page without scripts shows best. */
function displayHtml(data: DisplayOutput['data'], markdown: MarkdownRenderer): string {
  const text = (type: string) => {
    const content = data[type];
    const isText = typeof content === 'string' || Array.isArray(content);
    return isText ? joinText(content as string | string[]) : undefined;
  };
  const plain = text('text/plain') ?? '';
  const svg = text('image/svg+xml');
  if (svg !== undefined) return svgPicture(svg, figureDescription(plain));
  for (const type of ['image/png', 'image/jpeg', 'image/gif', 'image/webp']) {
    const base64 = text(type)?.replaceAll(/\s/g, '');
    if (base64 !== undefined && /^[\w+/]+=*$/.test(base64)) {
      const description = escapeHtml(figureDescription(plain) || 'figure');
      return `<img class="figure" src="data:${type};base64,${base64}" alt="${description}">`;
    }
  }
  const html = text('text/html');
  if (html !== undefined) return sanitiseHtml(html);
  const source = text('text/markdown');
  if (source !== undefined) return markdown.renderFragment(source);
  if (plain !== '') return `<pre>${ansiToHtml(plain)}</pre>`;
  return `<p><em>[no static form of ${escapeHtml(Object.keys(data).join(', '))}]</em></p>`;
}

/** The alternative text of a figure: the first line of its plain text. */
function figureDescription(plain: string): string {
  const line =
    plain
      .split('\n')
      .find((text) => text.trim() !== '')
      ?.trim() ?? '';
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
