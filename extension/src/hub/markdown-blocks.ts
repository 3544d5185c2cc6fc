/** A piece of a line of Markdown. */
export type Inline =
  | { readonly kind: 'text' | 'code' | 'strong' | 'emphasis'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly address: string };

/** A part of a Markdown text; whatever else a card holds is shown as the text that it is. */
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly content: readonly Inline[] }
  | { readonly kind: 'paragraph'; readonly content: readonly Inline[] }
  | { readonly kind: 'quote'; readonly content: readonly Inline[] }
  | { readonly kind: 'code'; readonly text: string }
  | {
      readonly kind: 'list';
      readonly ordered: boolean;
      readonly items: readonly (readonly Inline[])[];
    }
  | {
      readonly kind: 'table';
      readonly head: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly kind: 'rule' };

const unescaped = (text: string): string => text.replace(/\\([!-/:-@[-`{-~])/g, '$1');

/** Spans of one line; each pattern is bounded, so that no text takes more than linear time. */
export function parseInline(text: string): Inline[] {
  const spans: Inline[] = [];
  const pattern =
    /(\\[!-/:-@[-`{-~])|(`{1,3})([^`]{1,2000})\2|\*\*([^*]{1,2000})\*\*|\*([^*\s][^*]{0,1000})\*|\[([^\][]{1,500})\]\(([^()\s]{1,1000})\)/g;
  let plain = '';
  let at = 0;
  const flush = (): void => {
    if (plain !== '') spans.push({ kind: 'text', text: plain });
    plain = '';
  };
  for (const match of text.matchAll(pattern)) {
    plain += text.slice(at, match.index);
    at = match.index + match[0].length;
    const [, escaped, , code, strong, emphasis, label, address] = match;
    if (escaped !== undefined) {
      plain += escaped.slice(1);
      continue;
    }
    flush();
    if (code !== undefined) spans.push({ kind: 'code', text: code });
    else if (strong !== undefined) spans.push({ kind: 'strong', text: unescaped(strong) });
    else if (emphasis !== undefined) spans.push({ kind: 'emphasis', text: unescaped(emphasis) });
    else if (label !== undefined && address !== undefined) {
      // Only what a browser opens as a page may be a link; the rest is shown as text.
      if (/^https?:\/\//i.test(address))
        spans.push({ kind: 'link', text: unescaped(label), address });
      else spans.push({ kind: 'text', text: `${unescaped(label)} (${address})` });
    }
  }
  plain += text.slice(at);
  flush();
  return spans;
}

const cellsOf = (line: string): Inline[][] =>
  line
    .trim()
    .replace(/^\|/, '')
    .replace(/([^\\])\|$/, '$1')
    .split(/(?<!\\)\|/)
    .map((cell) => parseInline(cell.trim()));

const LIST = /^\s{0,8}(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
const isTableRule = (line: string): boolean =>
  /^\s*\|?[\s:|-]{3,}$/.test(line) && line.includes('-');

/** The blocks of a Markdown text without its front matter. */
export function parseMarkdown(text: string): Block[] {
  const lines = text.split(/\r?\n/);
  const blocks: Block[] = [];
  const line = (at: number): string => lines[at] ?? '';
  for (let at = 0; at < lines.length;) {
    const here = line(at);
    if (here.trim() === '') {
      at++;
      continue;
    }
    const fence = /^\s{0,3}(`{3,}|~{3,})/.exec(here)?.[1];
    if (fence !== undefined) {
      let end = at + 1;
      while (end < lines.length && !line(end).trimStart().startsWith(fence)) end++;
      blocks.push({ kind: 'code', text: lines.slice(at + 1, end).join('\n') });
      at = end + 1;
      continue;
    }
    const [, marks, title] = /^(#{1,6})\s+(.*)$/.exec(here) ?? [];
    if (marks !== undefined && title !== undefined) {
      blocks.push({ kind: 'heading', level: marks.length, content: parseInline(title.trim()) });
      at++;
      continue;
    }
    if (/^\s{0,3}(?:-{3,}|\*{3,}|_{3,})\s*$/.test(here)) {
      blocks.push({ kind: 'rule' });
      at++;
      continue;
    }
    if (here.includes('|') && isTableRule(line(at + 1))) {
      let end = at + 2;
      while (end < lines.length && line(end).includes('|')) end++;
      const rows = lines.slice(at + 2, end).map(cellsOf);
      blocks.push({ kind: 'table', head: cellsOf(here), rows });
      at = end;
      continue;
    }
    if (LIST.test(here)) {
      const items: string[] = [];
      let end = at;
      for (; end < lines.length && line(end).trim() !== ''; end++) {
        const item = LIST.exec(line(end))?.[2];
        if (item === undefined) items.push(`${items.pop() ?? ''} ${line(end).trim()}`);
        else items.push(item);
      }
      const ordered = LIST.exec(here)?.[1] !== undefined;
      blocks.push({ kind: 'list', ordered, items: items.map(parseInline) });
      at = end;
      continue;
    }
    let end = at + 1;
    while (
      end < lines.length &&
      line(end).trim() !== '' &&
      !/^(?:#{1,6}\s|\s{0,3}(?:`{3,}|~{3,}))/.test(line(end)) &&
      !LIST.test(line(end))
    ) {
      end++;
    }
    const isQuote = here.startsWith('>');
    const joined = lines
      .slice(at, end)
      .map((each) => (isQuote ? each.replace(/^>\s?/, '') : each).trim())
      .join(' ');
    blocks.push({ kind: isQuote ? 'quote' : 'paragraph', content: parseInline(joined) });
    at = end;
  }
  return blocks;
}

/** A model card in its two parts: the front matter between `---` lines, and the text. */
export function splitCard(card: string): { readonly front: string; readonly text: string } {
  const [whole, front] = /^---\r?\n([^]*?)\r?\n---(?=\r?\n|$)/.exec(card) ?? [];
  return whole === undefined || front === undefined
    ? { front: '', text: card }
    : { front, text: card.slice(whole.length) };
}
