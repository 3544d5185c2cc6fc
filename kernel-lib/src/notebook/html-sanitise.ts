import { escapeHtml } from '../core/escape-html.ts';

const ALLOWED_ELEMENTS = new Set(
  `a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption
  figure h1 h2 h3 h4 h5 h6 hr i img input ins kbd li mark ol p pre q s samp small span strong sub
  summary sup table tbody td tfoot th thead time tr u ul var wbr`.split(/\s+/),
);

const ALLOWED_ATTRIBUTES = new Set(
  `align alt checked class colspan dir disabled height href id lang open role rowspan scope span src
  start style title type value width`.split(/\s+/),
);

/** Elements whose content is not text to read. */
const DROPPED_WITH_CONTENT =
  /<(script|style|iframe|object|embed|applet|template|noscript|math|title|textarea|select)\b[^]*?(?:<\/\1\s*>|$)/gi;

const TAG = /<(\/?)([a-zA-Z][\w:-]*)((?:"[^"]*"|'[^']*'|[^'">])*)>|<!--[^]*?(?:-->|$)|<|>/g;

const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g;

/**
 * HTML without anything that acts or loads: only known elements and attributes, no scripts, event
 * handlers or style sheets, pictures only as data. Drawings (`<svg>`) become pictures, in which
 * scripts do not run.
 */
export function sanitiseHtml(html: string): string {
  const pictures: string[] = [];
  const withoutDrawings = html.replaceAll(/<svg\b[^]*?<\/svg\s*>/gi, (svg) => {
    pictures.push(svgPicture(svg, ''));
    // A private-use character marks the place; those of the text itself are taken out.
    return `\uE000${pictures.length - 1}\uE001`;
  });
  // A dropped element may have held two halves of another, so it is looked for until none is left.
  let rest = withoutDrawings;
  for (let before = ''; before !== rest;) {
    before = rest;
    rest = rest.replaceAll(DROPPED_WITH_CONTENT, '');
  }
  const clean = rest.replaceAll(
    TAG,
    (tag: string, slash: string, name: string | undefined, inside: string) => {
      if (name === undefined) return tag === '<' ? '&lt;' : tag === '>' ? '&gt;' : '';
      const element = name.toLowerCase();
      if (!ALLOWED_ELEMENTS.has(element)) return '';
      return slash === '/' ? `</${element}>` : `<${element}${attributes(element, inside)}>`;
    },
  );
  return clean.replaceAll(
    /\uE000(\d+)\uE001/g,
    (_, index: string) => pictures[Number(index)] ?? '',
  );
}

function attributes(element: string, text: string): string {
  let html = '';
  for (const [, rawName = '', double, single, bare] of text.matchAll(ATTRIBUTE)) {
    const name = rawName.toLowerCase();
    if (!ALLOWED_ATTRIBUTES.has(name) && !/^aria-[a-z]+$/.test(name)) continue;
    const value = decodeEntities(double ?? single ?? bare ?? '');
    if (name === 'href' && !isHarmlessLink(value)) continue;
    if (name === 'src' && !/^data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]/i.test(value)) continue;
    if (name === 'style' && /url\s*\(|expression|@import|position\s*:|\\/i.test(value)) continue;
    if (name === 'type' && (element !== 'input' || value !== 'checkbox')) continue;
    html += ` ${name}="${escapeHtml(value)}"`;
  }
  if (element === 'input')
    return html.includes('checkbox') ? `${html} disabled` : ' type="checkbox" disabled';
  return html;
}

/** Links to pages and files; not `javascript:` and the like, however they are spelled. */
export function isHarmlessLink(link: string): boolean {
  // Browsers ignore control characters and spaces inside a scheme.
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  const scheme = /^([^/?#]*?):/.exec(link.replaceAll(/[\x00-\x20]/g, ''))?.[1];
  return scheme === undefined || ['http', 'https', 'mailto'].includes(scheme.toLowerCase());
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', '\u00a0'],
  ['colon', ':'],
  ['tab', '\t'],
  ['newline', '\n'],
]);

function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:#x([\da-f]+)|#(\d+)|([a-z]+));?/gi, (entity, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES.get(String(name).toLowerCase()) ?? entity;
    const code = hex === undefined ? Number(decimal) : parseInt(String(hex), 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}

/** An SVG drawing as a picture: nothing in it runs, and its ids and styles stay its own. */
export function svgPicture(svg: string, description: string): string {
  const label =
    /\baria-label\s*=\s*"([^"]*)"/.exec(svg)?.[1] ?? /<title>([^<]*)<\/title>/.exec(svg)?.[1];
  const alternative = description === '' ? decodeEntities(label ?? 'figure') : description;
  // Inside HTML the namespace may be left out, in a picture it may not.
  const standalone = /^[^>]*\sxmlns\s*=/.test(svg.slice(svg.search(/<svg\b/i)))
    ? svg
    : svg.replace(/<svg\b/i, '<svg xmlns="http://www.w3.org/2000/svg"');
  const data = encodeURIComponent(standalone.trim()).replaceAll(
    /%(?:20|3D|3A|2F|2C|3B)/g,
    decodeURIComponent,
  );
  return `<img class="figure" src="data:image/svg+xml,${data.replaceAll("'", '%27')}" alt="${escapeHtml(alternative)}">`;
}
