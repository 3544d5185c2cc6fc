import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Marked } from 'marked';
import { escapeHtml } from '../core/escape-html.ts';
import { highlightTypeScript } from './html-highlight.ts';
import { sanitiseHtml } from './html-sanitise.ts';
import { joinText, type NotebookCell } from './notebook-file.ts';

/** A heading of the page. */
export interface PageHeading {
  readonly level: number;
  readonly text: string;
  readonly id: string;
}

const IMAGE_TYPES: ReadonlyMap<string, string> = new Map([
  ['.png', 'image/png'],
  ['.jpg', 'image/jpeg'],
  ['.jpeg', 'image/jpeg'],
  ['.gif', 'image/gif'],
  ['.webp', 'image/webp'],
  ['.svg', 'image/svg+xml'],
]);

/** Renders the Markdown of one notebook and collects its headings. */
export class MarkdownRenderer {
  readonly headings: PageHeading[] = [];
  readonly #imageFolder: string | undefined;
  readonly #ids = new Set<string>();

  /** @param imageFolder where relative picture files are; without it they are shown as their text */
  constructor(imageFolder: string | undefined) {
    this.#imageFolder = imageFolder;
  }

  /** HTML of a Markdown text (GitHub-flavoured), safe to put into a page. */
  render(markdown: string, attachments: NotebookCell['attachments'] = {}): string {
    const { headings } = this;
    const newId = (text: string) => this.#newId(text);
    const picture = (href: string) => this.#picture(href, attachments);
    const marked = new Marked({
      gfm: true,
      renderer: {
        heading({ tokens, depth }) {
          const html = this.parser.parseInline(tokens);
          const text = unescapeText(html);
          const id = newId(text);
          headings.push({ level: depth, text, id });
          return `<h${depth} id="${id}">${html}</h${depth}>\n`;
        },
        code({ text, lang }) {
          const isScript = /^(ts|typescript|js|javascript|json)\b/i.test(lang ?? '');
          return `<pre class="code">${isScript ? highlightTypeScript(text) : escapeHtml(text)}</pre>\n`;
        },
        image({ href, title, text }) {
          const source = picture(href);
          if (source === undefined) return `<em>[${escapeHtml(text === '' ? href : text)}]</em>`;
          const caption = title ? ` title="${escapeHtml(title)}"` : '';
          return `<img src="${escapeHtml(source)}" alt="${escapeHtml(text)}"${caption}>`;
        },
      },
    });
    return sanitiseHtml(marked.parse(markdown, { async: false }));
  }

  /** HTML of a Markdown text that an output holds; its headings are not those of the page. */
  renderFragment(markdown: string): string {
    const fragment = new MarkdownRenderer(this.#imageFolder);
    return fragment.render(markdown).replaceAll(/<(h\d) id="[^"]*">/g, '<$1>');
  }

  #newId(text: string): string {
    const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ['section'];
    const slug = words.join('-');
    let id = slug;
    for (let number = 2; this.#ids.has(id); number++) id = `${slug}-${number}`;
    this.#ids.add(id);
    return id;
  }

  /** The picture as data, for the page loads nothing. */
  #picture(href: string, attachments: NotebookCell['attachments']): string | undefined {
    if (href.startsWith('data:image/')) return href;
    if (href.startsWith('attachment:')) {
      const attachment = attachments?.[decodeURIComponent(href.slice('attachment:'.length))];
      const [type, data] = Object.entries(attachment ?? {})[0] ?? [];
      return type === undefined || data === undefined
        ? undefined
        : `data:${type};base64,${joinText(data).replaceAll(/\s/g, '')}`;
    }
    const type = IMAGE_TYPES.get(path.extname(href).toLowerCase());
    if (this.#imageFolder === undefined || type === undefined || /^[a-z]+:|^\//i.test(href)) {
      return undefined;
    }
    try {
      const file = path.join(this.#imageFolder, decodeURIComponent(href));
      return `data:${type};base64,${readFileSync(file).toString('base64')}`;
    } catch {
      return undefined;
    }
  }
}

function unescapeText(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
