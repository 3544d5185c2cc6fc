import { joinText, type NotebookCell } from './notebook-file.ts';

const HEADING = /^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$/;

/**
 * A title for each code cell, by its index in the notebook: the nearest heading above it, numbered
 * where several code cells follow one heading; without a heading, the cell's first line.
 */
export function cellTitles(cells: readonly NotebookCell[]): Map<number, string> {
  const titles = new Map<number, string>();
  let heading = '';
  let sinceHeading = 0;
  cells.forEach((cell, index) => {
    const source = joinText(cell.source);
    if (cell.cell_type === 'markdown') {
      const last = headings(source).at(-1);
      if (last !== undefined) {
        heading = last;
        sinceHeading = 0;
      }
    } else if (cell.cell_type === 'code') {
      sinceHeading += 1;
      const number = sinceHeading === 1 ? '' : ` (${sinceHeading})`;
      titles.set(index, heading === '' ? firstLine(source) : heading + number);
    }
  });
  return titles;
}

/** The headings of a Markdown text as plain text; those inside code fences are none. */
function headings(markdown: string): string[] {
  const found: string[] = [];
  let fence: string | undefined;
  for (const line of markdown.split('\n')) {
    const mark = /^ {0,3}(```+|~~~+)/.exec(line)?.[1];
    if (mark !== undefined && (fence === undefined || mark.startsWith(fence))) {
      fence = fence === undefined ? mark : undefined;
    } else if (fence === undefined) {
      const text = HEADING.exec(line)?.[1];
      if (text !== undefined) found.push(plain(text));
    }
  }
  return found;
}

function plain(markdown: string): string {
  return markdown
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[*`]|\b_|_\b/g, '')
    .trim();
}

function firstLine(source: string): string {
  const line = source.split('\n').find((text) => text.trim() !== '') ?? '';
  const text = line.trim().replace(/^\/\/\s*/, '');
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
