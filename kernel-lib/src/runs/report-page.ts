import { stringify } from 'yaml';
import { escapeHtml } from '../core/escape-html.ts';
import type { TableView } from '../core/table-view.ts';
import { writeFileAtomically } from '../core/write-file.ts';

const style = `
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #ddd; }
svg { max-width: 100%; height: auto; } table { border-collapse: collapse; }
pre { background: #f6f6f6; padding: 1rem; overflow: auto; font-size: 0.85rem; }
`;

/** A table as HTML. */
export function viewHtml(view: TableView): string {
  const bundle = view.mimeBundle();
  return String(bundle['text/html'] ?? bundle['text/plain']);
}

/** A config as it would be written. */
export function configHtml(config: object): string {
  return `<pre>${escapeHtml(stringify(config))}</pre>`;
}

/**
 * Writes the report of a run: one HTML file with its figures inside.
 *
 * @param sections headings, and HTML or SVG below them
 */
export async function writeReportPage(
  file: string,
  title: string,
  sections: readonly (readonly [heading: string, body: string])[],
): Promise<void> {
  const parts = sections.map(
    ([heading, body]) => `<section><h2>${escapeHtml(heading)}</h2>${body}</section>`,
  );
  await writeFileAtomically(
    file,
    `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width"><style>${style}</style></head><body>
<h1>${escapeHtml(title)}</h1>
${parts.join('\n')}
</body></html>
`,
  );
}
